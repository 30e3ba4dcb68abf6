package conf

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pam-motp/pam-motp/motp"
)

const key32 = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ" // the key of the RFCs in base32

func totp(name string) motp.Token { return motp.Token{Name: name, Type: motp.TOTP, Secret: key} }

// tokenEdits are the edits that are about other types of tokens, or further ones.
var tokenEdits = []okEdit{
	{
		"add a user with TOTP, without a PIN",
		"; x\n",
		"; x\n\n[alice]\ntype   = totp\nsecret = " + key32 + "\n",
		func(e Editor) error {
			return e.Add(motp.User{Name: "alice",
				Tokens: []motp.Token{totp("")}})
		},
	}, {
		"add a user with everything that TOTP leaves open",
		"; x\n",
		"; x\n\n[alice]\ntype      = totp\nsecret    = " + key32 +
			"\npin       = 55\noffset    " +
			"= -1m30s\nalgorithm = SHA256\ndigits    = 8\nperiod    = 60\n" +
			"t0        = 1000\ndisabled  = yes\n",
		func(e Editor) error {
			return e.Add(
				motp.User{
					Name:     "alice",
					Disabled: true,
					Tokens: []motp.Token{{Type: motp.TOTP,
						Secret: key, PIN: "55",
						Offset:    -90 * time.Second,
						Algorithm: motp.SHA256, Digits: 8,
						Period: time.Minute, T0: 1000}},
				},
			)
		},
	}, {
		"add a user with several tokens",
		"; x\n",
		"; x\n\n[alice]\nsecret = " + secretA +
			"\npin    = 5555\n\n[alice/key]\ntype    = hotp\n" +
			"secret  = " + key32 + "\ncounter = 7\n",
		func(e Editor) error {
			u := user("alice", secretA, "5555", 0)
			u.Tokens = append(
				u.Tokens,
				motp.Token{Name: "key", Type: motp.HOTP, Secret: key, Counter: 7},
			)
			return e.Add(u)
		},
	}, {
		"add a token behind those that the user has",
		"[alice]\nsecret = 1\npin = 2\n[alice/desk]\nsecret = 1\npin = 2\n; on the desk\n" +
			"\n; bob's\n[bob]\nsecret = 3\npin = 4\n",
		"[alice]\nsecret = 1\npin = 2\n[alice/desk]\nsecret = 1\npin = 2\n; on the desk\n" +
			"\n[alice/tablet]\ntype   = totp\nsecret = " + key32 +
			"\n\n; bob's\n[bob]\nsecret = 3\npin = 4\n",
		func(e Editor) error { return e.AddToken("alice", totp("tablet")) },
	}, {
		"add a token at the end of a file without a last line end",
		"[alice]\r\nsecret = 1\r\npin = 2",
		"[alice]\r\nsecret = 1\r\npin = 2\r\n\r\n[alice/tablet]\r\ntype   = totp\r\n" +
			"secret = " + key32 + "\r\n",
		func(e Editor) error { return e.AddToken("alice", totp("tablet")) },
	}, {
		"add a token where the next section follows at once",
		"[alice]\nsecret = 1\npin = 2\n[bob]\nsecret = 3\npin = 4\n",
		"[alice]\nsecret = 1\npin = 2\n\n[alice/tablet]\ntype   = totp\n" +
			"secret = " + key32 + "\n\n[bob]\nsecret = 3\npin = 4\n",
		func(e Editor) error { return e.AddToken("alice", totp("tablet")) },
	}, {
		"remove one token",
		"[alice]\nsecret = 1\npin = 2\n\n; in the car\n[alice/tablet]\nsecret = 5\n" +
			"pin = 6\n\n[alice/tablet2]\nsecret = 3\npin = 4\n",
		"[alice]\nsecret = 1\npin = 2\n\n[alice/tablet2]\nsecret = 3\npin = 4\n",
		func(e Editor) error { return e.RemoveToken(Address{"alice", "tablet"}) },
	}, {
		"remove a token that is broken",
		"[alice]\nsecret = 1\npin = 2\n\n[alice/tablet]\nsecret = 5\n",
		"[alice]\nsecret = 1\npin = 2\n",
		func(e Editor) error { return e.RemoveToken(Address{"alice", "tablet"}) },
	}, {
		"set a key of a further token",
		"[alice/key]\ntype = hotp\nsecret = " + key32 + "\n[alice]\nsecret = 1\npin = 2\n",
		"[alice/key]\ntype = hotp\nsecret = " + key32 +
			"\ncounter = 9\n[alice]\nsecret = 1\npin = 2\n",
		func(e Editor) error { return e.Set(Address{"alice", "key"}, "counter", "9") },
	}, {
		"unset a key of a further token",
		"[alice]\nsecret = 1\npin = 2\n[alice/app]\ntype = totp\npin = 1\nsecret = " +
			key32 + "\n",
		"[alice]\nsecret = 1\npin = 2\n[alice/app]\ntype = totp\nsecret = " + key32 + "\n",
		func(e Editor) error { return e.Unset(Address{"alice", "app"}, "pin") },
	},
}

