// Package originals asks the modules that users move from, as Debian packages them, which codes
// they accept, and compares that with what motp import makes of their files.
package originals

import (
	"encoding/base32"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/msteinert/pam/v2"
	"github.com/pam-motp/pam-motp/internal/importers"
	"github.com/pam-motp/pam-motp/motp"
)

// user is a name that has an account everywhere: Google's module looks for one.
const user = "root"

// Two keys of 20 bytes.
const (
	key      = "12345678901234567890"
	otherKey = "12345678901234567891"

	keyBase32 = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
	first     = keyBase32 + "\n" // the first line of Google's file
)

// An attempt is a code that somebody types: an answer of one of the tokens that a file may mean.
type attempt struct {
	name  string
	token motp.Token
}

func (a attempt) code(now time.Time) string { return a.token.Answer(a.token.Step(now)) }

// attempts are what is tried on each file.
func attempts() (all []attempt) {
	spelled, _ := base32.StdEncoding.DecodeString("OLB" + keyBase32[3:])
	for _, k := range []string{key, key[:4], otherKey, string(spelled)} {
		all = append(all, attempt{"TOTP of " + hex.EncodeToString([]byte(k)),
			motp.Token{Type: motp.TOTP, Secret: k}})
		for _, counter := range []int64{0, 3, 4, 7, 8} {
			all = append(all, attempt{fmt.Sprintf("HOTP %d of %x", counter, k),
				motp.Token{Type: motp.HOTP, Secret: k, Counter: counter}})
		}
	}
	timed := motp.Token{Type: motp.TOTP, Secret: key, PIN: "12"}
	counted := motp.Token{Type: motp.HOTP, Secret: key, PIN: "12", Counter: 3}
	return append(all, attempt{"TOTP with a PIN", timed}, attempt{"HOTP 3 with a PIN", counted})
}

// accepts asks a module, which stands in a file of PAM's with these arguments.
func accepts(t *testing.T, module, arguments, code string) bool {
	t.Helper()
	folder := t.TempDir()
	line := "auth required " + module + " " + arguments + "\n"
	write(t, filepath.Join(folder, "original"), line)
	tx, err := pam.StartConfDir("original", user, pam.ConversationFunc(
		func(pam.Style, string) (string, error) { return code, nil }), folder)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.End() }()
	err = tx.Authenticate(0)
	if errors.Is(err, pam.ErrModuleUnknown) {
		t.Fatalf("there is no %s: install the packages in test/packages", module)
	}
	return err == nil
}

// wouldAccept tells whether a code is right for what was taken over, at the same time or counter.
// Of HOTP the next code but one is right too, there as here.
func wouldAccept(found importers.Reading, code string, now time.Time) bool {
	for _, u := range found.Users {
		for _, token := range u.User.Tokens {
			step := token.Step(now)
			ahead := token.Type == motp.HOTP && token.Answer(step+1) == code
			if ahead || token.Answer(step) == code {
				return true
			}
		}
	}
	return false
}

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

// An originalCase is a file of theirs. Where motp import leaves on purpose what the original takes,
// it says so.
type originalCase struct {
	name, text string
	leaves     bool
}

// compare tries all attempts on one file.
func compare(t *testing.T, format string, c originalCase, ask func(path, code string) bool) {
	t.Helper()
	f, _ := importers.FormatNamed(format)
	found := f.Read(importers.Source{File: "file", Text: c.text, Owner: user})
	accepted := 0
	for _, a := range attempts() {
		now := time.Now()
		code := a.code(now)
		path := filepath.Join(t.TempDir(), "file")
		write(t, path, c.text) // anew, since the original writes what it has used
		theirs := ask(path, code)
		if theirs {
			accepted++
		}
		if ours := wouldAccept(found, code, now); ours != theirs && !(c.leaves && !ours) {
			t.Errorf("%s: they accept it: %t, what is taken over: %t",
				a.name, theirs, ours)
		}
	}
	if c.leaves && accepted == 0 {
		t.Error("is left, and the original accepts nothing: the two agree")
	}
}

