//go:build linux

package files

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"testing"

	"golang.org/x/sys/unix"
)

// childVariable has the test's binary be another process, which does one of children.
const childVariable = "MOTP_TEST_CHILD"

var children = map[string]func(args []string){
	"hold":   holdRecord,
	"verify": func(args []string) { verifyFrozen(alice, args) },

	"verify crowded": func(args []string) { verifyFrozen(crowded(), args) },
	"force":          takeOverFrozen,
	"create":         createFrozen,
}

func TestMain(m *testing.M) {
	if do := children[os.Getenv(childVariable)]; do != nil {
		do(os.Args[1:])
		return
	}
	os.Exit(m.Run())
}

// A child is another process. It ends when its standard input does.
type child struct {
	*exec.Cmd
	in  *os.File
	out *bufio.Scanner
}

func startChild(t *testing.T, what string, args ...string) child {
	t.Helper()
	cmd := exec.Command("/proc/self/exe", args...)
	cmd.Env = append(os.Environ(), childVariable+"="+what)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	return child{cmd, in.(*os.File), bufio.NewScanner(out)}
}

// says reads a line from the child.
func (c child) says(t *testing.T, want string) {
	t.Helper()
	if !c.out.Scan() || c.out.Text() != want {
		t.Fatalf("the other process says %q, want %q", c.out.Text(), want)
	}
}

// end has the child end, and its locks with it.
func (c child) end(t *testing.T) {
	t.Helper()
	_ = c.in.Close()
	if err := c.Wait(); err != nil {
		t.Fatal(err)
	}
}

// holdRecord locks a file for as long as its standard input lasts.
func holdRecord(args []string) {
	fd, err := unix.Open(args[0], unix.O_RDWR, 0)
	if err == nil {
		err = unix.Flock(fd, unix.LOCK_EX)
	}
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println("held")
	_, _ = os.Stdin.Read(make([]byte, 1))
}

// held has another process hold alice's record.
func held(t *testing.T, v fixture) child {
	t.Helper()
	c := startChild(t, "hold", v.Dir+"/alice")
	c.says(t, "held")
	return c
}
