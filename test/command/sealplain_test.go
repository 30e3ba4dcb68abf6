package command

import (
	"context"
	"encoding/base32"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/pam-motp/pam-motp/motp"
)

// A hidingPlace is a table, files beside it, and records, in all of which something is secret.
type hidingPlace struct {
	sealedSite
	tmp     string
	markers map[string]string // what must be nowhere, and what it is
}

// The secrets of every kind, and how else they may be written.
const (
	markedText   = "7ac61d4736f51a2b"
	markedBase32 = "MFZWK3TUMEQGC43FNZ2GC4BA"
	markedHex    = "a0b1c2d3e4f5061728394a5b6c7d8e9f"
	markedTable  = "[alice]\nsecret = " + markedText + "\npin = Pin-5917\n\n" +
		"[alice/app]\ntype = totp\nsecret = " + markedBase32 + "\npin = Pin-6023\n\n" +
		"[alice/key]\ntype = hotp\nsecret = hex:" + markedHex + "\n\n" +
		"[bob]\nsecret = 0123456789abcdef\npin = Pin-4711\n\n" +
		"[gone]\ndisabled = yes\nsecret = 5b1f0c9be27d4836\npin = Pin-8080\n"
)

func (h *hidingPlace) mark(what, text string) { h.markers[text] = what }

// markKey marks a key in all its spellings, and the bytes that they stand for.
func (h *hidingPlace) markKey(what string, key []byte) {
	for _, text := range []string{
		base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(key),
		hex.EncodeToString(key), string(key),
	} {
		h.mark(what, text)
		h.mark(what, strings.ToUpper(text))
		h.mark(what, strings.ToLower(text))
	}
}

// run runs the command on the place, whether it fails or not, and returns all that it says.
func (h *hidingPlace) run(t *testing.T, words ...string) string {
	t.Helper()
	command, err := filepath.Abs("../../build/motp")
	must(t, err)
	cmd := exec.Command(command, append(words, "--conf", h.folder+"/motp.conf", "--state",
		h.folder+"/state")...)
	cmd.Env = append(os.Environ(), "TMPDIR="+h.tmp, "HOME="+h.tmp)
	out, _ := cmd.CombinedOutput()
	return string(out)
}

func newHidingPlace(t *testing.T) *hidingPlace {
	t.Helper()
	h := &hidingPlace{newSealedSite(t, markedTable), t.TempDir(), map[string]string{}}
	for _, text := range []string{markedText, "fedcba9876543210", "0123456789abcdef",
		"5b1f0c9be27d4836"} {
		h.mark("a Mobile-OTP secret", text)
		h.mark("a Mobile-OTP secret", strings.ToUpper(text))
	}
	for _, pin := range []string{"Pin-5917", "Pin-6023", "Pin-4711", "Pin-8080", "Pin-8642"} {
		h.mark("a PIN of the table's", pin)
	}
	h.mark("a PIN in a record", "Pin-90210")
	key, err := base32.StdEncoding.DecodeString(markedBase32)
	must(t, err)
	h.markKey("a TOTP secret", key)
	key, err = hex.DecodeString(markedHex)
	must(t, err)
	h.markKey("a HOTP secret", key)
	said := h.run(t, "invite", "dave", "--type", "totp")
	code := regexp.MustCompile(`[0-9a-zA-Z]{4,6}([- ][0-9a-zA-Z]{4,6}){3}`).FindString(said)
	if code == "" {
		t.Fatal(said)
	}
	h.mark("an invitation", code)
	h.mark("an invitation", strings.NewReplacer("-", "", " ", "").Replace(code))
	_, dave, err := h.site().Lookup("dave")
	must(t, err)
	h.markKey("the secret of somebody invited", []byte(dave.Tokens[0].Secret))
	return h
}

// find looks for what is secret, and says what it is.
func (h *hidingPlace) find(text string) (found []string) {
	for marker, what := range h.markers {
		if strings.Contains(text, marker) {
			found = append(found, what)
		}
	}
	return found
}

// findInFiles looks for it in all files of the place.
func (h *hidingPlace) findInFiles(t *testing.T) (found []string) {
	t.Helper()
	for _, folder := range []string{h.folder, h.tmp} {
		must(t, filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			text, err := os.ReadFile(path)
			for _, what := range h.find(string(text)) {
				found = append(found, path+": "+what)
			}
			return err
		}))
	}
	return found
}

// After "motp seal" nothing that is secret is in a file of ours, in what the command says, or in
// what is written later; before, the same search finds it all.
func TestNothingPlainIsLeft(t *testing.T) {
	t.Parallel()
	h := newHidingPlace(t)
	if found := h.findInFiles(t); len(found) < 12 {
		t.Fatalf("before it is sealed, only this is plain: %q", found)
	}
	must(t, os.WriteFile(h.folder+"/.motp.conf.new", []byte(markedTable), 0o600)) // of a crash
	var said strings.Builder
	say := func(words ...string) {
		out := h.run(t, words...)
		if out == "" {
			t.Errorf("%q says nothing", words)
		}
		fmt.Fprintf(&said, "%q: %s\n", words, out)
	}
	say("seal", "--new-key", "--dry-run")
	say("seal", "--new-key", "--json")
	if found := h.findInFiles(t); len(found) > 0 {
		t.Errorf("sealed, and still plain: %q", found)
	}
	for _, words := range [][]string{{"seal"}, {"list"}, {"list", "--json"}, {"doctor"},
		{"doctor", "--json"}, {"status", "alice"}, {"status", "alice", "--json"},
		{"status", "bob", "--json"}, {"status", "dave", "--json"},
		{"sync", "alice", "--dry-run"}, {"seal", "--rotate"}, {"disable", "alice"},
		{"enable", "alice"}, {"list", "--json"}} {
		say(words...)
	}
	// what a login writes
	at := h.site()
	_, bob, err := at.Lookup("bob")
	must(t, err)
	v := at.Verifier(motp.DefaultPolicy)
	now := time.Now().Add(30 * time.Second)
	token := bob.Tokens[0]
	token.PIN = "Pin-90210"
	res, err := v.ChangePIN(context.Background(), bob, token.Code(now), "Pin-31337", now)
	if err != nil || res.Verdict != motp.Accepted {
		t.Fatal(res.Verdict, err)
	}
	h.mark("a PIN in a record", "Pin-31337")
	if found := h.findInFiles(t); len(found) > 0 {
		t.Errorf("written later, and plain: %q", found)
	}
	// without the key, with another, and with values that do not open
	must(t, os.Rename(h.folder+"/state/.keys", h.folder+"/state/.away"))
	for range 2 {
		for _, words := range [][]string{{"list"}, {"list", "--json"}, {"doctor"},
			{"status", "alice", "--json"}, {"seal"}, {"unseal"}, {"export"}} {
			say(words...)
		}
		must(t, os.WriteFile(h.folder+"/state/.keys",
			[]byte("other "+strings.Repeat("A", 43)+"=\n"), 0o600))
	}
	if found := h.find(said.String()); len(found) > 0 {
		t.Errorf("the command says %q:\n%s", found, said.String())
	}
}
