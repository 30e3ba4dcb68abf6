package motp

import (
	"fmt"
	"testing"
	"time"
)

var (
	noon  = time.Unix(1296121200, 0) // step 129612120
	alice = User{Name: "alice", Tokens: []Token{{Secret: "0123456789abcdef", PIN: "6666"}}}
)

// at is the time n steps from noon.
func at(n int64) time.Time { return noon.Add(time.Duration(n) * StepLength) }

// code is what alice's token shows n steps from noon.
func code(n int64) string { return alice.Tokens[0].Code(at(n)) }

func judgeOnce(t *testing.T, r *record, typed string, now time.Time) Verdict {
	t.Helper()
	v, _ := r.judge(alice, read(typed), now, DefaultPolicy)
	return v
}

// The verdicts of the real otpverify.sh 1.05a, got by running it (mdmonk/shell_snippets
// otpverify.sh at 5236fcf) at 1296121200 with secret 0123456789abcdef and PIN 6666, beside ours.
func TestVerdictsOfOtpverify(t *testing.T) {
	for _, c := range []struct {
		name   string
		typed  string
		secret string
		offset int64 // steps
		theirs string
		want   Verdict
		why    string // where ours differs, and it is meant
	}{
		{"19 steps old", "184375", "", 0, "FAIL", Wrong, ""},
		{"18 steps old", "6f186c", "", 0, "ACCEPT", Accepted, ""},
		{"now", "6ed4e4", "", 0, "ACCEPT", Accepted, ""},
		{"17 steps ahead", "5901d9", "", 0, "ACCEPT", Accepted, ""},
		{"18 steps ahead", "5e0943", "", 0, "FAIL", Accepted,
			"their window lacks its last step"},
		{"an hour ahead, offset 360", "f7abf0", "", 360, "ACCEPT", Accepted, ""},
		{"an hour behind, offset -360", "43a369", "", -360, "FAIL", Accepted,
			"they read -360 as 0360"},
		{"an hour ahead, offset -360", "f7abf0", "", -360, "ACCEPT", Wrong,
			"they read -360 as 0360"},
		{"now, in upper case", "6ED4E4", "", 0, "FAIL", Accepted,
			"some tokens show upper case"},
		{"secret in upper case", "6ed4e4", "0123456789ABCDEF", 0, "FAIL", Wrong, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			token := Token{Secret: "0123456789abcdef", PIN: "6666",
				Offset: time.Duration(c.offset) * StepLength}
			if c.secret != "" {
				token.Secret = c.secret
			}
			u := User{Name: "alice", Tokens: []Token{token}}
			got, _ := new(record).judge(u, read(c.typed), noon, DefaultPolicy)

			if got != c.want {
				t.Errorf("verdict %v, want %v", got, c.want)
			}
			if same := (got == Accepted) == (c.theirs == "ACCEPT"); same ==
				(c.why != "") {
				t.Errorf("otpverify.sh says %s, ours is %v, and the reason for a "+
					"difference is %q", c.theirs, got, c.why)
			}
		})
	}
}

// Dan-Q/motp test/motp_test.rb at 5323c11: the server's clock stands at 1295533703.
func TestVerdictsOfDanQ(t *testing.T) {
	u := User{Name: "u", Tokens: []Token{{Secret: "abcd1234", PIN: "1234"}}}
	now := time.Unix(1295533703, 0)
	if v, _ := new(record).judge(u, read("6f8af8"), now, DefaultPolicy); v != Accepted {
		t.Errorf("two steps old: %v, want ok", v)
	}
	if v, _ := new(record).judge(u, read("5d60af"), now, DefaultPolicy); v != Wrong {
		t.Errorf("801 steps old: %v, want wrong", v)
	}
}

func TestWindowEdges(t *testing.T) {
	for n := int64(-25); n <= 25; n++ {
		want := Wrong
		if n >= -18 && n <= 18 {
			want = Accepted
		}
		if got := judgeOnce(t, new(record), code(n), noon); got != want {
			t.Errorf("%d steps from now: %v, want %v", n, got, want)
		}
	}
}

