package login

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pam-motp/pam-motp/internal/site"
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
