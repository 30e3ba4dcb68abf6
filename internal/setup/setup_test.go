package setup

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// machine is one in a folder, with the services as a release ships them.
func machine(t *testing.T, release string) Machine {
	t.Helper()
	m := Machine{Root: t.TempDir()}
	m.Kept = m.at("/var/lib/motp/.setup")
	for _, folder := range []string{"etc/pam.d", "etc/ssh/sshd_config.d",
		"etc/dovecot/conf.d", "var/lib/motp"} {
		must(t, os.MkdirAll(m.at(folder), 0o755))
	}
	entries, err := shipped.ReadDir("shipped/" + release)
	must(t, err)
	for _, e := range entries {
		text, err := shipped.ReadFile("shipped/" + release + "/" + e.Name())
		must(t, err)
		must(t, os.WriteFile(m.at("etc/pam.d/"+e.Name()), text, 0o644))
	}
	return m
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// contents are the files of a machine's /etc.
func contents(t *testing.T, m Machine) map[string]string {
	t.Helper()
	all := map[string]string{}
	must(t, filepath.WalkDir(m.at("etc"), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		all[strings.TrimPrefix(path, m.Root)] = string(text)
		return err
	}))
	return all
}

func expectContents(t *testing.T, m Machine, want map[string]string) {
	t.Helper()
	got := contents(t, m)
	for path, text := range want {
		if got[path] != text {
			t.Errorf("%s holds\n%s\nwant\n%s", path, got[path], text)
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d files, want %d", len(got), len(want))
	}
}

// Every service of every release can be set up, asks for a code then, and can be undone.
func TestEveryService(t *testing.T) {
	for _, release := range []string{"debian-12", "debian-13", "debian-sid"} {
		for _, s := range Services() {
			t.Run(release+"/"+s.Name, func(t *testing.T) {
				m := machine(t, release)
				was := contents(t, m)
				p, err := m.Plan(s)
				must(t, err)
				must(t, m.Do(p))
				for _, f := range s.files {
					got, err := os.ReadFile(m.at(f.path))
					must(t, err)
					if !same(got, f.text()) {
						t.Errorf("%s is no example", f.path)
					}
				}
				if again, err := m.Plan(s); err != nil || len(again.Changes) > 0 {
					t.Errorf("again: %+v, %v", again, err)
				}
				p, err = m.Undo(s)
				must(t, err)
				must(t, m.Do(p))
				expectContents(t, m, was)
			})
		}
	}
}

// An example takes nothing from a shipped file but what lets in (auth), and what its comments name.
func TestExamplesKeepTheRest(t *testing.T) {
	named := []string{
		"session required pam_env.so user_readenv=1 envfile=/etc/default/locale",
		"session required pam_env.so envfile=/etc/default/locale user_readenv=1",
		"session optional pam_lastlog.so", "@include common-auth",
	}
	for _, release := range []string{"debian-12", "debian-13", "debian-sid"} {
		for _, s := range Services() {
			m := machine(t, release)
			for _, f := range s.files {
				old, err := os.ReadFile(m.at(f.path))
				if errors.Is(err, fs.ErrNotExist) || s.Name == "radiusd" {
					continue // whose file says which lines it leaves out
				}
				must(t, err)
				for _, why := range differences(old, f.text()) {
					_, line, unexpected := strings.Cut(why, "is unexpected: ")
					if unexpected && !slices.Contains(named, line) &&
						!strings.HasPrefix(line, "auth ") {
						t.Errorf("%s, %s: goes missing: %s", release,
							f.path, line)
					}
				}
			}
		}
	}
}

// From one way of asking to another, and back to what there was before the first.
func TestChangeOfMind(t *testing.T) {
	m := machine(t, "debian-12")
	was := contents(t, m)
	for _, name := range []string{"sshd", "sshd-password-first", "sshd"} {
		s, _ := Named(name)
		p, err := m.Plan(s)
		must(t, err)
		must(t, m.Do(p))
	}
	s, _ := Named("sshd")
	p, err := m.Undo(s)
	must(t, err)
	must(t, m.Do(p))
	expectContents(t, m, was)
}

// Where one file cannot be written, those that were are as before.
func TestAllOrNothing(t *testing.T) {
	m := machine(t, "debian-12")
	s, _ := Named("sudo")
	p, err := m.Plan(s)
	must(t, err)
	must(t, os.WriteFile(m.at("etc/pam.d/sudo-i"), []byte("# edited meanwhile\n"), 0o644))
	was := contents(t, m)
	if err := m.Do(p); err == nil || !strings.Contains(err.Error(), "meanwhile") {
		t.Errorf("written over what somebody else wrote: %v", err)
	}
	expectContents(t, m, was)
}

// PAM takes every file in its folder for a service, half-written ones too: files come there whole.
func TestNothingIsMadeInPAMsFolder(t *testing.T) {
	m := machine(t, "debian-12")
	fd, err := unix.InotifyInit1(unix.IN_NONBLOCK | unix.IN_CLOEXEC)
	must(t, err)
	defer unix.Close(fd)
	_, err = unix.InotifyAddWatch(fd, m.at("etc/pam.d"), unix.IN_CREATE|unix.IN_MODIFY)
	must(t, err)
	for _, name := range []string{"sudo", "openvpn"} {
		s, _ := Named(name)
		p, err := m.Plan(s)
		must(t, err)
		must(t, m.Do(p))
		p, err = m.Undo(s)
		must(t, err)
		must(t, m.Do(p))
	}
	var events [4096]byte
	if n, err := unix.Read(fd, events[:]); !errors.Is(err, unix.EAGAIN) {
		t.Errorf("something was made or written there: %q, %v", events[:max(n, 0)], err)
	}
}

// From a rescue disk, whatever the umask was, "cp -a" puts files back, and leaves folders as they
// are.
func TestCopiedBackByHand(t *testing.T) {
	m := machine(t, "debian-12")
	must(t, os.Chmod(m.at("etc/pam.d/sudo"), 0o604))
	was, folders := contents(t, m), []string{"", "etc", "etc/pam.d"}
	for _, folder := range folders {
		must(t, os.Chmod(m.at(folder), 0o755))
	}
	s, _ := Named("sudo")
	p, err := m.Plan(s)
	must(t, err)
	umask := unix.Umask(0o077)
	err = m.Do(p)
	unix.Umask(umask)
	must(t, err)
	kept := m.keptAt("sudo", before, "")
	if out, err := exec.Command("cp", "-a", kept+"/.", m.Root).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	expectContents(t, m, was)
	modes := map[string]fs.FileMode{"etc/pam.d/sudo": 0o604, "etc/pam.d/sudo-i": 0o644,
		"var/lib/motp/.setup": 0o700, "var/lib/motp/.setup/sudo": 0o700}
	for _, folder := range folders {
		modes[folder] = 0o755
	}
	for path, want := range modes {
		info, err := os.Stat(m.at(path))
		must(t, err)
		if got := info.Mode().Perm(); got != want {
			t.Errorf("%s has mode %04o, want %04o", path, got, want)
		}
	}
}

// What is not as shipped is refused, with the lines.
func TestUnexpected(t *testing.T) {
	for name, c := range map[string]struct{ old, text, want string }{
		"another line": {"@include common-auth",
			"auth sufficient pam_u2f.so\n@include common-auth",
			"line 2 is unexpected: auth sufficient pam_u2f.so"},
		"a line less": {"@include common-account\n", "",
			"this line is missing: @include common-account"},
		"another option": {"pam_limits.so", "pam_limits.so  debug",
			"line 1 is unexpected: session required pam_limits.so debug"},
		"another order": {"session required pam_limits.so\n@include common-auth",
			"@include common-auth\nsession required pam_limits.so", "another order"},
		"twice": {"@include common-auth", "@include common-auth\n@include common-auth",
			"more than once"},
	} {
		t.Run(name, func(t *testing.T) {
			m := machine(t, "debian-12")
			path := m.at("etc/pam.d/sudo")
			text, err := os.ReadFile(path)
			must(t, err)
			edited := strings.Replace(string(text), c.old, c.text, 1)
			if edited == string(text) {
				t.Fatalf("no %q in %s", c.old, text)
			}
			must(t, os.WriteFile(path, []byte(edited), 0o644))
			s, _ := Named("sudo")
			_, err = m.Plan(s)
			var unexpected *UnexpectedError
			if !errors.As(err, &unexpected) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

// Comments and blanks are anybody's to change, before and after.
func TestComments(t *testing.T) {
	m := machine(t, "debian-12")
	path := m.at("etc/pam.d/i3lock")
	const text = "# mine\n\nauth \t include   login # as shipped\n"
	must(t, os.WriteFile(path, []byte(text), 0o644))
	s, _ := Named("i3lock")
	p, err := m.Plan(s)
	must(t, err)
	if len(p.Changes) != 1 {
		t.Errorf("%d changes", len(p.Changes))
	}
}
