package command

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/pam-motp/pam-motp/conf"
	"github.com/pam-motp/pam-motp/internal/seal"
	"github.com/pam-motp/pam-motp/motp"
	"golang.org/x/crypto/argon2"
)

// A desk is a folder with a token in it, which must be the one that it was, whatever happens.
type desk struct{ data string }

const (
	deskSecret = "7ac61d4736f51a2b"
	deskPIN    = "5917"

	// The passphrases: that of a token that is sealed at first, and the one that it is to have.
	firstPassphrase, nextPassphrase = "correct horse", "battery staple"

	// quick is how the key of the first one is made, which costs nothing.
	quick = "kdf = $argon2id$v=19$m=8,t=1,p=1$AQAAAAAAAAAAAAAAAAAAAA\n"
)

// quickToken is the file of a token that is sealed with the first passphrase.
func quickToken(t *testing.T) string {
	t.Helper()
	salt := make([]byte, 16)
	salt[0] = 1
	ring, err := seal.Of([32]byte(argon2.IDKey([]byte(firstPassphrase), salt, 1, 8, 1, 32)))
	must(t, err)
	token, err := conf.LoneToken{Token: motp.Token{Secret: deskSecret}}.
		Seal(ring, strconv.Itoa(os.Geteuid()), "default")
	must(t, err)
	text, err := token.Text()
	must(t, err)
	return quick + text
}

func newDesk(t *testing.T, token string) desk {
	t.Helper()
	d := desk{t.TempDir()}
	must(t, os.Mkdir(d.data+"/motp", 0o700))
	must(t, os.WriteFile(d.file(), []byte(token), 0o600))
	return d
}

func (d desk) file() string { return filepath.Join(d.data, "motp/default.token") }

func (d desk) text(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(d.file())
	must(t, err)
	return string(text)
}

// motp runs the command with what it reads; with a call, it is killed at the nth of those.
func (d desk) motp(
	t *testing.T, call string, n int, typed string, words ...string,
) (said string, cut bool) {
	t.Helper()
	command, err := filepath.Abs("../../build/motp")
	must(t, err)
	arguments := cutAt(call, n, append([]string{command, "token"}, words...))
	cmd := exec.Command(arguments[0], arguments[1:]...)
	cmd.Env = append(os.Environ(), "XDG_DATA_HOME="+d.data)
	cmd.Stdin = strings.NewReader(typed)
	var complaints strings.Builder
	cmd.Stderr = &complaints
	out, err := cmd.Output()
	if err != nil && (call == "" || !strings.Contains(err.Error(), "killed")) {
		t.Errorf("%q: %v\n%s", words, err, complaints.String())
	}
	return string(out), err != nil
}

// check says whether the token shows its codes, with the passphrase that it has now, if any.
func (d desk) check(t *testing.T, where string) {
	t.Helper()
	typed, words := deskPIN+"\n", []string{"--pin-stdin"}
	switch text := d.text(t); {
	case strings.Contains(text, quick):
		typed, words = firstPassphrase+"\n"+typed, append(words, "--passphrase-stdin")
	case strings.Contains(text, "kdf = "):
		typed, words = nextPassphrase+"\n"+typed, append(words, "--passphrase-stdin")
	}
	token := motp.Token{Secret: deskSecret, PIN: deskPIN}
	before := token.Code(time.Now())
	said, _ := d.motp(t, "", 0, typed, words...)
	if said = strings.TrimSpace(said); said != before && said != token.Code(time.Now()) {
		t.Errorf("%s: the token shows %q", where, said)
	}
}

// Killed at whatever call that changes a file, a verb leaves a token that opens as before or as it
// is to; and run again, it ends, and nothing that is plain is left over.
func TestTokenCutOff(t *testing.T) {
	t.Parallel()
	plain := "secret = " + deskSecret + "\n"
	for _, c := range []struct {
		name, token, typed string
		ended              func(text string) bool
		words              []string
	}{
		{"seal", plain, nextPassphrase + "\n", isNext, []string{"seal"}},
		{"rotate", quickToken(t), firstPassphrase + "\n" + nextPassphrase + "\n", isNext,
			[]string{"seal", "--rotate"}},
		{"unseal", quickToken(t), firstPassphrase + "\n", isPlain, []string{"unseal"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			cuts := 0
			words := append([]string{"--passphrase-stdin"}, c.words...)
			for _, call := range changing {
				for n, cut := 1, true; cut; n++ {
					d := newDesk(t, c.token)
					_, cut = d.motp(t, call, n, c.typed, words...)
					where := fmt.Sprintf("%s %d", call, n)
					if text := d.text(t); text != c.token {
						d.check(t, where)
					} else if cut {
						d.motp(t, "", 0, c.typed, words...)
					}
					d.whole(t, where, c.ended)
					cuts++
				}
			}
			if cuts < 20 {
				t.Errorf("it was cut off in %d places only", cuts)
			}
		})
	}
}

func isPlain(text string) bool { return !strings.Contains(text, "sealed:") }

func isNext(text string) bool {
	return !strings.Contains(text, deskSecret) && !strings.Contains(text, quick)
}

// whole looks for what should not be there when a verb has ended.
func (d desk) whole(t *testing.T, where string, ended func(string) bool) {
	t.Helper()
	if !ended(d.text(t)) {
		t.Errorf("%s: the token is %s", where, d.text(t))
	}
	left, err := filepath.Glob(d.data + "/motp/.*")
	must(t, err)
	for _, path := range left {
		if base := filepath.Base(path); base != "." && base != ".." {
			t.Errorf("%s: %s is left", where, path)
		}
	}
}
