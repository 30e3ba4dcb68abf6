// Package fleet is a store of records that many servers share, on etcd: a code that was used on one
// is used on all, and failures are counted over all.
//
// A login is one transaction: the record is written if it is still what was judged. update.go has
// that, and what becomes of a transaction whose reply never came; value.go what is written; seen.go
// what this host has seen, so that neither a stale record nor one that came back from a backup is
// taken for the latest; epoch.go what makes the records of a restored store doubtful; clock.go
// keeps a host whose clock is wrong from judging anybody; nodes.go has the nodes of the cluster,
// and avoids those that do not answer; shared.go sends together what comes together; nobody.go has
// strangers do a user's work; trouble.go knows why a node cannot be connected to; report.go and
// hosts.go tell administrators how all that stands, table.go whose tables differ.
//
// The package must not know what is in a record, nor who asks. Its client is large: nothing but the
// program cmd/motpd-etcd links it.
package fleet

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pam-motp/pam-motp/motp"
)

// Config says where a fleet's records are, and how to get at them.
type Config struct {
	Endpoints []string // https://NAME:PORT of each node

	CA, Cert, Key string // files: who signs the nodes' certificates, and this host's own

	Fleet    string // the fleet's name
	FleetKey []byte // of KeyLen bytes; it signs every record
	Host     string // this host's name, one in the fleet

	Call time.Duration // how long one node has to answer; 0 means DefaultCall
	Wait time.Duration // how long a login waits for the store in all; 0 means DefaultWait

	Now func() time.Time // nil means time.Now

	// Visit says that this is a program that looks, or changes a little, and ends: it is no
	// host, writes no heartbeat, and does not look at all records first.
	Visit bool

	beat time.Duration // how often the clocks are compared; 0 means beatEvery
}

const (
	// KeyLen is the length of a fleet's key in bytes.
	KeyLen = 32

	// DefaultCall is less than an election takes: another node is asked meanwhile.
	DefaultCall = 400 * time.Millisecond

	// DefaultWait is more than an election takes, and less than programs wait.
	DefaultWait = 4 * time.Second

	// Room is how many bytes a record may have: as many as in a file.
	Room = 4064
)

// The keys in etcd. Below records no encoded name begins with a dot.
const (
	recordsAt = "/motp/rec/"
	hostsAt   = "/motp/host/"
	epochAt   = "/motp/epoch"
	nobodyAt  = recordsAt + ".nobody/"
)

// A Store keeps records in etcd. It is used by any number of goroutines, and by any number of
// hosts.
type Store struct {
	key    key
	host   string
	visit  bool
	wait   time.Duration
	now    func() time.Time
	nodes  *nodes
	turns  *turns
	nobody *nobody
	seen   *seen
	clock  *clock

	epoch    atomic.Pointer[epoch]
	surveyed chan struct{} // closed when all records were looked at once

	life context.Context // over when it is closed
	stop func()
	done sync.WaitGroup
}

var _ motp.Store = (*Store)(nil)

// Open opens the store of a fleet. Without its nodes each call fails.
func Open(c Config) (*Store, error) {
	s, err := unopened(c)
	if err != nil {
		return nil, err
	}
	s.start()
	return s, nil
}

// unopened is a store that does nothing by itself yet.
func unopened(c Config) (*Store, error) {
	if len(c.FleetKey) != KeyLen {
		return nil, errors.New("the fleet's key must have 32 bytes")
	}
	if motp.CheckName(c.Host) != nil || c.Fleet == "" {
		return nil, errors.New("a fleet and each of its hosts must have a name")
	}
	if c.Call == 0 {
		c.Call = DefaultCall
	}
	if c.Wait == 0 {
		c.Wait = DefaultWait
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.beat == 0 {
		c.beat = beatEvery
	}
	nodes, err := connect(c)
	if err != nil {
		return nil, err
	}
	s := &Store{key: newKey(c.Fleet, c.FleetKey), host: c.Host, visit: c.Visit,
		wait: c.Wait, now: c.Now, nodes: nodes, turns: newTurns(), seen: newSeen(),
		clock: newClock(c.Now, c.beat), nobody: newNobody(c.Host),
		surveyed: make(chan struct{})}
	s.life, s.stop = context.WithCancel(context.Background())
	return s, nil
}

// start has the store look at the clocks and the records until it is closed.
func (s *Store) start() {
	tasks := []func(context.Context){s.beat, s.survey}
	if s.visit {
		tasks = tasks[:1]
	}
	for _, task := range tasks {
		s.done.Add(1)
		go func() {
			defer s.done.Done()
			task(s.life)
		}()
	}
}

// Close ends the connections. Calls that wait fail.
func (s *Store) Close() {
	s.stop()
	s.done.Wait()
	s.nodes.close()
}

// patient bounds the time that a call takes.
func (s *Store) patient(ctx context.Context) (context.Context, context.CancelFunc) {
	return s.within(ctx, s.wait)
}

// brief is patient for what logins wait for, so that they are told why it failed.
func (s *Store) brief(ctx context.Context) (context.Context, context.CancelFunc) {
	return s.within(ctx, s.wait/2)
}

// within is a context that ends after a time, and with the store.
func (s *Store) within(ctx context.Context, wait time.Duration) (context.Context,
	context.CancelFunc) {
	ctx, over := context.WithCancel(ctx)
	stop := context.AfterFunc(s.life, over)
	ctx, cancel := context.WithTimeoutCause(ctx, wait, errWait)
	return ctx, func() { cancel(); stop(); over() }
}

// errWait is why a call's context ended where the store took too long.
var errWait = errors.New("the store took too long")