func TestGoogleAuthenticator(t *testing.T) {
	for _, c := range []originalCase{
		{name: "TOTP", text: first + "\" TOTP_AUTH\n"},
		{name: "HOTP", text: first + "\" HOTP_COUNTER 3\n"},
		{name: "both", text: first + "\" TOTP_AUTH\n\" HOTP_COUNTER 3\n"},
		{
			name: "both, the other way round",
			text: first + "\" HOTP_COUNTER 3\n\" TOTP_AUTH\n",
		},
		{
			name: "both, with a counter of 0",
			text: first + "\" TOTP_AUTH\n\" HOTP_COUNTER 0\n",
		},
		{
			name: "both, with one below 0",
			text: first + "\" TOTP_AUTH\n\" HOTP_COUNTER -3\n",
		},
		{name: "both, with an empty one", text: first + "\" TOTP_AUTH\n\" HOTP_COUNTER\n"},
		{name: "neither", text: first + "\" RATE_LIMIT 3 30\n"},
		{name: "a counter of 0", text: first + "\" HOTP_COUNTER 0\n"},
		{name: "a plus", text: first + "\" HOTP_COUNTER +3\n"},
		{name: "two counters", text: first + "\" HOTP_COUNTER 7\n\" HOTP_COUNTER 3\n"},
		{name: "an indented counter", text: first + "  \" HOTP_COUNTER 7\n\" TOTP_AUTH\n"},
		{name: "an indented TOTP_AUTH", text: first + "  \" TOTP_AUTH\n"},
		{name: "TOTP_AUTH in another word", text: first + "\" TOTP_AUTHORITY\n"},
		{name: "a tab behind the option", text: first + "\" HOTP_COUNTER\t3\n"},
		{name: "carriage returns", text: keyBase32 + "\r\n\" HOTP_COUNTER 3\r\n"},
		{name: "a step of 30", text: first + "\" TOTP_AUTH\n\" STEP_SIZE 30\n"},
		{name: "a step beyond the limit", text: first + "\" TOTP_AUTH\n\" STEP_SIZE 61\n"},
		{name: "a step, of which HOTP has none",
			text: first + "\" HOTP_COUNTER 3\n\" STEP_SIZE 61\n"},
		{
			name: "a window beyond the limit",
			text: first + "\" TOTP_AUTH\n\" WINDOW_SIZE 101\n",
		},
		{
			name: "a limit of no attempts",
			text: first + "\" TOTP_AUTH\n\" RATE_LIMIT 0 30\n",
		},
		{name: "small letters, blanks, dashes",
			text: "gezd gnbv-gy3t qojq\tgezd gnbv gy3t qojq\n\" TOTP_AUTH\n"},
		{
			name: "0, 1 and 8 for O, L and B",
			text: "018" + keyBase32[3:] + "\n\" TOTP_AUTH\n",
		},
		{name: "a letter too many", text: keyBase32 + "A\n\" TOTP_AUTH\n"},
		{name: "padding", text: keyBase32 + "=\n\" TOTP_AUTH\n"},
		{name: "a blank line first", text: "\n" + first + "\" TOTP_AUTH\n"},
		{name: "a byte order mark", text: "\ufeff" + first + "\" TOTP_AUTH\n"},
		{name: "a zero byte", text: first + "\" TOTP_AUTH\n\x00"},
		{
			name:   "a counter that is no number",
			text:   first + "\" HOTP_COUNTER 3x\n",
			leaves: true,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			compare(t, "google-authenticator", c, func(path, code string) bool {
				arguments := "secret=" + path + " user=root noskewadj"
				return accepts(t, "pam_google_authenticator.so", arguments, code)
			})
		})
	}
}

func TestOATH(t *testing.T) {
	h := hex.EncodeToString([]byte(key))
	o := hex.EncodeToString([]byte(otherKey))
	const used = " 123456 2026-11-22T06:47:08L"
	for _, c := range []originalCase{
		{name: "TOTP", text: "HOTP/T30 root - " + h},
		{name: "HOTP", text: "HOTP root - " + h + " 3"},
		{name: "a code of it was used",
			text: "HOTP root - " + h + " 3 " + hotp(3) + " 2026-11-22T06:47:08L"},
		{name: "with a PIN", text: "HOTP root 12 " + h + " 3"},
		{name: "two tokens", text: "HOTP/T30 root - " + h + "\nHOTP root - " + o + " 7"},
		{name: "an odd key", text: "HOTP root - " + h[1:] + " 3"},
		{name: "an odd key before another",
			text: "HOTP root - " + h[1:] + "\nHOTP root - " + h + " 3"},
		{
			name: "of another PIN",
			text: "HOTP root 99 " + h[1:] + "\nHOTP root - " + h + " 3",
		},
		{name: "a type that is none", text: "HOTP/T45 root - " + h + "\nhotp root - " + h},
		{name: "a counter that is none", text: "HOTP root - " + h + " three"},
		{name: "a time that is none", text: "HOTP root - " + h + " 3 123456 yesterday"},
		{name: "a key of 33 bytes", text: "HOTP root - " + strings.Repeat("31", 33)},
		{name: "a key of four bytes", text: "HOTP root - " + h[:8]},
		{name: "a comment", text: "#HOTP root - " + h},
		{name: "a key in groups of four bytes", leaves: true,
			text: "HOTP/T30 root - " + h[:8] + " " + h[8:16] + " " + h[16:24]},
		{
			name:   "in two groups",
			text:   "HOTP/T30 root - " + h[:8] + " " + h[8:16],
			leaves: true,
		},
		{name: "more columns than there are", leaves: true,
			text: "HOTP root - " + h + " 2" + used + " more"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.text += "\n"
			compare(t, "users.oath", c, func(path, code string) bool {
				return accepts(t, "pam_oath.so",
					"usersfile="+path+" window=1 digits=6", code)
			})
		})
	}
}

// hotp is a code of the first key.
func hotp(counter int64) string {
	return motp.Token{Type: motp.HOTP, Secret: key}.CodeAt(counter)
}

// A file that others may read is refused by Google's module, which motp import tells.
func TestGoogleAuthenticatorMode(t *testing.T) {
	for mode, want := range map[os.FileMode]bool{0o600: true, 0o400: true, 0o640: false,
		0o604: false} {
		path := filepath.Join(t.TempDir(), "file")
		write(t, path, first+"\" TOTP_AUTH\n")
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		token := motp.Token{Type: motp.TOTP, Secret: key}
		code := token.Code(time.Now())
		arguments := "secret=" + path + " user=root noskewadj"
		if got := accepts(t, "pam_google_authenticator.so", arguments, code); got != want {
			t.Errorf("mode %04o: they accept it: %t, want %t", mode, got, want)
		}
	}
}
