package fleet

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/anishathalye/porcupine"
	"github.com/pam-motp/pam-motp/internal/fleet"
	"github.com/pam-motp/pam-motp/motp"
)

var noon = time.Unix(1296121200, 0)

// codes is how many codes of a user are right at noon: the window either side.
const codes = 37

// traffic is people who log in on some hosts, with codes that are right and wrong, of which each is
// typed by many at once.
type traffic struct {
	verifiers []motp.Verifier
	users     []motp.User
	began     time.Time

	mu         sync.Mutex
	history    []porcupine.Operation
	unsure     int
	refused    int
	longest    time.Duration
	unexpected []error
	moved      *sync.Cond
}

func newTraffic(stores []motp.Store, users int) *traffic {
	t := &traffic{began: time.Now()}
	t.moved = sync.NewCond(&t.mu)
	policy := motp.DefaultPolicy
	policy.MaxFailures = 1 << 20 // a lock would hide what comes behind it
	for _, s := range stores {
		t.verifiers = append(t.verifiers, motp.Verifier{Store: s, Policy: policy})
	}
	for i := range users {
		t.users = append(t.users, motp.User{Name: fmt.Sprint("user", i),
			Tokens: []motp.Token{{Secret: "0123456789abcdef", PIN: "6666"}}})
	}
	return t
}

// session logs people in on one host, until there were enough logins and it is told to end.
func (t *traffic) session(n, enough int, over <-chan struct{}) {
	random := rand.New(rand.NewPCG(uint64(n), 1))
	for {
		select {
		case <-over:
			if t.done() >= enough {
				return
			}
		default:
		}
		t.logIn(n, random)
	}
}

func (t *traffic) done() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.history)
}

// await waits until there were so many logins more.
func (t *traffic) await(more int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for enough := len(t.history) + t.refused + more; len(t.history)+t.refused < enough; {
		t.moved.Wait()
	}
}

// logIn has somebody log in, and notes what they were told.
func (t *traffic) logIn(n int, random *rand.Rand) {
	in := input{user: random.IntN(len(t.users)), code: random.IntN(codes)}
	user := t.users[in.user]
	typed := user.Tokens[0].Code(noon.Add(time.Duration(in.code-codes/2) * motp.StepLength))
	if random.IntN(4) == 0 {
		in.code = wrongCode
		typed = fmt.Sprintf("%06x", random.IntN(1<<24))
		if len(user.Tokens[0].Match(typed, user.Tokens[0].Step(noon)-codes,
			user.Tokens[0].Step(noon)+codes)) > 0 {
			return
		}
	}
	begin := time.Since(t.began)
	res, err := t.verifiers[n%len(t.verifiers)].Verify(context.Background(), user, typed, noon)
	end := time.Since(t.began)
	t.note(n, in, output{verdict: res.Verdict, failures: res.Failures}, err, begin, end)
}

func (t *traffic) note(n int, in input, out output, err error, begin, end time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	defer t.moved.Broadcast()
	t.longest = max(t.longest, end-begin)
	var known *fleet.Error
	switch {
	case err == nil:
	case errors.Is(err, errMaybe) || errors.As(err, &known) && known.Reason() == fleet.Unsure:
		// it may have been written, at any time from then on
		out.unsure = true
		t.unsure++
		end = 1 << 62
	case known != nil && known.Reason() == fleet.Away || errors.Is(err, motp.ErrBusy) ||
		known != nil && known.Reason() == fleet.Full || known != nil &&
		known.Reason() == fleet.ClockOff:
		t.refused++
		return
	default:
		t.unexpected = append(t.unexpected, err)
		return
	}
	t.history = append(t.history, porcupine.Operation{ClientId: n, Input: in, Output: out,
		Call: int64(begin), Return: int64(end)})
}

// report checks the history.
func (t *traffic) report() Report {
	t.mu.Lock()
	defer t.mu.Unlock()
	return Report{Operations: len(t.history), Unsure: t.unsure, Refused: t.refused,
		Longest: t.longest, Broken: t.broken(), Unexpected: t.unexpected}
}
