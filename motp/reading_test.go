package motp

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"
)

// Two tokens of other lengths: six hex digits, and a PIN with eight decimal ones.
var (
	hexToken = Token{Secret: "0123456789abcdef", PIN: "6666"}
	pinToken = Token{Name: "phone", Type: TOTP, Secret: rfcKey, PIN: "Äx", Digits: 8}
)

func TestReading(t *testing.T) {
	for _, c := range []struct {
		typed string
		field Field
		token Token
		want  reading
	}{
		{"6ed4e4", CodeAlone, hexToken, reading{true, "6ed4e4", ""}},
		{"  6ED4E4\n", CodeAlone, hexToken, reading{true, "6ed4e4", ""}},
		{"6ed 4e4", CodeAlone, hexToken, reading{true, "6ed4e4", ""}},
		{"6e-d4-e4", CodeAlone, hexToken, reading{true, "6ed4e4", ""}},
		{"6ed\u00a04\u2011e\u20094", CodeAlone, hexToken, reading{true, "6ed4e4", ""}},
		{"６ｅｄ４Ｅ４", CodeAlone, hexToken, reading{true, "6ed4e4", ""}},
		{"٦٥٤٣٢١", CodeAlone, hexToken, reading{true, "654321", ""}},
		{"۶۵۴ ۳۲۱", CodeAlone, hexToken, reading{true, "654321", ""}},
		{"-6ed4e4", CodeAlone, hexToken, reading{}},
		{"6ed4e4-", CodeAlone, hexToken, reading{}},
		{"6ed_4e4", CodeAlone, hexToken, reading{}},
		{"6ed4e", CodeAlone, hexToken, reading{}},
		{"6ed4e44", CodeAlone, hexToken, reading{}},
		{"", CodeAlone, hexToken, reading{}},
		{"Äx1234 5678", CodeAlone, pinToken, reading{true, "Äx12345678", ""}},
		{"Ä x12345678", CodeAlone, pinToken, reading{}}, // never inside a PIN
		{"Ä 12345678", CodeAlone, pinToken, reading{true, "Ä 12345678", ""}},
		{"Äx 12345678", CodeAlone, pinToken, reading{}},

		{"secret6ed4e4", CodeLast, hexToken, reading{true, "6ed4e4", "secret"}},
		{" secret6ed4e4 ", CodeLast, hexToken, reading{true, "6ed4e4", " secret"}},
		{"secret-6ed 4e4", CodeLast, hexToken, reading{true, "6ed4e4", "secret-"}},
		{"secret 6ed4e4", CodeLast, hexToken, reading{true, "6ed4e4", "secret "}},
		{"6ed4e46ed4e5", CodeLast, hexToken, reading{true, "6ed4e5", "6ed4e4"}},
		{"6ed4e4", CodeLast, hexToken, reading{true, "6ed4e4", ""}},
		{"6ed4e4", CodeLast, pinToken, reading{}},
		{"secret6ed4e4-", CodeLast, hexToken, reading{}},
		{"passwörd", CodeLast, hexToken, reading{}},
		{"secretÄx12345678", CodeLast, pinToken, reading{true, "Äx12345678", "secret"}},
		{"x12345678", CodeLast, pinToken, reading{}}, // no room for the PIN
		// a PIN that is wrong cuts no letter in two
		{"geheimÖÄÖ12345678", CodeLast, pinToken,
			reading{true, "\x84Ö12345678", "geheimÖ"}},
		{"\xffgeheim12345678", CodeLast, pinToken, reading{true, "eim12345678", "\xffgeh"}},

		{"6ed4e4secret", CodeFirst, hexToken, reading{true, "6ed4e4", "secret"}},
		{"\t6ed4e4 secret ", CodeFirst, hexToken, reading{true, "6ed4e4", " secret "}},
		{"6ed4e41234", CodeFirst, hexToken, reading{true, "6ed4e4", "1234"}},
		{"Äx1234-5678ü", CodeFirst, pinToken, reading{true, "Äx12345678", "ü"}},
		{"secret6ed4e4", CodeFirst, hexToken, reading{}},
		{strings.Repeat("x", 1018) + "6ed4e4", CodeLast, hexToken,
			reading{true, "6ed4e4", strings.Repeat("x", 1018)}},
		{strings.Repeat("x", 1019) + "6ed4e4", CodeLast, hexToken, reading{}},
		{"6ed4e4" + strings.Repeat("x", 1019), CodeFirst, hexToken, reading{}},
	} {
		if got := c.token.reading(readField(c.typed, c.field)); got != c.want {
			t.Errorf("%q in field %d, %v: %+v, want %+v", c.typed, c.field, c.token,
				got, c.want)
		}
	}
}

