package login

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pam-motp/pam-motp/conf"
	"github.com/pam-motp/pam-motp/internal/site"
	"github.com/pam-motp/pam-motp/motp"
	"golang.org/x/sys/unix"
)

// A stubborn host keeps no passwords.
type stubborn struct {
	script
	refusal int
	err     error
}

func (s *stubborn) SetToken(string) (int, error) { return s.refusal, s.err }

func TestCodeThatCannotBeLeft(t *testing.T) {
	for name, host := range map[string]*stubborn{"refused": {refusal: 5},
		"gone": {err: errGone}} {
		host.answers = []Text{text(right)}
		if out := Run(request("alice", append(place(t, table), "set_pass")), host,
			site.Open, at(noon)); out.Code != AuthinfoUnavail ||
			!strings.Contains(out.Line, "reason=set-pass") {
			t.Errorf("%s: %+v", name, out)
		}
	}
}

// An unknown user costs what a user costs: a record is read, changed and written, with every
// attempt.
func TestUnknownUserCostsARecord(t *testing.T) {
	options := place(t, table)
	record := filepath.Join(strings.TrimPrefix(options[1], "state="), ".nobody")
	var before []byte
	for range 3 {
		if out := Run(request("mallory", options), &script{answers: []Text{text("000000")}},
			site.Open, at(noon)); out.Code != UserUnknown {
			t.Fatalf("%+v", out)
		}
		after, err := os.ReadFile(record)
		if err != nil || bytes.Equal(before, after) {
			t.Fatalf("the record of nobody is as before, %v", err)
		}
		before = after
	}
}

// Who may not read root's table is told of motpd, and nobody else is.
func TestUnreadable(t *testing.T) {
	const user, own = 1000, "/home/alice/motp.conf"
	denied := &fs.PathError{Op: "open", Path: conf.DefaultPath, Err: unix.EACCES}
	for _, c := range []struct {
		err   error
		table string
		euid  int
		told  bool
	}{
		{denied, conf.DefaultPath, user, true},
		{denied, conf.DefaultPath, 0, false}, // SELinux, say
		{denied, own, user, false},
		{fs.ErrNotExist, conf.DefaultPath, user, false},
	} {
		got := unreadable(c.err, c.table, c.euid)
		if !strings.HasPrefix(got, c.err.Error()) ||
			strings.Contains(got, "motpd.socket motpd-root.socket") != c.told {
			t.Errorf("%+v: %s", c, got)
		}
	}
}

// named is an error with a word of its own.
type named struct{ error }

func (named) Reason() string { return "store-away" }

// The log has the word that a store has for its trouble.
func TestRecordTrouble(t *testing.T) {
	for want, err := range map[string]error{
		"store-away": fmt.Errorf("wrapped: %w", named{motp.ErrBusy}),
		"busy":       fmt.Errorf("wrapped: %w", motp.ErrBusy),
		"corrupt":    fmt.Errorf("wrapped: %w", motp.ErrCorrupt),
		"state":      unix.EIO,
	} {
		if got := RecordTrouble(err); got != want {
			t.Errorf("%v: %s, want %s", err, got, want)
		}
	}
}
