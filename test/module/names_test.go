package module

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/msteinert/pam/v2"
)

// spellings are names that the directory has for alice's account.
var spellings = []string{"alice", "Alice", "alice@example.com", `EXAMPLE\alice`, "a.smith", "large"}

const byAccount = "names = account\nmax_failures = 3\n"

// directoryHost is a host whose directory knows accounts by many names.
func directoryHost(t *testing.T, s *site) *host {
	t.Helper()
	return startHost(t, s, "LD_PRELOAD="+os.Getenv("LD_PRELOAD")+" "+directoryPath())
}

// TestNamesOfOneAccount: with names = account, all names of an account are one user's: a code is
// good once, guesses count together, and who is disabled is so.
func TestNamesOfOneAccount(t *testing.T) {
	t.Parallel()
	enter := func(t *testing.T, s *site, h *host, user, code string) string {
		t.Helper()
		service := s.service(t)
		got := h.login(s, service, user, code)
		r, _ := s.logged(t, service, got, code)
		if r.values["user"] != "alice" || (got == 0) != (r.reason() == "ok") {
			t.Errorf("%s: code %d, %q", user, got, r.line)
		}
		return r.reason()
	}
	t.Run("a code is good once", func(t *testing.T) {
		t.Parallel()
		s := newSite(t, sections(byAccount, alice), alice)
		h := directoryHost(t, s)
		before := h.facts()
		for i, first := range spellings {
			code := alice.code(int64(i))
			for k, user := range append([]string{first}, spellings...) {
				want := "replay"
				if k == 0 {
					want = "ok"
				}
				if got := enter(t, s, h, user, code); got != want {
					t.Errorf("%s after %s: %s, want %s", user, first, got, want)
				}
			}
		}
		h.same(before)
		if record := s.onlyStateFile(t); filepath.Base(record) != "alice" {
			t.Errorf("the one record is %s", record)
		}
	})
	t.Run("guesses count together", func(t *testing.T) {
		t.Parallel()
		s := newSite(t, sections(byAccount, alice), alice)
		h := directoryHost(t, s)
		var got []string
		for i, user := range spellings {
			got = append(got, enter(t, s, h, user, alice.wrong(i)))
		}
		if want := []string{"wrong", "wrong", "wrong", "locked", "locked",
			"locked"}; !slices.Equal(got, want) {
			t.Errorf("%q, want %q", got, want)
		}
		for _, user := range spellings {
			if got := enter(t, s, h, user, alice.code(0)); got != "locked" {
				t.Errorf("%s: %s", user, got)
			}
		}
	})
	t.Run("disabled", func(t *testing.T) {
		t.Parallel()
		s := newSite(t, sections(byAccount, alice)+"disabled = yes\n", alice)
		h := directoryHost(t, s)
		for _, user := range spellings {
			if got := enter(t, s, h, user, alice.code(0)); got != "disabled" {
				t.Errorf("%s: %s", user, got)
			}
		}
	})
}

// TestNamesAndDirectories: what becomes of names that the directory has something else to say of.
func TestNamesAndDirectories(t *testing.T) {
	t.Parallel()
	withDomain := person{name: "alice@example.com", secret: alice.secret, pin: alice.pin}
	for _, c := range []struct {
		what   string
		there  person
		set    string
		user   string
		option string
		code   pam.Error
		reason string
	}{
		{"no account, and in the table", bob, byAccount, "bob", "", success, "ok"},
		{"no account", alice, byAccount, "mallory", "", pam.ErrUserUnknown, "unknown-user"},
		{"another account", alice, byAccount, "bob@example.com", "", pam.ErrUserUnknown,
			"unknown-user"},
		{"in the table as it was typed", withDomain, byAccount, "alice@example.com", "",
			success, "ok"},
		{"in the table as it was not", withDomain, byAccount, `EXAMPLE\alice`, "",
			pam.ErrUserUnknown, "unknown-user"},
		{"the directory was interrupted", alice, byAccount, "interrupted", "",
			pam.ErrUserUnknown, "unknown-user"},
		{"the directory is down", alice, byAccount, "down", "", pam.ErrAuthinfoUnavail,
			"account"},
		{"the entry has no end", alice, byAccount, "endless", "", pam.ErrAuthinfoUnavail,
			"account"},
		{"the directory says what is no errno", alice, byAccount, "negative", "",
			pam.ErrAuthinfoUnavail, "account"},
		{"the same, with a zero at its end", alice, byAccount, "wide", "",
			pam.ErrAuthinfoUnavail, "account"},
		{"the same, told beforehand", alice, byAccount, "wide", "nullok",
			pam.ErrAuthinfoUnavail, "account"},
		{"told beforehand", alice, byAccount, "a.smith", "nullok", success, "ok"},
		{"told beforehand, of nobody", alice, byAccount, "bob@example.com", "nullok",
			ignored, "unknown-user"},
		{"typed names", alice, "names = typed\n", "a.smith", "", pam.ErrUserUnknown,
			"unknown-user"},
		{"nobody is asked", alice, "names = typed\n", "untouchable", "",
			pam.ErrUserUnknown, "unknown-user"},
	} {
		t.Run(c.what, func(t *testing.T) {
			t.Parallel()
			s := newSite(t, sections(c.set, c.there), c.there)
			h := directoryHost(t, s)
			before := h.facts()
			service := s.service(t, c.option)
			code := h.login(s, service, c.user, c.there.code(0))
			if code != int(c.code) {
				t.Errorf("code %d, want %d", code, c.code)
			}
			h.same(before)
			r, _ := s.logged(t, service, code, c.there.code(0))
			if r.reason() != c.reason {
				t.Errorf("log %q, want reason %s", r.line, c.reason)
			}
		})
	}
}