// Of a user with codes of several lengths the split that fits counts; a wrong one is one failure,
// and nothing of a password is in its fingerprint.
func TestJudgeSplits(t *testing.T) {
	both := User{Name: "alice", Tokens: []Token{hexToken, pinToken}}
	hexCode, pinCode := code(0), pinToken.Answer(pinToken.Step(noon))
	for _, c := range []struct {
		name, typed string
		field       Field
		want        Verdict
		token       string
		password    Password
		failures    uint32
	}{
		{"last", "pass" + hexCode, CodeLast, Accepted, "", "pass", 0},
		{"last, the longer", "pass" + pinCode, CodeLast, Accepted, "phone", "pass", 0},
		{"first", hexCode + "pass", CodeFirst, Accepted, "", "pass", 0},
		{"first, the longer", pinCode + "pass", CodeFirst, Accepted, "phone", "pass", 0},
		{"the other way round", hexCode + "pass", CodeLast, Malformed, "", // is malformed
			Password(hexCode + "pass"), 1},
		{"two codes", hexCode + hexCode, CodeLast, Accepted, "", Password(hexCode), 0},
		{"no password", hexCode, CodeLast, Accepted, "", "", 0},
		{"wrong", "pass000000", CodeLast, Wrong, "", "pass", 1},
		{"wrong for both", "pass12345678", CodeLast, Wrong, "", "pass12", 1},
		{"password alone", "pass", CodeLast, Malformed, "", "pass", 1},
		{"nothing", "", CodeLast, Empty, "", "", 0},
		{"a code in its field", hexCode, CodeAlone, Accepted, "", "", 0},
	} {
		r := new(record)
		a := readField(c.typed, c.field)
		v, token := r.judge(both, a, noon, DefaultPolicy)
		password := both.password(a, token)
		if v != c.want || token != c.token || password != c.password ||
			r.failures != c.failures {
			t.Errorf("%s: %v by %q, %q, %d failures", c.name, v, token,
				string(password), r.failures)
		}
	}
	mark := func(typed string) uint64 { return markOf(both, readField(typed, CodeLast)) }
	if mark("pass000000") != mark("word000000") || mark("pass") != mark("word") {
		t.Error("the fingerprint of a wrong answer depends on the password")
	}
	if mark("pass000000") == mark("pass000001") {
		t.Error("the fingerprint of a wrong answer does not depend on the code")
	}
}

// A password is cut where a letter begins, whatever it holds.
func FuzzReading(f *testing.F) {
	f.Add("pässwort6ed4e4", 1)
	f.Add("Äx12345678日本", 2)
	f.Fuzz(func(t *testing.T, typed string, field int) {
		a := readField(typed, Field(field%3))
		for _, token := range []Token{hexToken, pinToken} {
			r := token.reading(a)
			if !r.formed {
				if r != (reading{}) {
					t.Fatalf("%q: %+v", typed, r)
				}
				continue
			}
			if len(r.code) != len(token.typedPIN())+token.CodeDigits() {
				t.Fatalf("%q: a code of another length: %+v", typed, r)
			}
			if utf8.ValidString(typed) && !utf8.ValidString(r.rest) {
				t.Fatalf("%q: rest %q is cut in a letter", typed, r.rest)
			}
			if a.field == CodeLast && !strings.HasPrefix(a.text, r.rest) ||
				a.field == CodeFirst && !strings.HasSuffix(a.text, r.rest) ||
				a.field == CodeAlone && r.rest != "" {
				t.Fatalf("%q in field %d: rest %q", typed, a.field, r.rest)
			}
		}
	})
}

func TestPasswordIsNotPrinted(t *testing.T) {
	res := Result{Verdict: Wrong, Password: "hunter2"}
	for _, format := range []string{"%v", "%+v", "%#v", "%s"} {
		if s := fmt.Sprintf(format, res); strings.Contains(s, "hunter2") {
			t.Errorf("%s: %s", format, s)
		}
	}
	if b, err := json.Marshal(res); err == nil {
		t.Errorf("written as %s", b)
	}
}
