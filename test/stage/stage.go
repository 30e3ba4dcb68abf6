// Package stage gives a test, or the demonstration, a machine of its own.
//
// [Test] and [Main] start the running program a second time, in mount, process, network, host name
// and IPC namespaces of its own, and play the given function there. Inside, the whole file system
// of the machine is read-only; what logging in has to write (/etc, /run, /var/lib, /var/log, /home,
// /root, /tmp, /dev) is in memory and private, and so is the loopback network. Real programs (sshd,
// login, sudo, OpenVPN) run in it as on any Debian machine, as root, with the project's own files
// from examples/, and nothing of that can reach, or stay on, the machine outside: the first process
// of the stage is also the first of its process namespace, so the kernel ends everything in it when
// it ends.
//
// Who wants to test a PAM module without hosts needs none of this: pam_start_confdir is enough.
package stage

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Machine is the private machine. Its methods change that machine only; they are not for use
// outside of [Test] and [Main].
type Machine struct {
	// Root is the repository as seen on the stage.
	Root string
	// Log is what arrives at /dev/log.
	Log *Log
	// Way is who judges the logins on this machine: a worker, unless a test says otherwise.
	Way Way

	users int // made so far, for the next user id
}

// Test plays a test on a private machine. It is called first thing by a Test function, outside and,
// in the second process, inside; it stops the test where it cannot make the machine, and never
// skips it.
func Test(t *testing.T, play func(t *testing.T, m *Machine)) {
	t.Helper()
	if inside() {
		m, err := build()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { m.explain(t) })
		play(t, m)
		if err := reportPlayed(); err != nil {
			t.Fatal(err)
		}
		return
	}

	root, err := FindRoot()
	if err != nil {
		t.Fatal(err)
	}
	noteFiles(t, root)
	output, err := playAgain(root, testArguments(t))
	if err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	t.Logf("on the stage:\n%s", output)
}

// explain shows what the programs logged, if the test failed.
func (m *Machine) explain(t *testing.T) {
	if !t.Failed() {
		return
	}
	lines, err := m.Log.Lines()
	if err != nil {
		t.Error(err)
	}
	t.Logf("the log of the private machine:\n%s", strings.Join(lines, "\n"))
}

// noteFiles looks at every file that the test inside may use. The go command keeps the result of a
// test until one of the files changes that the test has looked at, and it does not see what the
// second process does.
func noteFiles(t *testing.T, root string) {
	// The roots of "make distros" are not the tests'.
	roots := filepath.Join(root, "build", "distros")
	look := func(path string, _ fs.FileInfo, err error) error {
		if path == roots {
			return filepath.SkipDir
		}
		return err
	}
	for _, folder := range []string{"build", "examples"} {
		err := filepath.Walk(filepath.Join(root, folder), look)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			t.Fatal(err)
		}
	}
}

// Main plays a program on a private machine, with this process's standard input, output and error,
// and returns the status to exit with. Prepare runs before that, outside, and says what is missing.
func Main(prepare func(root string) error, play func(m *Machine) error) int {
	if inside() {
		m, err := build()
		if err == nil {
			err = play(m)
		}
		if err == nil {
			err = reportPlayed()
		}
		return exitStatus(err)
	}

	root, err := FindRoot()
	if err != nil {
		return exitStatus(err)
	}
	if err := prepare(root); err != nil {
		return exitStatus(err)
	}
	return exitStatus(playAgainOnTerminal(root))
}

func exitStatus(err error) int {
	if err == nil {
		return 0
	}
	fmt.Fprintln(os.Stderr, err)
	return 1
}

// FindRoot finds the repository from the folder this program runs in: the nearest one upwards with
// a go.mod.
func FindRoot() (string, error) {
	folder, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for at := folder; ; at = filepath.Dir(at) {
		if _, err := os.Stat(filepath.Join(at, "go.mod")); err == nil {
			return at, nil
		}
		if at == "/" {
			return "", fmt.Errorf("no go.mod in %s or above it: run this inside the "+
				"repository", folder)
		}
	}
}

// NeedBuilt says so if one of the files is missing in build/.
func NeedBuilt(root string, names ...string) error {
	for _, name := range names {
		if _, err := os.Stat(filepath.Join(root, "build", name)); err != nil {
			return fmt.Errorf("build/%s is missing: run \"make build\" first", name)
		}
	}
	return nil
}

// Path names a file of the repository on the stage.
func (m *Machine) Path(name ...string) string {
	return filepath.Join(append([]string{m.Root}, name...)...)
}
