package doctor

import (
	"errors"
	"testing"
)

// sshd passes PAM's questions on by one method only, if it is on and not left out.
func TestPasswordOnly(t *testing.T) {
	t.Parallel()
	const (
		password = "passwordauthentication yes\n"
		passesOn = "kbdinteractiveauthentication yes\n"
		both     = password + passesOn
		key      = "pubkeyauthentication yes\n"
		demands  = "authenticationmethods "
		either   = demands + "password keyboard-interactive"
		keyAnd   = demands + "publickey,"
	)
	for name, c := range map[string]struct {
		settings string
		want     bool
	}{
		"a password":                   {password, true},
		"a password, or a key":         {password + key, true},
		"a password, or questions":     {both, false},
		"questions":                    {passesOn, false},
		"a key":                        {key, false},
		"nothing":                      {"", false},
		"a key and a password":         {both + keyAnd + "password", true},
		"a key and questions":          {both + keyAnd + "keyboard-interactive:pam", false},
		"a key of all that is on":      {both + demands + "publickey", false},
		"one of both":                  {both + either, false},
		"one of both, one of them off": {password + either, true},
	} {
		sshd := func(user string) (string, error) {
			if user != "alice" {
				t.Errorf("%s: asked about %q", name, user)
			}
			return c.settings, nil
		}
		if got := PasswordOnly(sshd, "alice"); got != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
	if PasswordOnly(func(string) (string, error) { return password, errors.New("no") }, "") {
		t.Error("nothing is known, and it is so")
	}
}
