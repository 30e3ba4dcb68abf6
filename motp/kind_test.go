package motp

import (
	"crypto/md5"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// longMobileOTP is a kind that no other line of the package knows: Mobile-OTP with eight digits.
var longMobileOTP = Kind{
	Type: 3, Word: "motp8", Title: "Mobile-OTP of eight digits",
	LeastDigits: 8, UsualDigits: 8, MostDigits: 8, Alphabet: mobileOTP.Alphabet,
	Period: StepLength, UsualPeriod: StepLength,
	PINInCode: true, TextSecret: true,
	Keys: []string{"offset"}, Family: "motp", coder: newMobileCoder,
}

// A new kind is a value in the table, and nothing else.
func TestNewKind(t *testing.T) {
	before := kinds
	kinds = append(slices.Clone(kinds), &longMobileOTP)
	defer func() { kinds = before }()

	kind, ok := ParseType("motp8")
	if !ok || kind != longMobileOTP.Type || kind.String() != "motp8" {
		t.Fatalf("type %d, %v, %q", kind, ok, kind)
	}
	token := Token{Type: kind, Secret: "0123456789abcdef0123456789abcdef", PIN: "6666"}
	if err := token.Validate(); err != nil {
		t.Fatal(err)
	}
	want := fmt.Sprintf("%x", md5.Sum(fmt.Appendf(nil, "%d%s6666", noon.Unix()/10,
		token.Secret)))[:8]
	if got := token.Code(noon); got != want || token.Answer(token.Step(noon)) != want {
		t.Errorf("code %s, want %s", got, want)
	}
	u := User{Name: "alice", Tokens: []Token{token}}
	for typed, form := range map[string]bool{want: true, want[:6]: false, want + "0": false,
		"zz" + want[2:]: false} {
		if got := u.WellFormed(typed); got != form {
			t.Errorf("%s is well formed: %v, want %v", typed, got, form)
		}
	}
	v := newVerifier(t)
	for _, step := range []struct {
		typed string
		want  Verdict
	}{{want[:6], Malformed}, {"ffffffff", Wrong}, {strings.ToUpper(want), Accepted},
		{want, Replay}} {
		if res, err := v.Verify(ctx, u, step.typed, noon); err != nil ||
			res.Verdict != step.want {
			t.Errorf("%s: %+v, %v; want %v", step.typed, res, err, step.want)
		}
	}
	u.Tokens[0].PIN = ""
	if err := u.Validate(); err == nil {
		t.Error("a token without the PIN that goes into the code is valid")
	}
}

// The table's index is the type, and what it says of each kind holds together.
func TestKinds(t *testing.T) {
	for i, k := range Kinds() {
		got, ok := ParseType(k.Word)
		if int(k.Type) != i || got != k.Type || !ok || k.Type.Kind() != k {
			t.Errorf("kind %d is %+v, and found as %v", i, k, got)
		}
		token := Token{Type: k.Type, Secret: "12345678901234567890", PIN: "1234"}
		code := token.CodeAt(7)
		if len(code) != k.UsualDigits || !k.isCode(code) {
			t.Errorf("%s: code %s", k.Word, code)
		}
		if k.Clock() != (token.StepLength() > 0) || k.Clock() != k.Has("offset") ||
			k.Counter != k.Has("counter") {
			t.Errorf("%s: clock and counter at once, or neither", k.Word)
		}
	}
	if _, ok := ParseType(""); ok {
		t.Error("a type without a word")
	}
	for _, none := range []Type{-1, Type(len(kinds))} {
		if none.Kind() != nil || none.String() != "unknown" {
			t.Errorf("type %d is %v", none, none)
		}
	}
}
