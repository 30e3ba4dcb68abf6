package fleet

import (
	"context"
	"crypto/sha256"
	"fmt"
	"slices"
	"sync"

	"github.com/pam-motp/pam-motp/motp"
	clientv3 "go.etcd.io/etcd/client/v3"
)

// Rehearse makes the transaction of an update on a record of this host's own that is nobody's, and
// shares it as an update is shared: see [motp.Store].
func (s *Store) Rehearse(ctx context.Context, name string, change motp.Change) {
	ctx, cancel := s.patient(ctx)
	defer cancel()
	over, err := s.turns.wait(ctx, "\x00"+name)
	if err != nil {
		return
	}
	defer over()
	if s.clock.wait(ctx) != nil {
		return
	}
	at, leave := s.nobody.take()
	defer leave()
	// whether this host need not read first, as with a user; names may be of any length
	sum := sha256.Sum256([]byte(name))
	familiar := nobodyAt + "/" + string(sum[:])
	base, ok := s.seen.get(familiar)
	if !ok || base.epoch != s.epoch.Load() {
		st, err := s.loadNobody(ctx, at)
		if err != nil {
			_, _ = change(motp.Current{Room: Room})
			return
		}
		base = st
	}
	next, err := change(base.current())
	if err != nil || len(next.Record) > Room {
		return
	}
	v := base.after(newAttempt(), base.epoch.number, slices.Clone(next.Record))
	resp, err := s.nodes.ask(ctx, request{
		changes: at,
		compare: []clientv3.Cmp{base.epoch.same(),
			clientv3.Compare(clientv3.ModRevision(at), ">", -1)},
		then:  []clientv3.Op{clientv3.OpPut(at, string(s.key.seal(at, v)))},
		other: []clientv3.Op{clientv3.OpGet(epochAt), clientv3.OpGet(at)},
	})
	if err != nil || !resp.Succeeded {
		s.seen.drop(familiar)
		return
	}
	s.seen.keep(familiar, state{value: v, revision: resp.Header.Revision, epoch: base.epoch})
}

// loadNobody reads a record of nobody. It is good as it is: another host of this one's name may
// have written it, or somebody deleted it, and still the work is to be that for a user.
func (s *Store) loadNobody(ctx context.Context, at string) (state, error) {
	before := s.before(at)
	resp, err := s.nodes.read(ctx, clientv3.OpGet(epochAt), clientv3.OpGet(at))
	if err != nil {
		return state{}, err
	}
	st, err := s.found(resp, at, before)
	st.torn = false
	return st, err
}

// mostOfNobody is how many sessions motpd-etcd has at a time at most.
const mostOfNobody = 2048

// nobody has the keys of a host's records that are nobody's: as many as are written at a time,
// since a transaction writes each once, and a stranger's must be shared as a user's is. The first
// that is free is taken, so that there are few of them.
type nobody struct {
	at string // the first

	mu    sync.Mutex
	taken [mostOfNobody]bool
	more  int
}

func newNobody(host string) *nobody { return &nobody{at: nobodyAt + motp.EncodeName(host)} }

// take takes the first key that is free, or any if none is. leave gives it back.
func (n *nobody) take() (at string, leave func()) {
	n.mu.Lock()
	defer n.mu.Unlock()
	i := slices.Index(n.taken[:], false)
	if i < 0 {
		n.more = (n.more + 1) % mostOfNobody
		return n.key(n.more), func() {}
	}
	n.taken[i] = true
	return n.key(i), func() {
		n.mu.Lock()
		defer n.mu.Unlock()
		n.taken[i] = false
	}
}

// key is that of a number. No encoded name has a tilde.
func (n *nobody) key(i int) string {
	if i == 0 {
		return n.at
	}
	return fmt.Sprintf("%s~%d", n.at, i)
}
