package setup

import (
	"errors"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

func planned(t *testing.T, m Machine, name string) Plan {
	t.Helper()
	s, _ := Named(name)
	p, err := m.Plan(s)
	must(t, err)
	return p
}

// expectWayBack undoes sshd, whatever happened since.
func expectWayBack(t *testing.T, m Machine, want map[string]string) {
	t.Helper()
	s, _ := Named("sshd")
	p, err := m.Undo(s)
	must(t, err)
	must(t, m.Do(p))
	expectContents(t, m, want)
	if _, err := os.Stat(m.keptAt("sshd", "", "")); err == nil {
		t.Error("something is still kept")
	}
}

// What there was before the first setup is kept, whatever comes after it.
func TestWayBack(t *testing.T) {
	for name, then := range map[string]func(t *testing.T, m Machine){
		"a comment, and another setup": func(t *testing.T, m Machine) {
			path := m.at("etc/pam.d/sshd")
			text, err := os.ReadFile(path)
			must(t, err)
			must(t, os.WriteFile(path, append(text, "# ours\n"...), 0o644))
			must(t, m.Do(planned(t, m, "sshd-password-first")))
		},
		"the power fails in another setup": func(t *testing.T, m Machine) {
			must(t, m.keep(planned(t, m, "sshd-password-first")))
		},
		"and it is begun anew": func(t *testing.T, m Machine) {
			must(t, m.keep(planned(t, m, "sshd-password-first")))
			must(t, m.Do(planned(t, m, "sshd-password-first")))
		},
		"another setup is taken back": func(t *testing.T, m Machine) {
			was := contents(t, m)
			p := planned(t, m, "sshd-password-first")
			must(t, m.Do(p))
			must(t, m.TakeBack(p))
			expectContents(t, m, was)
		},
		"an undo from before another setup": func(t *testing.T, m Machine) {
			s, _ := Named("sshd")
			undo, err := m.Undo(s)
			must(t, err)
			must(t, m.Do(planned(t, m, "sshd-password-first")))
			if err := m.Do(undo); err == nil {
				t.Error("undone, though the files were changed meanwhile")
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			m := machine(t, "debian-12")
			was := contents(t, m)
			must(t, m.Do(planned(t, m, "sshd")))
			then(t, m)
			expectWayBack(t, m, was)
		})
	}
}

// A plan that was made before an undo keeps nothing, which it would believe to be kept.
func TestPlanFromBeforeAnUndo(t *testing.T) {
	m := machine(t, "debian-12")
	was := contents(t, m)
	must(t, m.Do(planned(t, m, "sshd")))
	stale := planned(t, m, "sshd-password-first")
	expectWayBack(t, m, was)
	if err := m.Do(stale); err == nil || !strings.Contains(err.Error(), "meanwhile") {
		t.Errorf("got %v", err)
	}
	expectContents(t, m, was)
	if paths, _ := m.keptFiles("sshd"); len(paths) > 0 {
		t.Errorf("kept: %q", paths)
	}
}

// The first setup, taken back, leaves nothing to undo.
func TestFirstIsTakenBack(t *testing.T) {
	m := machine(t, "debian-12")
	was := contents(t, m)
	p := planned(t, m, "sshd")
	must(t, m.Do(p))
	must(t, m.TakeBack(p))
	expectWayBackGone(t, m, was)
}

// A first setup that fails leaves nothing to undo either, and says why it failed.
func TestFirstFails(t *testing.T) {
	m := machine(t, "debian-12")
	was := contents(t, m)
	p := planned(t, m, "sshd")
	p.Changes = append(p.Changes, p.Changes[1]) // by then it is no more what was planned for
	if err := m.Do(p); err == nil || !strings.Contains(err.Error(), "meanwhile") {
		t.Errorf("got %v", err)
	}
	expectWayBackGone(t, m, was)
}

func expectWayBackGone(t *testing.T, m Machine, want map[string]string) {
	t.Helper()
	expectContents(t, m, want)
	s, _ := Named("sshd")
	if _, err := m.Undo(s); !errors.Is(err, ErrNothingKept) {
		t.Errorf("undo: %v", err)
	}
}

// Where the old files are lost, an undo takes none away: without it, "other" decides.
func TestUndoWithoutTheOldFiles(t *testing.T) {
	m := machine(t, "debian-12")
	must(t, m.Do(planned(t, m, "su")))
	set := contents(t, m)
	must(t, os.RemoveAll(m.keptAt("su", before, "")))
	s, _ := Named("su")
	if _, err := m.Undo(s); !errors.Is(err, ErrBeforeLost) {
		t.Errorf("got %v", err)
	}
	expectContents(t, m, set)

	must(t, os.MkdirAll(m.at("usr/lib/pam.d"), 0o755))
	for _, name := range []string{"su", "su-l"} { // these would be there again
		must(t, os.WriteFile(m.at("usr/lib/pam.d/"+name), nil, 0o644))
	}
	if p, err := m.Undo(s); err != nil || len(p.Changes) == 0 || !p.Changes[0].Gone {
		t.Errorf("with a vendor's file: %+v, %v", p, err)
	}
}

// Nothing is done where somebody else could write what root puts back, nor where the folder of the
// records is away, which must not be made.
func TestFolderOfWhatIsKept(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(m Machine) error
		want  string
	}{
		"others may write": {func(m Machine) error {
			return os.Chmod(m.at("var/lib/motp"), 0o777)
		}, "somebody else may write"},
		"somebody else's": {func(m Machine) error {
			return os.Chown(m.at("var/lib/motp"), 65534, 0)
		}, "somebody else may write"},
		"somebody else's below": {func(m Machine) error {
			return errors.Join(os.Mkdir(m.Kept, 0o700), os.Chown(m.Kept, 65534, 0))
		}, "somebody else may write"},
		"none": {func(m Machine) error {
			return os.Remove(m.at("var/lib/motp"))
		}, unix.ENOENT.Error()},
	} {
		t.Run(name, func(t *testing.T) {
			m := machine(t, "debian-12")
			was := contents(t, m)
			p := planned(t, m, "sshd")
			must(t, c.spoil(m))
			if err := m.Do(p); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
			expectContents(t, m, was)
		})
	}
}
