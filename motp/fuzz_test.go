package motp

import (
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha1"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// FuzzTypedCode holds the judge to a plain oracle: an answer is accepted if it is, blanks and the
// case of letters aside, what the description of Mobile-OTP says for one of the steps around now,
// and is refused in any other case; a second time it is a replay, or as wrong as before.
func FuzzTypedCode(f *testing.F) {
	f.Add(code(0), int64(0), "0123456789abcdef", "6666")
	f.Add(" "+strings.ToUpper(code(3))+"\n", int64(-15), "0123456789abcdef", "6666")
	f.Add(code(18), int64(0), "0123456789abcdef", "6666")
	f.Add(code(19), int64(0), "0123456789abcdef", "6666")
	f.Add(code(0)+"\x00", int64(0), "0123456789abcdef", "6666")
	f.Add(code(0)+strings.Repeat(" ", 1100), int64(0), "0123456789abcdef", "6666")
	f.Add(code(0)+strings.Repeat("x", 1100), int64(0), "0123456789abcdef", "6666")
	f.Add("\b\n\rguess", int64(0), "0123456789abcdef", "6666")
	f.Add(strings.Repeat(" ", 1020)+code(0), int64(0), "0123456789abcdef", "6666")
	f.Add("\b\n\r\x7fINCORRECT\b", int64(0), "x", "1")
	f.Add("d41d8c", int64(1)<<62, "", "")
	f.Fuzz(func(t *testing.T, typed string, seconds int64, secret, pin string) {
		seconds %= 1 << 40 // 30,000 years either side
		now := noon.Add(time.Duration(seconds%(1<<33)) * time.Second)
		u := User{Name: "alice", Tokens: []Token{{Secret: secret, PIN: pin}}}
		step := now.Unix() / 10
		var right []string
		for s := step - 18; s <= step+18; s++ {
			right = append(right,
				fmt.Sprintf("%x",
					md5.Sum(fmt.Appendf(nil, "%d%s%s", s, secret, pin)))[:6])
		}
		if now.Unix() < 0 {
			return // before 1970 the description says nothing
		}
		var r record
		v, _ := r.judge(u, read(typed), now, DefaultPolicy)
		// what is longer is cut
		good := slices.Contains(right,
			strings.ToLower(strings.TrimSpace(typed[:min(len(typed), maxAnswer)])))
		switch {
		case v == Accepted && !good:
			t.Fatalf("%q was accepted; %q are right", typed, right)
		case v != Accepted && good:
			t.Fatalf("%q was %v", typed, v)
		case v != Accepted && v != Wrong && v != Malformed && v != Empty:
			t.Fatalf("%q was %v the first time", typed, v)
		case v == Empty && strings.TrimSpace(typed[:min(len(typed), maxAnswer)]) != "" &&
			!strings.HasPrefix(strings.Repeat("\b\n\r\x7fINCORRECT",
				len(typed)), typed):
			t.Fatalf("%q is free", typed)
		case (v == Wrong || v == Malformed) != (r.failures == 1):
			t.Fatalf("%q was %v, and %d failures are counted", typed, v, r.failures)
		}
		again, _ := r.judge(u, read(typed), now, DefaultPolicy)
		if want := map[Verdict]Verdict{Accepted: Replay, Wrong: Repeated,
			Malformed: Repeated, Empty: Empty}[v]; again != want {
			t.Errorf("%q was %v, then %v", typed, v, again)
		}
	})
}

// FuzzTypedOATH does the same for TOTP with a PIN before the code.
func FuzzTypedOATH(f *testing.F) {
	f.Add("1234"+Token{Type: TOTP, Secret: "key"}.Code(noon), int64(0), "key", "1234")
	f.Add(Token{Type: TOTP, Secret: "key"}.Code(noon), int64(30), "key", "")
	f.Add("12345"+Token{Type: TOTP, Secret: "key"}.Code(noon), int64(-61), "key", "1234")
	f.Fuzz(func(t *testing.T, typed string, seconds int64, secret, pin string) {
		now := noon.Add(time.Duration(seconds%(1<<30)) * time.Second)
		u := User{Name: "alice", Tokens: []Token{{Type: TOTP, Secret: secret, PIN: pin}}}
		var right []string
		for step := now.Unix()/30 - 1; step <= now.Unix()/30+1; step++ {
			mac := hmac.New(sha1.New, []byte(secret))
			mac.Write(binary.BigEndian.AppendUint64(nil, uint64(step)))
			sum := mac.Sum(nil)
			number := binary.BigEndian.Uint32(sum[sum[19]&15:]) &^ (1 << 31) % 1000000
			right = append(right, fmt.Sprintf("%s%06d", pin, number))
		}
		var r record
		v, _ := r.judge(u, read(typed), now, DefaultPolicy)
		good := slices.Contains(right,
			strings.TrimSpace(typed[:min(len(typed), maxAnswer)]))
		if v == Accepted && !good {
			t.Fatalf("%q was accepted; %q are right", typed, right)
		}
		if good && v != Accepted {
			t.Fatalf("%q was %v", typed, v)
		}
		if again, _ := r.judge(u, read(typed), now, DefaultPolicy); again == Accepted {
			t.Errorf("%q was accepted twice", typed)
		}
	})
}
