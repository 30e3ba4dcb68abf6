package login

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A stubborn host keeps no passwords.
type stubborn struct {
	script
	refusal int
	err     error
}

func (s *stubborn) SetToken(string) (int, error) { return s.refusal, s.err }

func TestCodeThatCannotBeLeft(t *testing.T) {
	for name, host := range map[string]*stubborn{"refused": {refusal: 5}, "gone": {err: errGone}} {
		host.answers = []Text{text(right)}
		if out := Run(request("alice", append(site(t, table), "set_pass")), host, at(noon)); out.Code != AuthinfoUnavail || !strings.Contains(out.Line, "reason=set-pass") {
			t.Errorf("%s: %+v", name, out)
		}
	}
}

// An unknown user costs what a user costs: a record is read, changed and written, with every attempt.
func TestUnknownUserCostsARecord(t *testing.T) {
	options := site(t, table)
	record := filepath.Join(strings.TrimPrefix(options[1], "state="), ".nobody")
	var before []byte
	for range 3 {
		if out := Run(request("mallory", options), &script{answers: []Text{text("000000")}}, at(noon)); out.Code != UserUnknown {
			t.Fatalf("%+v", out)
		}
		after, err := os.ReadFile(record)
		if err != nil || bytes.Equal(before, after) {
			t.Fatalf("the record of nobody is as before, %v", err)
		}
		before = after
	}
}
