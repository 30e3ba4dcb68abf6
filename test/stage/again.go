package stage

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// rootVariable hands the repository's place to the second process, and tells it that it is the
// second.
const rootVariable = "MOTP_STAGE_ROOT"

// playedFD is where the second process reports that it really played: an exit status of 0 alone
// could also mean that no test matched, or that it was skipped.
const playedFD = 3

// inside says whether this is the second process. It is the first of its process namespace; the
// variable alone must not be enough, since what follows mounts over the whole file system.
func inside() bool {
	return os.Getenv(rootVariable) != "" && os.Getpid() == 1
}

func reportPlayed() error {
	played := os.NewFile(playedFD, "played")
	defer played.Close()
	if _, err := played.WriteString("played"); err != nil {
		return fmt.Errorf("report to the process outside: %w", err)
	}
	return nil
}

// testArguments picks the one test, and leaves more time for its cases side by side than one
// machine's processors suggest: a refused login mostly waits. A package's own flags are passed on.
func testArguments(t *testing.T) []string {
	var names []string
	for name := range strings.SplitSeq(t.Name(), "/") {
		names = append(names, "^"+regexp.QuoteMeta(name)+"$")
	}
	arguments := []string{"-test.run=" + strings.Join(names, "/"), "-test.parallel=16",
		"-test.count=1"}
	if testing.Verbose() {
		arguments = append(arguments, "-test.v")
	}
	if deadline, ok := t.Deadline(); ok {
		arguments = append(arguments, "-test.timeout="+time.Until(deadline).String())
	}
	flag.Visit(func(f *flag.Flag) {
		if !strings.HasPrefix(f.Name, "test.") {
			arguments = append(arguments, "-"+f.Name+"="+f.Value.String())
		}
	})
	return arguments
}

func playAgain(root string, arguments []string) (output string, err error) {
	var both bytes.Buffer
	err = again(root, arguments, nil, &both, &both)
	return both.String(), err
}

func playAgainOnTerminal(root string) error {
	return again(root, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
}

func again(root string, arguments []string, in io.Reader, out, errOut io.Writer) error {
	if os.Geteuid() != 0 {
		return errors.New("a private machine needs root: run this as root")
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	played, playedEnd, err := os.Pipe()
	if err != nil {
		return err
	}
	defer played.Close()

	cmd := exec.Command(self, arguments...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = in, out, errOut
	cmd.Env = append(environment(), rootVariable+"="+root)
	cmd.ExtraFiles = []*os.File{playedEnd}
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags: unix.CLONE_NEWNS | unix.CLONE_NEWPID | unix.CLONE_NEWNET |
			unix.CLONE_NEWUTS | unix.CLONE_NEWIPC,
		Pdeathsig: unix.SIGKILL,
	}

	// The kernel sends the death signal when the parent's thread ends, which in Go need not be
	// when the process ends.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	err = cmd.Start()
	playedEnd.Close()
	if err != nil {
		return fmt.Errorf("start the private machine (new namespaces): %w", err)
	}
	report, readErr := io.ReadAll(played)
	if err := cmd.Wait(); err != nil {
		return fmt.Errorf("on the private machine: %w", err)
	}
	if readErr != nil {
		return readErr
	}
	if string(report) != "played" {
		return errors.New("nothing was played on the private machine")
	}
	return nil
}

// environment is all that programs on the stage get to see of one.
func environment() []string {
	terminal := os.Getenv("TERM")
	if terminal == "" {
		terminal = "dumb"
	}
	return []string{
		"PATH=" + binFolder +
			":/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
		"HOME=/root",
		"LANG=C.UTF-8",
		"TERM=" + terminal,
	}
}
