package fleet

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"runtime"
	"sync"
	"testing"

	"github.com/pam-motp/pam-motp/motp"
	"go.etcd.io/etcd/api/v3/etcdserverpb"
	"go.etcd.io/etcd/api/v3/v3rpc/rpctypes"
	clientv3 "go.etcd.io/etcd/client/v3"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// A crowd is logins of which the first is held on its way until all others wait for it.
type crowd struct {
	*shared
	ask   asker      // of the later transactions
	sizes []int      // how many operations each had: one alone, or one for each member
	sent  chan bool  // the first is on its way
	hold  chan error // ends when it may go on
}

func crowdOf(t *testing.T, s *Store) *crowd {
	c := &crowd{shared: s.nodes.shared, ask: s.nodes.shared.ask, sent: make(chan bool),
		hold: make(chan error)}
	real := c.ask
	c.shared.ask = func(ctx context.Context, r request) (*clientv3.TxnResponse, error) {
		c.sizes = append(c.sizes, len(r.then))
		if len(c.sizes) > 1 {
			return c.ask(ctx, r)
		}
		close(c.sent)
		<-c.hold
		return real(ctx, r)
	}
	t.Cleanup(func() { c.shared.ask = real })
	return c
}

// await waits until so many wait.
func (c *crowd) await(n int) {
	for c.number() != n {
		runtime.Gosched()
	}
}

func (c *crowd) number() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.waiting)
}

// come has so many come together, and waits for all of them.
func (c *crowd) come(n int, login func(i int)) {
	var all sync.WaitGroup
	for i := range n {
		all.Add(1)
		go func() { defer all.Done(); login(i) }()
		if i == 0 {
			<-c.sent
		}
	}
	c.await(n - 1)
	close(c.hold)
	all.Wait()
}

// some are users that a host knows, with code(0) used.
func some(t *testing.T, s *Store, n int) []motp.User {
	t.Helper()
	users := make([]motp.User, n)
	for i := range users {
		users[i] = motp.User{Name: fmt.Sprint("user", i), Tokens: alice.Tokens}
		wants(t, s, users[i], code(0), motp.Accepted)
	}
	return users
}

// Those who come together share a transaction, and each has what he would have had alone.
func TestShared(t *testing.T) {
	begin(t, cluster)
	s, other := open(t, config(t, cluster, "a")), open(t, config(t, cluster, "b"))
	users := some(t, s, 9)
	wants(t, other, users[3], code(1), motp.Accepted)
	c := crowdOf(t, s)
	got := make([]motp.Verdict, len(users))
	c.come(len(users), func(i int) {
		typed := code(1)
		if i == 5 {
			typed = "000000"
		}
		var err error
		if got[i], err = verify(s, users[i], typed); err != nil {
			t.Error(err)
		}
	})
	if fmt.Sprint(c.sizes) != "[1 8 1]" {
		t.Errorf("transactions of %d, want one alone, all others, and one anew", c.sizes)
	}
	for i, u := range users {
		want := motp.Accepted
		switch i {
		case 3:
			want = motp.Replay
		case 5:
			want = motp.Wrong
		}
		if got[i] != want {
			t.Errorf("%s: %v, want %v", u.Name, got[i], want)
		}
	}
	c.sizes = c.sizes[:2]
	for i, u := range users { // each is known as it was written
		if i != 5 {
			wants(t, s, u, code(1), motp.Replay)
			wants(t, other, u, code(1), motp.Replay)
		}
	}
	if made := len(c.sizes) - 2; made != 8 {
		t.Errorf("%d transactions for 8 logins", made)
	}
}

// Strangers share transactions as users do: otherwise the time would tell who is one.
func TestSharedByStrangers(t *testing.T) {
	begin(t, cluster)
	s := open(t, config(t, cluster, "a"))
	users := some(t, s, 4)
	c := crowdOf(t, s)
	c.come(9, func(i int) {
		if i%2 == 0 && i/2 < len(users) {
			wants(t, s, users[i/2], code(1), motp.Accepted)
			return
		}
		v := motp.Verifier{Store: s, Policy: motp.DefaultPolicy}
		v.VerifyUnknown(background, fmt.Sprint("mallory", i), "000000", noon)
	})
	if fmt.Sprint(c.sizes) != "[1 8]" {
		t.Errorf("transactions of %d, want one alone, and all others", c.sizes)
	}
}

// More strangers than have a key of their own are nobody still.
func TestManyOfNobody(t *testing.T) {
	n := newNobody("a")
	had := map[string]int{}
	for range 2 * mostOfNobody {
		at, leave := n.take()
		defer leave()
		had[at]++
	}
	if len(had) != mostOfNobody || had[nobodyAt+"a"] != 2 {
		t.Errorf("%d keys", len(had))
	}
}