var tokenEditsRefused = func() []refusedEdit {
	const alice = "[alice]\nsecret = " + secretA +
		"\npin = 5555\n\n[alice/app]\ntype = totp\nsecret = " + key32 + "\n"
	const row = "alice " + secretA + " 5555 0\n"
	const full = alice + "[alice/1]\nsecret=1\npin=2\n[alice/2]\nsecret=1\npin=2\n[alice/3]\n" +
		"secret=1\npin=2\n[alice/4]\nsecret=1\npin=2\n[alice/5]\nsecret=1\npin=2\n" +
		"[alice/6]\nsecret=1\npin=2\n"
	addTotp := func(t motp.Token) func(Editor) error {
		return func(e Editor) error {
			return e.Add(motp.User{Name: "bob",
				Tokens: []motp.Token{t}})
		}
	}
	return []refusedEdit{
		{
			"token that is there",
			alice,
			"motp.conf:1: alice has a token app already",
			func(e Editor) error { return e.AddToken("alice", totp("app")) },
		},
		{
			"token without a name",
			alice,
			"alice: a further token needs a name",
			func(e Editor) error { return e.AddToken("alice", totp("")) },
		},
		{
			"token with a bracket in its name",
			alice,
			"a token's name has 1 to 32 letters",
			func(e Editor) error { return e.AddToken("alice", totp("a]")) },
		},
		{
			"token of who is not there",
			alice,
			ErrNoUser.Error(),
			func(e Editor) error { return e.AddToken("bob", totp("app")) },
		},
		{
			"token of who is broken",
			alice + "shape = red\n",
			"motp.conf:8: shape: unknown key",
			func(e Editor) error { return e.AddToken("alice", totp("tablet")) },
		},
		{
			"ninth token",
			full,
			"a user has one to 8 tokens",
			func(e Editor) error { return e.AddToken("alice", totp("tablet")) },
		},
		{
			"second token in a row",
			row,
			"cannot say more than one token; a [section] can",
			func(e Editor) error { return e.AddToken("alice", totp("tablet")) },
		},
		{
			"TOTP in a row",
			row,
			"cannot say more than one token, or one of another type than Mobile-OTP; " +
				"a [section] can",
			addTotp(totp("")),
		},
		{
			"digits out of bounds",
			alice,
			"bob: digits: must be 6, 7 or 8",
			addTotp(motp.Token{Type: motp.TOTP, Secret: key, Digits: 9}),
		},
		{
			"period of half a second",
			alice,
			"bob: cannot be written so that it is read back the same",
			addTotp(motp.Token{Type: motp.TOTP, Secret: key,
				Period: 3 * time.Second / 2}),
		},
		{
			"offset of a counter",
			alice,
			"bob: offset: is not for type hotp",
			addTotp(motp.Token{Type: motp.HOTP, Secret: key, Offset: time.Hour}),
		},
		{
			"key that is empty",
			alice,
			"bob: secret: must have 1 to 256 characters",
			addTotp(motp.Token{Type: motp.TOTP}),
		},
		{
			"remove a token that is not there",
			alice,
			"alice has no token tablet",
			func(e Editor) error { return e.RemoveToken(Address{"alice", "tablet"}) },
		},
		{
			"remove the first token",
			alice,
			"alice: the first token goes with the user only",
			func(e Editor) error { return e.RemoveToken(Address{"alice", ""}) },
		},
		{
			"remove a token in a row",
			row,
			"alice has no token tablet",
			func(e Editor) error { return e.RemoveToken(Address{"alice", "tablet"}) },
		},
		{
			"set for a token that is not there",
			alice,
			"alice has no token tablet",
			func(e Editor) error {
				return e.Set(Address{"alice", "tablet"}, "pin", "1")
			},
		},
		{
			"set what the type has not",
			alice,
			"alice: counter: is not for type totp",
			func(e Editor) error {
				return e.Set(Address{"alice", "app"}, "counter", "1")
			},
		},
		{
			"unset what is needed of a token",
			alice,
			"secret: is missing",
			func(e Editor) error { return e.Unset(Address{"alice", "app"}, "secret") },
		},
	}
}()

// TestTokenErrors tells the errors apart that a caller may branch on.
func TestTokenErrors(t *testing.T) {
	table := writeTable(t, "[alice]\nsecret = 1\npin = 2\n[alice/app]\nsecret = 1\npin = 2\n")
	if err := editing(table).AddToken("alice", totp("app")); !errors.Is(err, ErrTokenExists) {
		t.Errorf("got %v, want ErrTokenExists", err)
	}
	if err := editing(table).RemoveToken(Address{"alice",
		"tablet"}); !errors.Is(err, ErrNoToken) {
		t.Errorf("got %v, want ErrNoToken", err)
	}
	if err := editing(table).AddToken("bob", totp("app")); !errors.Is(err, ErrNoUser) {
		t.Errorf("got %v, want ErrNoUser", err)
	}
}

// TestTokensInOwnFiles adds and removes a token in a user's own file, which stays the user's.
func TestTokensInOwnFiles(t *testing.T) {
	table := Table{Path: filepath.Join(t.TempDir(), "motp.conf")}
	own := writeOwn(t, table, "alice", "[alice]\nsecret = 1\npin = 2\n")
	if err := editing(table).AddToken("alice", totp("app")); err != nil {
		t.Fatal(err)
	}
	if got := contentOf(t, own); !strings.Contains(got, "[alice/app]\ntype ") {
		t.Errorf("the token is not in the user's own file:\n%s", got)
	}
	if err := editing(table).RemoveToken(Address{"alice", "app"}); err != nil {
		t.Fatal(err)
	}
	if got, want := contentOf(t, own), "[alice]\nsecret = 1\npin = 2\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
