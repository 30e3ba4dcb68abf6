package motp

import (
	"encoding/hex"
	"fmt"
	"math/rand"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"
)

const rfcKey = "12345678901234567890"

// RFC 4226 appendix D.
func TestHOTPVectors(t *testing.T) {
	token := Token{Type: HOTP, Secret: rfcKey}
	for counter, want := range []string{"755224", "287082", "359152", "969429", "338314",
		"254676", "287922", "162583", "399871", "520489"} {
		if got := token.CodeAt(int64(counter)); got != want {
			t.Errorf("counter %d: %s, want %s", counter, got, want)
		}
	}
}

// RFC 6238 appendix B. The keys for SHA-256 and SHA-512 are longer, as its code says and erratum
// 2866 explains.
func TestTOTPVectors(t *testing.T) {
	keys := map[Algorithm]string{
		SHA1:   rfcKey,
		SHA256: "12345678901234567890123456789012",
		SHA512: "1234567890123456789012345678901234567890123456789012345678901234",
	}
	for _, v := range []struct {
		seconds              int64
		sha1, sha256, sha512 string
	}{
		{59, "94287082", "46119246", "90693936"},
		{1111111109, "07081804", "68084774", "25091201"},
		{1111111111, "14050471", "67062674", "99943326"},
		{1234567890, "89005924", "91819424", "93441116"},
		{2000000000, "69279037", "90698825", "38618901"},
		{20000000000, "65353130", "77737706", "47863826"},
	} {
		for algorithm, want := range map[Algorithm]string{SHA1: v.sha1, SHA256: v.sha256,
			SHA512: v.sha512} {
			token := Token{Type: TOTP, Secret: keys[algorithm],
				Algorithm: algorithm, Digits: 8}
			if got := token.Code(time.Unix(v.seconds, 0)); got != want {
				t.Errorf("%v at %d: %s, want %s", algorithm, v.seconds, got, want)
			}
		}
	}
}

// A few thousand random tokens, against oathtool of the OATH toolkit, which makes 200 codes a run.
func TestAgainstOathtool(t *testing.T) {
	const codes = 200
	rnd := rand.New(rand.NewSource(4226))
	for i := range 24 {
		key := make([]byte, 10+rnd.Intn(60))
		rnd.Read(key)
		token := Token{Type: HOTP, Secret: string(key), Digits: 6 + rnd.Intn(3)}
		args := []string{"--window=" + strconv.Itoa(codes-1),
			"--digits=" + strconv.Itoa(token.Digits)}
		var first int64
		if i%2 == 0 {
			first = rnd.Int63n(1 << (10 + rnd.Intn(50)))
			args = append(args, "--hotp", "--counter="+strconv.FormatInt(first, 10))
		} else {
			token.Type, token.Algorithm = TOTP, Algorithm(rnd.Intn(3))
			token.Period = time.Duration(1+rnd.Intn(120)) * time.Second
			at := time.Unix(rnd.Int63n(1<<33), 0).UTC() // beyond 2106
			first = token.Step(at)
			args = append(args, "--totp="+token.Algorithm.String(),
				fmt.Sprintf("--time-step-size=%v", token.Period),
				"--now="+at.Format("2006-01-02 15:04:05 UTC"))
		}
		out, err := exec.Command("oathtool",
			append(args, hex.EncodeToString(key))...).CombinedOutput()
		if err != nil {
			t.Fatalf("oathtool (Debian package oathtool) %q: %v: %s", args, err, out)
		}
		theirs := strings.Fields(string(out))
		if len(theirs) != codes {
			t.Fatalf("oathtool %q made %d codes", args, len(theirs))
		}
		for n, want := range theirs {
			if got := token.CodeAt(first + int64(n)); got != want {
				t.Errorf("oathtool %q, code %d: %s, ours %s", args, n, want, got)
			}
		}
	}
}

var (
	phone  = Token{Type: TOTP, Secret: rfcKey}
	dongle = Token{Type: HOTP, Secret: rfcKey, Name: "dongle", Counter: 5}
	carol  = User{Name: "carol", Tokens: []Token{phone}}
	dora   = User{Name: "dora", Tokens: []Token{dongle}}
	pinned = User{Name: "pinned", Tokens: []Token{{Type: TOTP, Secret: rfcKey,
		PIN: "Geheim 1"}}}
	several = User{Name: "several", Tokens: []Token{alice.Tokens[0],
		{Name: "app", Type: TOTP, Secret: rfcKey}, dongle}}
)