func TestWhatIsCounted(t *testing.T) {
	for _, c := range []struct {
		name  string
		typed string
		want  Verdict
		count uint32
	}{
		{"a wrong code", "000000", Wrong, 1},
		{"no answer", "", Empty, 0},
		{"blanks", "  \t", Empty, 0},
		{"OpenSSH's dummy, whole", "\b\n\r\x7fINCORRECT", Empty, 0},
		{"OpenSSH's dummy, cut to six", "\b\n\r\x7fIN", Empty, 0},
		{"OpenSSH's dummy, repeated", "\b\n\r\x7fINCORRECT\b\n\r", Empty, 0},
		{"too short", "6ed4e", Malformed, 1},
		{"too long", "6ed4e44", Malformed, 1},
		{"no hex", "6ed4g4", Malformed, 1},
		{"a right code with a zero byte", "6ed4e4\x00", Malformed, 1},
		{"a right code with junk after a kilobyte of blanks",
			fmt.Sprintf("6ed4e4%1100sx", ""), Accepted, 0},
		{"blanks around a right code", " 6ed4e4\r\n", Accepted, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := new(record)
			if got := judgeOnce(t, r, c.typed, noon); got != c.want ||
				r.failures != c.count {
				t.Errorf("%v with %d failures, want %v with %d", got, r.failures,
					c.want, c.count)
			}
		})
	}
}

func TestReplayIsRefusedAndNotCounted(t *testing.T) {
	r := new(record)
	if v := judgeOnce(t, r, code(0), noon); v != Accepted {
		t.Fatalf("first use: %v", v)
	}
	for n := int64(-1); n <= 18; n++ {
		if v := judgeOnce(t, r, code(0), at(n)); v != Replay || r.failures != 0 {
			t.Errorf("again %d steps later: %v with %d failures, want replay with 0", n,
				v, r.failures)
		}
	}
	if v := judgeOnce(t, r, code(-1), noon); v != Accepted {
		t.Errorf("an older code that was not used: %v, want ok", v)
	}
	if v := judgeOnce(t, r, code(1), noon); v != Accepted {
		t.Errorf("a newer code: %v, want ok", v)
	}
}

// A code that happens to stand for two steps is used up in both.
func TestCodeOfTwoSteps(t *testing.T) {
	u := User{Name: "u", Tokens: []Token{{Secret: "s", PIN: "1"}}}
	token := u.Tokens[0]
	wide := Policy{Window: MaxWindow, MaxFailures: 8}
	// look for two equal codes less than a window apart
	seen := make(map[string]int64)
	var first, second int64
	for step := int64(0); second == 0; step++ {
		c := token.CodeAt(step)
		if old, ok := seen[c]; ok && step-old < 255 {
			first, second = old, step
		}
		seen[c] = step
	}
	now := time.Unix(second*10, 0)
	r := new(record)
	m := r.memories(u)[0]
	m.use(second)
	if v, _ := r.judge(u, read(token.CodeAt(first)), now, wide); v != Replay {
		t.Errorf("the code of a used and an unused step: %v, want replay", v)
	}
	r = new(record)
	if v, _ := r.judge(u, read(token.CodeAt(first)), now, wide); v != Accepted {
		t.Fatalf("the code of two unused steps: %v, want ok", v)
	}
	m = r.memories(u)[0]
	if m.look(first) == stepFresh || m.look(second) == stepFresh {
		t.Error("not both steps are used up")
	}
}

func TestSameWrongCodeAgainIsNotCounted(t *testing.T) {
	r := new(record)
	judgeOnce(t, r, "000000", noon)
	for range 20 {
		if v := judgeOnce(t, r, "000000", noon); v != Repeated || r.failures != 1 {
			t.Fatalf("the same again: %v with %d failures, want repeated with 1",
				v, r.failures)
		}
	}
	if v := judgeOnce(t, r, "000000", at(5)); v != Repeated || r.failures != 1 {
		t.Errorf("the same 50 seconds later: %v with %d failures, want repeated with 1",
			v, r.failures)
	}
	guesser := *r
	for n := int64(1); n < 8; n++ {
		judgeOnce(t, &guesser, "000000", at(6*n))
	}
	if v := judgeOnce(t, &guesser, code(60), at(60)); v != Locked {
		t.Errorf("the same once a minute: %v after %d failures, want locked", v,
			guesser.failures)
	}
	if v := judgeOnce(t, r, "000000", at(-1)); v != Wrong {
		t.Errorf("the same with the clock set back: %v, want wrong", v)
	}
	*r = record{}
	judgeOnce(t, r, "000000", noon)
	if judgeOnce(t, r, "111111", noon); r.failures != 2 {
		t.Errorf("another wrong code: %d failures, want 2", r.failures)
	}
	if judgeOnce(t, r, "000000", noon); r.failures != 3 {
		t.Errorf("the first one again, but not last: %d failures, want 3", r.failures)
	}
}

