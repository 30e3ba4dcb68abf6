package site

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/pam-motp/pam-motp/conf"
	"github.com/pam-motp/pam-motp/motp"
)

// A site is a table and a folder: what one names the other remembers, and Open reads neither.
func TestSite(t *testing.T) {
	dir := t.TempDir()
	table, records := filepath.Join(dir, "motp.conf"), filepath.Join(dir, "motp")
	s := Open(table, records)
	if _, _, err := s.Lookup("alice"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("without a table: %v", err)
	}
	if err := os.Mkdir(records, 0o700); err != nil {
		t.Fatal(err)
	}
	alice := motp.User{Name: "alice", Tokens: []motp.Token{{Secret: "0123456789abcdef",
		PIN: "6666"}}}
	if err := s.Edit(true).Add(alice); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(table); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a dry run made the table: %v", err)
	}
	if err := s.Edit(false).Add(alice); err != nil {
		t.Fatal(err)
	}
	settings, u, err := s.Lookup("alice")
	if err != nil {
		t.Fatal(err)
	}
	now := time.Unix(1296121200, 0)
	for _, want := range []motp.Verdict{motp.Accepted, motp.Replay} {
		res, err := s.Verifier(settings.Policy).Verify(t.Context(), u, "6ed4e4", now)
		if err != nil || res.Verdict != want {
			t.Errorf("%+v, %v; want %v", res, err, want)
		}
	}
	if _, err := os.Stat(s.Record("alice")); err != nil {
		t.Error(err)
	}
	if _, entries, err := s.Users(); err != nil || len(entries) != 1 {
		t.Errorf("%v, %v", entries, err)
	}
	if err := s.ConfirmAbsent("alice"); err == nil {
		t.Error("alice is certainly not in the table")
	}
	if _, _, err := s.Lookup("bob"); !errors.Is(err, conf.ErrNoUser) {
		t.Errorf("bob: %v", err)
	}
}