func TestTOTPWindow(t *testing.T) {
	wide := DefaultPolicy
	wide.WindowForAll = true
	for steps, want := range map[int64][2]Verdict{
		-7: {Wrong, Wrong}, -6: {Wrong, Accepted}, -2: {Wrong, Accepted},
		-1: {Accepted, Accepted}, 0: {Accepted, Accepted},
		1: {Accepted, Accepted}, 2: {Wrong, Accepted}, 6: {Wrong, Accepted},
		7: {Wrong, Wrong},
	} {
		typed := phone.CodeAt(phone.Step(noon) + steps)
		for i, p := range []Policy{DefaultPolicy, wide} {
			got, _ := new(record).judge(carol, read(typed), noon, p)
			if got != want[i] {
				t.Errorf("%d steps from now, window for all %v: %v, want %v", steps,
					p.WindowForAll, got, want[i])
			}
		}
	}
}

func TestHOTPCounterMovesOnSuccessOnly(t *testing.T) {
	r := new(record)
	judge := func(counter int64, want Verdict) {
		t.Helper()
		if got, _ := r.judge(dora, read(dongle.CodeAt(counter)), noon,
			DefaultPolicy); got != want {
			t.Errorf("counter %d: %v, want %v", counter, got, want)
		}
	}
	judge(4, Replay) // before the first that may be used
	judge(16, Wrong) // beyond the look-ahead of ten
	judge(17, Wrong)
	judge(15, Accepted)
	judge(15, Replay)
	judge(9, Replay) // passed over
	judge(27, Wrong)
	judge(26, Accepted)
	judge(27, Accepted)
}

func TestPINBeforeTheCode(t *testing.T) {
	now := pinned.Tokens[0].Code(noon)
	for _, c := range []struct {
		name, typed string
		want        Verdict
	}{
		{"PIN and code", "Geheim 1" + now, Accepted},
		{"blanks around", " Geheim 1" + now + "\n", Accepted},
		{"no PIN", now, Malformed},
		{"PIN behind", now + "Geheim 1", Malformed},
		{"PIN in another case", "geheim 1" + now, Wrong},
		{"wrong PIN", "Geheim 2" + now, Wrong},
		{"PIN alone", "Geheim 1", Malformed},
	} {
		if got, _ := new(record).judge(pinned, read(c.typed), noon,
			DefaultPolicy); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

func TestSeveralTokens(t *testing.T) {
	r := new(record)
	for i, c := range []struct {
		typed, token string
		want         Verdict
	}{
		{several.Tokens[0].Code(noon), "", Accepted},
		{several.Tokens[1].Code(noon), "app", Accepted},
		{dongle.CodeAt(5), "dongle", Accepted},
		{several.Tokens[0].Code(noon), "", Replay},
		{several.Tokens[1].Code(noon), "app", Replay},
		{dongle.CodeAt(5), "dongle", Replay},
		{dongle.CodeAt(6), "dongle", Accepted},
	} {
		v, token := r.judge(several, read(c.typed), noon, DefaultPolicy)
		if v != c.want || token != c.token {
			t.Errorf("attempt %d: %v by %q, want %v by %q", i, v, token,
				c.want, c.token)
		}
	}
	for i := range 8 {
		r.judge(several, read(fmt.Sprintf("%06d", 1000+i)), noon, DefaultPolicy)
	}
	if v, _ := r.judge(several, read(dongle.CodeAt(7)), noon, DefaultPolicy); v != Locked {
		t.Errorf("after eight wrong codes: %v, want locked", v)
	}
}

// The same secret in two tokens: what one used up, the other does not accept.
func TestSecretInTwoTokens(t *testing.T) {
	twice := User{Name: "twice", Tokens: []Token{phone,
		{Name: "copy", Type: TOTP, Secret: rfcKey}}}
	r := new(record)
	typed := phone.Code(noon)
	if v, _ := r.judge(twice, read(typed), noon, DefaultPolicy); v != Accepted {
		t.Fatal(v)
	}
	if v, _ := r.judge(twice, read(typed), noon, DefaultPolicy); v != Replay {
		t.Errorf("again: %v, want replay", v)
	}
}