func TestLock(t *testing.T) {
	r := new(record)
	for i := range 7 {
		if v := judgeOnce(t, r, fmt.Sprintf("00000%d", i), noon); v != Wrong {
			t.Fatalf("wrong code %d: %v", i+1, v)
		}
	}
	seven := *r
	if v := judgeOnce(t, r, code(0), noon); v != Accepted || r.failures != 0 {
		t.Errorf("a right code after seven wrong ones: %v with %d failures, want ok with 0",
			v, r.failures)
	}
	*r = seven
	judgeOnce(t, r, "00000f", noon)
	if v := judgeOnce(t, r, code(0), noon); v != Locked {
		t.Errorf("a right code after eight wrong ones: %v, want locked", v)
	}
	if v := judgeOnce(t, r, code(30000), at(30000)); v != Locked {
		t.Errorf("days later: %v, want locked", v)
	}
	if r.failures != 8 {
		t.Errorf("attempts on a locked user raised the count to %d", r.failures)
	}
}

func TestLockThatEnds(t *testing.T) {
	p := Policy{Window: 3 * time.Minute, MaxFailures: 2, UnlockAfter: 10 * time.Minute}
	locked := new(record)
	locked.judge(alice, read("000000"), noon, p)
	locked.judge(alice, read("000001"), noon, p)
	for _, c := range []struct {
		name  string
		steps int64
		want  Verdict
	}{
		{"at once", 0, Locked},
		{"a step too early", 59, Locked},
		{"in time", 60, Accepted},
		{"with the clock set back", -600, Locked},
	} {
		r := *locked
		if v, _ := r.judge(alice, read(code(c.steps)), at(c.steps), p); v != c.want {
			t.Errorf("%s: %v, want %v", c.name, v, c.want)
		}
	}
	r := *locked
	r.judge(alice, read("000002"), at(60), p)
	if r.failures != 1 {
		t.Errorf("a wrong code after the lock ended: %d failures, want 1", r.failures)
	}
}

// A limit that was raised after a lock does not let the next lock end early.
func TestLockCountsFromItsOwnBeginning(t *testing.T) {
	r := new(record)
	few := Policy{MaxFailures: 1, UnlockAfter: time.Minute}
	r.judge(alice, read("000000"), noon, few)
	more := Policy{MaxFailures: 2, UnlockAfter: time.Minute}
	r.judge(alice, read("000001"), at(60), more)
	if v, _ := r.judge(alice, read(code(61)), at(61), more); v != Locked {
		t.Errorf("ten seconds into the second lock: %v, want locked", v)
	}
}

// Two services with limits of their own share a record. Failures that one of them counted are a
// fresh lock to the other, not one that ended long ago.
func TestLockOfALowerLimitEndsInTime(t *testing.T) {
	high := Policy{MaxFailures: 8, UnlockAfter: 15 * time.Minute}
	low := Policy{MaxFailures: 3, UnlockAfter: 15 * time.Minute}
	r, judged := new(record), 0
	for i := range 350 {
		p := high
		if i%7 == 6 {
			p = low
		}
		if v, _ := r.judge(alice, read(fmt.Sprintf("%06x", i)), noon, p); v == Wrong {
			judged++
		}
	}
	if judged != 8 {
		t.Errorf("%d guesses were judged within one second, want 8", judged)
	}
	const lasts = 90 // steps in 15 minutes
	for steps, want := range map[int64]Verdict{lasts - 1: Locked, lasts: Wrong} {
		again := *r
		if v, _ := again.judge(alice, read("ffffff"), at(steps), low); v != want {
			t.Errorf("%d steps later: %v, want %v", steps, v, want)
		}
	}
}

func TestClockSetBackReadmitsNothing(t *testing.T) {
	r := new(record)
	year := int64(365 * 24 * 360)
	for _, n := range []int64{0, 5, year} {
		if v := judgeOnce(t, r, code(n), at(n)); v != Accepted {
			t.Fatalf("step %d: %v", n, v)
		}
	}
	for _, n := range []int64{0, 5, 6, year} {
		if v := judgeOnce(t, r, code(n), at(n)); v != Replay && v != Old && v != Clock {
			t.Errorf("step %d after the clock was set back: %v, want a refusal", n, v)
		}
	}
	if v := judgeOnce(t, r, code(year+1), at(year)); v != Accepted {
		t.Errorf("a fresh code after all that: %v, want ok", v)
	}
}

func TestDisabledAndTokenless(t *testing.T) {
	off := alice
	off.Disabled = true
	if v, _ := new(record).judge(off, read(code(0)), noon, DefaultPolicy); v != Disabled {
		t.Errorf("disabled: %v", v)
	}
	nobody := User{Name: "x"}
	if v, _ := new(record).judge(nobody, read(code(0)), noon, DefaultPolicy); v != Disabled {
		t.Errorf("no token: %v", v)
	}
}

func TestZeroVerdictIsARefusal(t *testing.T) {
	var v Verdict
	if v == Accepted || v.String() != "refused" || Verdict(99).String() != "refused" {
		t.Errorf("the zero verdict is %v", v)
	}
}
