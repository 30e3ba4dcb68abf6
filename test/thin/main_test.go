// Package thin tests the module of "make thin", which has no Go and no worker: what is in it, that
// it says to motpd what the full module says, byte by byte, also where it is built with musl, and
// that without motpd it lets nobody in. The tests of test/module that a module of this kind can
// pass are played with it, too.
//
// There is no libpam for musl on Debian: testdata has as much of one as a module needs, and a host.
package thin

import (
	"cmp"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pam-motp/pam-motp/test/stage"
)

// version is what the modules under test are told that they are.
const version = "1.2.3+thin"

// A libc that modules are built for, in build/test-thin/NAME, with a host and a libpam.
type libc struct {
	name, compiler string
	library        string // libc itself, as a module names it
	libpam         string // what the module is linked with; ours if it is empty
}

var libcs = []libc{{"glibc", "cc", "libc.so.6", "-lpam"}, {"musl", "musl-gcc", "libc.so", ""}}

// folder is where things for the libc are built, below the repository's root.
func (l libc) folder(root string) string { return filepath.Join(root, "build/test-thin", l.name) }

// module is the thin module there.
func (l libc) module(root string) string { return l.folder(root) + "/thin/pam_motp.so" }

func TestMain(m *testing.M) {
	// On the stage, where a process is the first one, all is built.
	if os.Getpid() != 1 {
		if err := build(); err != nil {
			fmt.Fprintln(os.Stderr, "test/thin:", err)
			os.Exit(1)
		}
	}
	os.Exit(m.Run())
}

func build() error {
	if err := stage.Need("musl-gcc", "musl-tools"); err != nil {
		return err
	}
	root, err := stage.FindRoot()
	if err != nil {
		return err
	}
	if err := stage.NeedBuilt(root, "pam_motp.so", "motpd"); err != nil {
		return err
	}
	for _, l := range libcs {
		if err := l.build(root); err != nil {
			return fmt.Errorf("%s: %w", l.name, err)
		}
	}
	return nil
}

func (l libc) build(root string) error {
	folder := l.folder(root)
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	// PAM's headers are glibc's neighbors, behind which musl's own stand.
	include := []string{"-idirafter", "/usr/include"}
	if triplet, err := exec.Command("cc", "-print-multiarch").Output(); err == nil {
		include = append(include, "-idirafter",
			"/usr/include/"+strings.TrimSpace(string(triplet)))
	}
	libpam, data := folder+"/libpam.so.0", root+"/test/thin/testdata/"
	linked := cmp.Or(l.libpam, libpam)
	warn := append([]string{l.compiler, "-O1", "-Wall", "-Wextra", "-Werror"}, include...)
	for _, command := range [][]string{
		append(slices.Clone(warn), "-shared", "-fPIC", "-Wl,-soname,libpam.so.0", "-o",
			libpam, data+"libpam.c"),
		append(slices.Clone(warn), "-o", folder+"/host", data+"host.c", "-ldl"),
		{"make", "-s", "-C", root, "thin", "B=" + folder, "VERSION=" + version,
			"CC=" + l.compiler, "THIN_LIBS=" + linked,
			"THIN_CFLAGS=-Werror " + strings.Join(include, " ")},
	} {
		out, err := exec.Command(command[0], command[1:]...).CombinedOutput()
		if err != nil {
			return fmt.Errorf("%q: %w\n%s", command, err, out)
		}
	}
	return nil
}

// A login is what a host knows, and who is there.
type login struct {
	user, rhost, tty, authtok string // "-" where there is none
	answers, options          []string
}

// at has a host load a module, and returns what it prints.
func (l login) at(t *testing.T, c libc, root, module string) string {
	t.Helper()
	args := []string{module, l.user, l.rhost, l.tty, l.authtok, fmt.Sprint(len(l.answers))}
	args = slices.Concat(args, l.answers, l.options)
	cmd := exec.Command(c.folder(root)+"/host", args...)
	cmd.Env = append(os.Environ(), "LD_LIBRARY_PATH="+c.folder(root))
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s's host: %v\n%s", c.name, err, out)
	}
	return string(out)
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
