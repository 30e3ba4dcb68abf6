package exporters

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pam-motp/pam-motp/internal/importers"
	"github.com/pam-motp/pam-motp/motp"
)

const key = "12345678901234567890"

// people have what a table may say.
func people() []motp.User {
	return []motp.User{
		{Name: "alice", Tokens: []motp.Token{
			{Secret: "0123456789abcdef", PIN: "6666", Offset: -time.Hour},
		}},
		{Name: "bob", Tokens: []motp.Token{
			{Type: motp.TOTP, Secret: key},
			{Type: motp.HOTP, Secret: key, Name: "key-fob", Counter: 1 << 62,
				Digits: 8},
		}},
		{Name: "zoë, the \"one\"", Tokens: []motp.Token{{
			Type: motp.TOTP, Secret: "\x00\xff" + key,
			Algorithm: motp.SHA512, Digits: 7, Period: time.Minute, PIN: "0123",
			Offset: 2 * time.Minute,
		}}},
		{Name: "dave", Disabled: true,
			Tokens: []motp.Token{{Type: motp.TOTP, Secret: key}}},
		{Name: "ivy", Tokens: []motp.Token{{Type: motp.TOTP, Secret: key,
			Invitation: motp.Invitation{Until: 1}}}},
		{Name: "erin", Tokens: []motp.Token{{Type: motp.TOTP, Secret: key, T0: 5}}},
		{Name: "gina", Tokens: []motp.Token{{
			Type: motp.TOTP, Secret: key, PIN: "0815", Offset: -time.Minute,
		}}},
		{Name: "Capitals", Tokens: []motp.Token{{Secret: "ABCDEF0123456789", PIN: "x y"}}},
	}
}

// asExported is what of a token a format keeps, and whether it keeps the token.
var asExported = map[string]func(t *motp.Token) bool{
	"csv": func(*motp.Token) bool { return true },
	"pskc": func(t *motp.Token) bool {
		return t.Type != motp.MobileOTP
	},
	"otpauth": func(t *motp.Token) bool {
		t.Offset = 0
		if t.Type != motp.MobileOTP {
			t.PIN = ""
		}
		return true
	},
	"aegis": func(t *motp.Token) bool {
		t.Offset = 0
		if t.Type == motp.MobileOTP {
			return strings.ToLower(t.Secret) == t.Secret
		}
		t.PIN = ""
		return true
	},
}

// What is written is read again as the same users, with all that the format has a place for; what
// it has none for is told.
func TestRoundTrip(t *testing.T) {
	for _, f := range Formats {
		x, err := f.Write(people(), "Example & <Sons>")
		if err != nil {
			t.Fatal(err)
		}
		var want []motp.User
		written, told := 0, 0
		for _, u := range people() {
			kept := motp.User{Name: u.Name}
			for _, token := range u.Tokens {
				before := token
				ok := asExported[f.Name](&token) && !u.Disabled && token.T0 == 0 &&
					!token.Invitation.Exists() &&
					(f.Name != "pskc" || !strings.Contains(u.Name, ","))
				if !ok || before != token {
					told++
				}
				if !ok {
					continue
				}
				written++
				if len(kept.Tokens) > 0 && !keepsNames[f.Name] {
					token.Name = "token2"
				}
				kept.Tokens = append(kept.Tokens, token)
			}
			if len(kept.Tokens) > 0 {
				want = append(want, kept)
			}
		}
		if got := readBack(t, f.Name, x.Content); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %s\nwant "+
				"%s\n%s", f.Name, show(got), show(want), x.Content)
		}
		if x.Written != written || tokensTold(x) != told {
			t.Errorf("%s: %d written, want %d; %d told of, want %d: %v %v", f.Name,
				x.Written, written, tokensTold(x), told, x.Left, x.Notes)
		}
	}
}

var keepsNames = map[string]bool{"csv": true, "pskc": true}

// tokensTold is of how many tokens something is told. The PIN of Mobile-OTP is asked for again.
func tokensTold(x Export) int {
	var all []string
	for _, n := range append(slices.Clone(x.Left), x.Notes...) {
		whose := n.User + "/" + n.Token
		if n.Words != noteOwnPIN && !slices.Contains(all, whose) {
			all = append(all, whose)
		}
	}
	return len(all)
}

func readBack(t *testing.T, format string, content []byte) (users []motp.User) {
	t.Helper()
	f, ok := importers.FormatNamed(format)
	if !ok {
		t.Fatalf("no format %s", format)
	}
	pins := make(map[string]string)
	for _, u := range people() {
		pins[u.Name] = u.Tokens[0].PIN
	}
	found := f.Read(importers.Source{File: "export", Text: string(content),
		PIN: func(user string) string { return pins[user] }})
	for _, l := range found.Skipped {
		t.Errorf("%s: line %d of %q is left: %s", format, l.Line, l.User, l.Reason)
	}
	for _, u := range found.Users {
		users = append(users, u.User)
	}
	return users
}

func show(users []motp.User) string {
	var b strings.Builder
	for _, u := range users {
		fmt.Fprintf(&b, "\n%q", u.Name)
		for _, t := range u.Tokens {
			fmt.Fprintf(&b, " %v %q %q %q %v %v %d %v "+
				"%d", t.Type, t.Name, t.Secret, t.PIN,
				t.Offset, t.Algorithm, t.Digits, t.Period, t.Counter)
		}
	}
	return b.String()
}

// Nobody is an export, too.
func TestNobody(t *testing.T) {
	for _, f := range Formats {
		if x, err := f.Write(nil, "x"); err != nil || x.Written != 0 || x.Left != nil {
			t.Errorf("%s: %+v, %v", f.Name, x, err)
		}
	}
}
