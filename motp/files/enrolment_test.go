//go:build linux

package files

import (
	"errors"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pam-motp/pam-motp/motp"
)

const (
	letter = "ABCD-EFGH-IJKL-MN23"
	chosen = "2468"
)

// invited is alice with a token that is still to be set up.
func invited(t *testing.T) motp.User {
	t.Helper()
	i, err := motp.NewInvitation(
		alice.Tokens[0],
		letter,
		[motp.InvitationSalt]byte{1},
		noon.Add(time.Hour).Unix(),
	)
	if err != nil {
		t.Fatal(err)
	}
	u := motp.User{Name: "alice", Tokens: []motp.Token{alice.Tokens[0]}}
	u.Tokens[0].Invitation = i
	return u
}

// chosenCode is what her token shows with the PIN that she has chosen, n steps from noon.
func chosenCode(n int64) string {
	token := alice.Tokens[0]
	token.PIN = chosen
	return token.Code(noon.Add(time.Duration(n) * motp.StepLength))
}

func enrolling(t *testing.T, v fixture, u motp.User) *motp.Enrolment {
	t.Helper()
	res, e, err := v.BeginEnrolment(ctx, u, letter, noon)
	if err != nil || e == nil {
		t.Fatalf("%+v, %v", res, err)
	}
	return e
}

// A claim is torn at any byte of either of its writes: it has happened, whole, or it has not, and
// the next code can make it. The first code is good once in all.
func TestTornClaim(t *testing.T) {
	v, u := newVerifier(t), invited(t)
	e := enrolling(t, v, u)
	path := v.Dir + "/alice"
	read := func() []byte {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	before := read()
	res, err := v.EndEnrolment(ctx, u, e, chosen, chosenCode(0), noon)
	if err != nil || res.Verdict != motp.Accepted {
		t.Fatalf("%+v, %v", res, err)
	}
	whole := read()
	first, _, _ := parseFile("alice", before)
	newest, _, _ := parseFile("alice", whole)
	if newest.seq != first.seq+2 {
		t.Fatalf("a claim is %d writes, not two", newest.seq-first.seq)
	}
	claims := 0
	for cut := 0; cut <= 2*slotSize; cut += 61 {
		torn := append([]byte(nil), before...)
		for i, n := range []int{min(cut, slotSize), max(cut-slotSize, 0)} {
			at := int((first.seq+1+uint64(i))%2) * slotSize
			copy(torn[at:at+n], whole[at:at+n])
		}
		if err := os.WriteFile(path, torn, 0o600); err != nil {
			t.Fatal(err)
		}
		again, err := v.EndEnrolment(ctx, u, e, chosen, chosenCode(1), noon)
		claimed := errors.Is(err, motp.ErrLapsed)
		if claimed {
			claims++
		} else if err != nil || again.Verdict != motp.Accepted {
			t.Errorf("cut at %d: the next code: %+v, %v", cut, again, err)
		}
		old, err := v.Verify(ctx, u, chosenCode(0), noon)
		if err != nil || (old.Verdict == motp.Accepted) == claimed {
			t.Errorf("cut at %d: claimed is %v, the first code %v, %v", cut, claimed,
				old.Verdict, err)
		}
		next, err := v.Verify(ctx, u, chosenCode(2), noon)
		if err != nil || next.Verdict != motp.Accepted {
			t.Errorf(
				"cut at %d: a code of the chosen PIN: %v, %v",
				cut,
				next.Verdict,
				err,
			)
		}
	}
	if claims == 0 || claims == 2*slotSize/61+1 {
		t.Errorf("%d cuts left a claim", claims)
	}
}

// Of many who have the invitation one is in.
func TestClaimsAtOnce(t *testing.T) {
	for range 20 {
		v, u := newVerifier(t), invited(t)
		var in atomic.Int32
		var all sync.WaitGroup
		start := make(chan struct{})
		for i := range 8 {
			e := enrolling(t, v, u)
			all.Add(1)
			go func() {
				defer all.Done()
				<-start
				res, err := v.EndEnrolment(
					ctx,
					u,
					e,
					chosen,
					chosenCode(int64(i)),
					noon,
				)
				if err == nil && res.Verdict == motp.Accepted {
					in.Add(1)
				} else if !errors.Is(err, motp.ErrLapsed) {
					t.Errorf("%+v, %v", res, err)
				}
			}()
		}
		close(start)
		all.Wait()
		if in.Load() != 1 {
			t.Fatalf("%d are in", in.Load())
		}
	}
}
