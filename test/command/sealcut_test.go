package command

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pam-motp/pam-motp/internal/site"
	"github.com/pam-motp/pam-motp/motp"
)

// A sealedSite is a table and records whose users must be who they are, whatever happens to them.
type sealedSite struct {
	folder string
	want   map[string][]motp.Token
}

const cutTable = "[alice]\nsecret = 7ac61d4736f51a2b\npin = Pin-5917\n\n[alice/tablet]\n" +
	"type = totp\nsecret = GEZDGNBVGY3TQOJQ\n\n" +
	"[bob]\nsecret = 0123456789abcdef\npin = Pin-4711\n"

const cutRows = "# user secret pin\nalice 7ac61d4736f51a2b Pin-5917\n" +
	"bob 0123456789abcdef Pin-4711\n"

func (s sealedSite) site() *site.Site {
	return site.Open(s.folder+"/motp.conf", s.folder+"/state")
}

// newSealedSite has a table, a user in a file of her own, and bob's own PIN in his record.
func newSealedSite(t *testing.T, table string) sealedSite {
	t.Helper()
	s := sealedSite{t.TempDir(), map[string][]motp.Token{}}
	must(t, os.Mkdir(s.folder+"/state", 0o700))
	must(t, os.Mkdir(s.folder+"/motp.conf.d", 0o700))
	must(t, os.WriteFile(s.folder+"/motp.conf", []byte(table), 0o600))
	must(t, os.WriteFile(s.folder+"/motp.conf.d/carol.conf",
		[]byte("[carol]\nsecret = fedcba9876543210\npin = Pin-8642\n"), 0o600))
	at := s.site()
	_, bob, err := at.Lookup("bob")
	must(t, err)
	v := at.Verifier(motp.DefaultPolicy)
	now := time.Now()
	res, err := v.ChangePIN(
		context.Background(),
		bob,
		bob.Tokens[0].Code(now),
		"Pin-90210",
		now,
	)
	if err != nil || res.Verdict != motp.Accepted {
		t.Fatal(res.Verdict, err)
	}
	s.want, err = s.everybody()
	must(t, err)
	return s
}

// everybody is who can log in, with the PINs in force.
func (s sealedSite) everybody() (map[string][]motp.Token, error) {
	at := s.site()
	_, entries, err := at.Users()
	if err != nil {
		return nil, err
	}
	all := map[string][]motp.Token{}
	for _, e := range entries {
		if e.Err != nil {
			return nil, e.Err
		}
		v := at.Verifier(motp.DefaultPolicy)
		tokens, err := v.InForce(context.Background(), e.User)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", e.User.Name, err)
		}
		all[e.User.Name] = tokens
	}
	return all, nil
}

// motp runs the command on the site; with calls, it is killed at the nth of a system call. cut says
// that it was.
func (s sealedSite) motp(t *testing.T, call string, n int, words ...string) (cut bool) {
	t.Helper()
	command, err := filepath.Abs("../../build/motp")
	must(t, err)
	arguments := append([]string{command}, words...)
	arguments = append(arguments, "--conf", s.folder+"/motp.conf", "--state",
		s.folder+"/state")
	arguments = cutAt(call, n, arguments)
	out, err := exec.Command(arguments[0], arguments[1:]...).CombinedOutput()
	if err != nil && (call == "" || !strings.Contains(err.Error(), "killed")) {
		t.Errorf("%q: %v\n%s", words, err, out)
	}
	return err != nil
}

// cutAt has a command killed at the nth of a system call; it runs to its end if there is none.
func cutAt(call string, n int, command []string) []string {
	if call == "" {
		return command
	}
	return append([]string{"strace", "-f", "-qqq", "-o", "/dev/null", "-e", "trace=" + call,
		"-e", fmt.Sprintf("inject=%s:signal=SIGKILL:when=%d", call, n)}, command...)
}

// check says whether everybody can log in as before.
func (s sealedSite) check(t *testing.T, where string) {
	t.Helper()
	got, err := s.everybody()
	if err != nil || fmt.Sprint(len(got)) != fmt.Sprint(len(s.want)) {
		t.Errorf("%s: %v, %v", where, got, err)
		return
	}
	for name, tokens := range s.want {
		for i, want := range tokens {
			if len(got[name]) != len(tokens) || got[name][i] != want {
				t.Errorf("%s: %s is another", where, name)
			}
		}
	}
}

// changing are calls by which a file changes, or between which one does.
var changing = []string{"openat", "write", "pwrite64", "fsync", "fdatasync", "renameat", "unlinkat",
	"flock", "fchmod", "fchown"}

// Killed at whatever call that changes a file, a verb leaves everything readable; and run again, it
// ends, with one key, and with nothing that is plain or left over.
func TestSealCutOff(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, table string
		before      []string
		words       []string
	}{
		{"seal", cutTable, nil, []string{"seal", "--new-key"}},
		{"rotate", cutTable, []string{"seal", "--new-key"}, []string{"seal", "--rotate"}},
		{"sections", cutRows, nil, []string{"seal", "--new-key", "--sections"}},
		{"unseal", cutTable, []string{"seal", "--new-key"}, []string{"unseal"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			cuts := 0
			for _, call := range changing {
				for n := 1; ; n++ {
					s := newSealedSite(t, c.table)
					if c.before != nil {
						s.motp(t, "", 0, c.before...)
					}
					cut := s.motp(t, call, n, c.words...)
					where := fmt.Sprintf("%s %d", call, n)
					s.check(t, where)
					if !cut {
						break
					}
					cuts++
					s.motp(t, "", 0, c.words...)
					s.check(t, where+", run again")
					s.whole(t, where, c.name == "unseal")
				}
			}
			if cuts < 30 {
				t.Errorf("it was cut off in %d places only", cuts)
			}
		})
	}
}

// whole looks for what should not be there when a verb has ended.
func (s sealedSite) whole(t *testing.T, where string, plain bool) {
	t.Helper()
	left, err := filepath.Glob(s.folder + "/.*.new")
	must(t, err)
	more, err := filepath.Glob(s.folder + "/motp.conf.d/.*")
	must(t, err)
	if left = append(left, more...); len(left) > 0 {
		t.Errorf("%s: %q is left", where, left)
	}
	ids, err := s.site().Keys.IDs()
	if err != nil || len(ids) != 1 {
		t.Errorf("%s: the keys are %q, %v", where, ids, err)
	}
	files, err := filepath.Glob(s.folder + "/*/*")
	must(t, err)
	for _, file := range append(files, s.folder+"/motp.conf") {
		text, err := os.ReadFile(file)
		must(t, err)
		for _, secret := range []string{"7ac61d4736f51a2b", "GEZDGNBVGY3TQOJQ", "Pin-5917",
			"fedcba9876543210", "Pin-8642", "0123456789abcdef", "Pin-90210"} {
			if !plain && strings.Contains(string(text), secret) {
				t.Errorf("%s: %s is plain in %s", where, secret, file)
			}
		}
	}
}