// What fails of a shared transaction, or of its reply, changes nothing in what becomes of each.
func TestSharedTrouble(t *testing.T) {
	lost := func(err error) func(asker) asker {
		return func(ask asker) asker {
			return func(ctx context.Context, r request) (*clientv3.TxnResponse, error) {
				if _, err := ask(ctx, r); err != nil {
					return nil, err
				}
				return nil, err
			}
		}
	}
	refused := func(err error) func(asker) asker {
		return func(asker) asker {
			return func(context.Context, request) (*clientv3.TxnResponse, error) {
				return nil, err
			}
		}
	}
	replied := func(resp *clientv3.TxnResponse) func(asker) asker {
		return func(asker) asker {
			return func(context.Context, request) (*clientv3.TxnResponse, error) {
				return resp, nil
			}
		}
	}
	for name, fault := range map[string]func(asker) asker{
		"the request is lost":   refused(context.DeadlineExceeded),
		"the reply is lost":     lost(context.DeadlineExceeded),
		"no connection":         refused(errNotReady),
		"nonsense":              replied(&clientv3.TxnResponse{Succeeded: true}),
		"not allowed":           refused(rpctypes.ErrPermissionDenied),
		"too many operations":   refused(rpctypes.ErrTooManyOps),
		"too large":             refused(rpctypes.ErrRequestTooLarge),
		"the last of the space": lost(rpctypes.ErrNoSpace),
		"the reply is too large": lost(status.Error(codes.ResourceExhausted,
			"grpc: received message larger than max")),
	} {
		t.Run(name, func(t *testing.T) {
			begin(t, cluster)
			s := open(t, config(t, cluster, "a"))
			users := some(t, s, 5)
			c := crowdOf(t, s)
			good := c.ask
			c.ask = fault(good)
			c.come(len(users), func(i int) {
				got, err := verify(s, users[i], code(1))
				if got != motp.Accepted || err != nil {
					t.Errorf("%s: %v, %v", users[i].Name, got, err)
				}
			})
			if fmt.Sprint(c.sizes) != "[1 4]" {
				t.Errorf("transactions of %d, want none shared again", c.sizes)
			}
			c.ask = good
			for _, u := range users {
				wants(t, s, u, code(1), motp.Replay)
			}
		})
	}
}

// Where etcd has no space, those who come together are refused as one alone is.
func TestSharedWithoutSpace(t *testing.T) {
	begin(t, cluster)
	s := open(t, config(t, cluster, "a"))
	users := some(t, s, 5)
	alarm(t, etcdserverpb.AlarmType_NOSPACE)
	before := revisions(t, recordsAt)
	c := crowdOf(t, s)
	c.come(len(users), func(i int) {
		if got, err := verify(s, users[i], code(1)); reasonOf(err) != Full {
			t.Errorf("%s: %v, %v", users[i].Name, got, err)
		}
	})
	if fmt.Sprint(c.sizes) != "[1 4]" || !maps.Equal(before, revisions(t, recordsAt)) {
		t.Errorf("transactions of %d; written: %v", c.sizes, revisions(t, recordsAt))
	}
}

// Whoever gives up before a request was sent has changed nothing; behind that nobody knows, and the
// others go on.
func TestSharedGivenUp(t *testing.T) {
	begin(t, cluster)
	s := open(t, config(t, cluster, "a"))
	users := some(t, s, 3)
	c := crowdOf(t, s)
	login := func(ctx context.Context, u motp.User) chan error {
		over := make(chan error, 1)
		go func() {
			v := motp.Verifier{Store: s, Policy: motp.DefaultPolicy}
			_, err := v.Verify(ctx, u, code(1), noon)
			over <- err
		}()
		return over
	}
	gone, goes := context.WithCancel(background)
	first := login(gone, users[0])
	<-c.sent
	second := login(gone, users[1])
	c.await(1)
	third := login(background, users[2])
	c.await(2)
	goes()
	if err := <-first; reasonOf(err) != Unsure {
		t.Errorf("on its way: %v", err)
	}
	if err := <-second; !errors.Is(err, context.Canceled) || reasonOf(err) == Unsure {
		t.Errorf("not sent: %v", err)
	}
	close(c.hold)
	if err := <-third; err != nil {
		t.Error(err)
	}
	wants(t, s, users[0], code(1), motp.Replay)
	wants(t, s, users[1], code(1), motp.Accepted)
	wants(t, s, users[2], code(1), motp.Replay)
}

// A host that etcd does not let is refused though its changes are transactions within one.
func TestSharedByWhoMayNot(t *testing.T) {
	begin(t, cluster)
	change := func(at string) *member {
		return &member{request: request{changes: at,
			then: []clientv3.Op{clientv3.OpPut(at, "of a stranger")}}}
	}
	together := []*member{change(placeOf("alice")), change(placeOf("bob"))}
	for _, user := range []string{"stranger", "who-left"} {
		stranger := config(t, cluster, "a")
		stranger.Cert, stranger.Key = cert(t, user)
		s := open(t, stranger)
		_, err := s.nodes.askOne(background, join(together))
		if !errors.Is(err, rpctypes.ErrPermissionDenied) {
			t.Errorf("%s: %v", user, err)
		}
	}
	if had := records(t, recordsAt); len(had) != 0 {
		t.Errorf("%v", had)
	}
}

// Changes of one key are made one after the other, in transactions of no more than etcd takes.
func TestMembers(t *testing.T) {
	s := &shared{}
	for i := range mostShared + 1 {
		for range 2 {
			s.waiting = append(s.waiting,
				&member{request: request{changes: fmt.Sprint(i)}})
		}
	}
	for _, want := range []int{mostShared, mostShared, 1, 1, 0} {
		together := s.next()
		keys := map[string]bool{}
		for _, m := range together {
			keys[m.changes] = true
		}
		if len(together) != want || len(keys) != len(together) {
			t.Errorf("%d members of %d keys, want %d", len(together), len(keys), want)
		}
	}
}
