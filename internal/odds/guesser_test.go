package odds

import (
	"fmt"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/pam-motp/pam-motp/motp"
	"github.com/pam-motp/pam-motp/motp/files"
)

// newYear is when the guesser begins.
var newYear = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// A victim is an account that is guessed at through the real Verifier.
type victim struct {
	*testing.T
	motp.Verifier
	user motp.User
	now  time.Time
}

// newVictim makes an account. Its record lies in memory where the machine has a folder for that,
// since each guess waits until it is on the disk.
func newVictim(t *testing.T, p motp.Policy, tokens ...motp.Token) *victim {
	t.Helper()
	within := "/dev/shm"
	if _, err := os.Stat(within); err != nil {
		within = ""
	}
	dir, err := os.MkdirTemp(within, "motp-odds-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	user := motp.User{Name: "alice", Tokens: tokens}
	return &victim{t, motp.Verifier{Store: files.Store{Dir: dir}, Policy: p}, user, newYear}
}

func (v *victim) try(typed string) motp.Verdict {
	v.Helper()
	res, err := v.Verify(v.Context(), v.user, typed, v.now)
	if err != nil {
		v.Fatal(err)
	}
	return res.Verdict
}

func (v *victim) lockedAt(at time.Time) bool {
	v.Helper()
	s, err := v.Status(v.Context(), v.user, at)
	if err != nil {
		v.Fatal(err)
	}
	return s.Locked
}

// wait lets the time pass until the user is not locked, to the second, or until the end.
func (v *victim) wait(end time.Time) {
	v.Helper()
	if !v.lockedAt(v.now) {
		return
	}
	low, high := v.now, v.now.Add(time.Second) // locked at low
	for v.lockedAt(high) {
		low, high = high, high.Add(2*high.Sub(v.now))
		if high.After(end.AddDate(1, 0, 0)) {
			v.now = high
			return
		}
	}
	for high.Sub(low) > time.Second {
		middle := low.Add(high.Sub(low) / 2).Truncate(time.Second)
		if v.lockedAt(middle) {
			low = middle
		} else {
			high = middle
		}
	}
	v.now = high
}

// wrong are answers that no token of the tests gives.
func wrong(n int) string { return fmt.Sprintf("g%05x", n) }

// guess tries one answer after the other until the end of the span, without pause, and returns
// when each one was judged, since the beginning. It gives up when far more were than should be.
func (v *victim) guess(span time.Duration, most int) (judged []time.Duration) {
	v.Helper()
	end := newYear.Add(span)
	for n := 0; n <= most; n++ {
		v.wait(end)
		if v.now.After(end) {
			return judged
		}
		switch verdict := v.try(wrong(n)); verdict {
		case motp.Wrong, motp.Malformed:
			judged = append(judged, v.now.Sub(newYear))
		default:
			v.Fatalf("guess %d, not locked: %v", n, verdict)
		}
	}
	v.Fatalf("more than %d guesses are judged", most)
	return nil
}

// The number of guesses that the closed form counts is what the Verifier judges.
func TestGuessesInAYear(t *testing.T) {
	t.Parallel()
	token := motp.Token{Secret: "5a1f0c9be27d4836", PIN: "4917"}
	for _, c := range []struct {
		failures int
		unlock   time.Duration
		span     time.Duration
		want     int // worked out by hand
	}{
		{8, 0, Year, 8},
		{1, 0, Year, 1},
		// 15 min × (1 + 2 + … + 64) are 31 h 45 min; after those seven locks one a day
		{8, 15 * time.Minute, Year, 8 * (1 + 7 + 363)},
		{3, 15 * time.Minute, 24 * time.Hour, 3 * 7},
		{1, time.Second, Year, 1 + 17 + 363}, // 1 s × 2^17 would be longer than a day
		{2, 5 * time.Hour, Year, 2 * (1 + 3 + 363)},
		{2, 24 * time.Hour, Year, 2 * 366},
		{2, 48 * time.Hour, Year, 2 * 183},
		{8, 15 * time.Minute, 15*time.Minute - time.Second, 8},
		{8, 15 * time.Minute, 15 * time.Minute, 16},
	} {
		t.Run(fmt.Sprint(c.failures, c.unlock, c.span), func(t *testing.T) {
			t.Parallel()
			p := motp.DefaultPolicy
			p.MaxFailures, p.UnlockAfter = c.failures, c.unlock
			attack := WithoutPause(p, c.span)
			if attack.Guesses != c.want {
				t.Errorf("%d guesses by the closed form, want %d",
					attack.Guesses, c.want)
			}
			judged := newVictim(t, p, token).guess(c.span, 2*c.want)
			if len(judged) != attack.Guesses {
				t.Errorf("%d guesses are judged, and the closed form says %d",
					len(judged), attack.Guesses)
			}
			begins := slices.Compact(judged)
			if want := rounds(p, c.span); !slices.Equal(begins, want) {
				t.Errorf("rounds begin at\n%v, want\n%v", begins, want)
			}
		})
	}
}

// What does not count brings no further guess: an answer that is repeated within the minute, one
// that was right before, and none at all.
func TestNothingUncountedIsJudged(t *testing.T) {
	t.Parallel()
	token := motp.Token{Secret: "5a1f0c9be27d4836", PIN: "4917"}
	v := newVictim(t, motp.DefaultPolicy, token)
	used := token.Code(v.now)
	if got := v.try(used); got != motp.Accepted {
		t.Fatalf("a right code: %v", got)
	}
	// the answer that is repeated comes true ten seconds later
	later := token.Step(v.now) + motp.DefaultPolicy.Reach(token) + 1
	early := token.CodeAt(later)
	if got := v.try(early); got != motp.Wrong {
		t.Fatalf("a code of later: %v", got)
	}
	for _, c := range []struct {
		typed string
		want  motp.Verdict
	}{{early, motp.Repeated}, {used, motp.Replay}, {"", motp.Empty}, {early, motp.Repeated}} {
		v.now = v.now.Add(10 * time.Second)
		if got := v.try(c.typed); got != c.want {
			t.Errorf("%v, want %v", got, c.want)
		}
	}
	s, err := v.Status(v.Context(), v.user, v.now)
	if err != nil || s.Failures != 1 {
		t.Errorf("%d failures, %v; want 1", s.Failures, err)
	}
}

// Somebody who knows when the user logs in gets as many guesses as the closed form says.
func TestGuessesBetweenLogins(t *testing.T) {
	t.Parallel()
	token := motp.Token{Secret: "5a1f0c9be27d4836", PIN: "4917"}
	const logins, day = 10, 24 * time.Hour
	for unlock, want := range map[time.Duration]int{
		0: 7*(logins+1) + 1,
		// six locks, of 15 h 45 min, end within the day
		15 * time.Minute: 55*(logins+1) + 1,
		day:              7*(logins+1) + 1,
	} {
		t.Run(fmt.Sprint(unlock), func(t *testing.T) {
			t.Parallel()
			p := motp.DefaultPolicy
			p.UnlockAfter = unlock
			attack := BetweenLogins(p, (logins+1)*day, logins)
			if attack.Guesses != want {
				t.Errorf("%d guesses by the closed form, want %d",
					attack.Guesses, want)
			}
			v := newVictim(t, p, token)
			judged := 0
			for n := range logins {
				login := newYear.Add(time.Duration(n+1) * day)
				judged += v.guessUnnoticed(login)
				v.now = login
				if got := v.try(token.Code(v.now)); got != motp.Accepted {
					t.Fatalf("the user, at login %d: %v", n+1, got)
				}
			}
			judged += v.guessUnnoticed(v.now.Add(day))
			if v.try("last one") == motp.Malformed {
				judged++
			}
			if judged != want || !v.lockedAt(v.now) {
				t.Errorf("%d guesses are judged, want %d and a lock", judged, want)
			}
		})
	}
}

// guessUnnoticed guesses until one more guess would lock the user for longer than until the login.
func (v *victim) guessUnnoticed(login time.Time) (judged int) {
	v.Helper()
	for locks, left := 1, v.Policy.MaxFailures; ; judged++ {
		if left == 1 {
			ends := v.now.Add(lock(v.Policy, locks))
			if v.Policy.UnlockAfter == 0 || !ends.Before(login) {
				return judged
			}
			locks, left = locks+1, v.Policy.MaxFailures+1
		}
		left--
		if got := v.try(wrong(judged)); got != motp.Malformed {
			v.Fatalf("guess %d: %v", judged+1, got)
		}
		v.wait(login)
	}
}
