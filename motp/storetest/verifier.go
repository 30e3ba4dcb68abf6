package storetest

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/pam-motp/pam-motp/motp"
)

var (
	noon  = time.Unix(1296121200, 0)
	alice = motp.User{Name: "alice", Tokens: []motp.Token{{Secret: "0123456789abcdef",
		PIN: "6666"}}}
)

// verifiers are those of all that the subject may be used through, and of each as one that makes
// changes twice.
func (s Subject) verifiers(t *testing.T) (all []motp.Verifier) {
	for _, store := range s.stores(t) {
		for _, store := range []motp.Store{store, Twice(store)} {
			all = append(all, motp.Verifier{Store: store, Policy: motp.DefaultPolicy})
		}
	}
	return all
}

// attempts has all answers judged at once, each by another verifier, and counts the verdicts.
func (s Subject) attempts(t *testing.T, n int, typed func(i int) string) map[motp.Verdict]int {
	all := s.verifiers(t)
	verdicts := map[motp.Verdict]int{}
	var mu sync.Mutex
	var group sync.WaitGroup
	for i := range n {
		group.Add(1)
		go func() {
			defer group.Done()
			res, err := all[i%len(all)].Verify(background, alice, typed(i), noon)
			if err != nil {
				t.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			verdicts[res.Verdict]++
		}()
	}
	group.Wait()
	return verdicts
}

func oneCodeOnce(t *testing.T, s Subject) {
	for n := range 3 {
		code := alice.Tokens[0].Code(noon.Add(time.Duration(n) * motp.StepLength))
		got := s.attempts(t, 16, func(int) string { return code })
		if got[motp.Accepted] != 1 || got[motp.Replay] != 15 {
			t.Errorf("one code 16 times: %v", got)
		}
	}
}

// onePINOnce has 16 people set a PIN with one code at once: one of them does, and it is that PIN
// which is in force.
func onePINOnce(t *testing.T, s Subject) {
	all := s.verifiers(t)
	code := alice.Tokens[0].Code(noon)
	set := make(chan string, 16)
	var group sync.WaitGroup
	for i := range cap(set) {
		group.Add(1)
		go func() {
			defer group.Done()
			pin := fmt.Sprint(2468 + i)
			res, err := all[i%len(all)].ChangePIN(background, alice, code, pin, noon)
			switch {
			case err != nil:
				t.Error(err)
			case res.Verdict == motp.Accepted:
				set <- pin
			}
		}()
	}
	group.Wait()
	if len(set) != 1 {
		t.Fatalf("one code set the PIN %d times", len(set))
	}
	pin := <-set
	for _, v := range all {
		if tokens, err := v.InForce(background, alice); err != nil ||
			tokens[0].PIN != pin {
			t.Errorf("another PIN is in force, %v", err)
		}
	}
}

func guesses(t *testing.T, s Subject) {
	got := s.attempts(t, 32, func(i int) string { return fmt.Sprintf("%06x", i) })
	if got[motp.Wrong] != 8 || got[motp.Locked] != 24 {
		t.Errorf("32 guesses: %v, want 8 wrong and 24 locked", got)
	}
	v := s.verifiers(t)[0]
	if err := v.ForceUnlock(background, alice, noon); err != nil {
		t.Fatal(err)
	}
	for _, v := range s.verifiers(t) {
		if status, err := v.Status(background, alice, noon); err != nil ||
			status.Failures != 0 {
			t.Errorf("%+v, %v", status, err)
		}
	}
}

// lostReply checks that what an attempt came to stands, though nobody was told.
func lostReply(t *testing.T, s Subject) {
	v := motp.Verifier{Store: Losing(s.Store), Policy: motp.DefaultPolicy}
	for _, typed := range []string{"000000", alice.Tokens[0].Code(noon), "000001"} {
		res, err := v.Verify(background, alice, typed, noon)
		if !errors.Is(err, ErrNoReply) || res != (motp.Result{}) {
			t.Errorf("%+v, %v; want no verdict", res, err)
		}
	}
	v.Store = s.Store
	res, err := v.Verify(background, alice, alice.Tokens[0].Code(noon), noon)
	if err != nil || res.Verdict != motp.Replay || res.Failures != 1 {
		t.Errorf("%+v, %v; want replay, and one failure", res, err)
	}
}

// strangers checks that a name that is nobody's leaves no trace.
func strangers(t *testing.T, s Subject) {
	for _, v := range s.verifiers(t) {
		for i := range 20 {
			v.VerifyUnknown(background, fmt.Sprint("stranger", i%3),
				fmt.Sprintf("%06x", i), noon)
		}
	}
	if got, err := s.Names(background); err != nil || len(got) > 0 {
		t.Errorf("%q, %v; want none", got, err)
	}
}
