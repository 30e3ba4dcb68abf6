package main

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The time that a login waits for motpd's HELLO is time of the login's: as much is taken off its
// ten seconds as has passed, by a clock of the test's own.
func TestWaitingForHELLOCounts(t *testing.T) {
	t.Chdir("../..")
	binary := filepath.Join(t.TempDir(), "hello")
	args := []string{"-std=gnu11", "-O1", "-Wall", "-Wextra", "-Werror", "-fsanitize=address",
		"-o", binary, "pam/resident.c", "test/fuzz/testdata/hello/hello.c"}
	for _, name := range []string{"clock_gettime", "lstat", "stat", "socket", "connect",
		"getsockopt", "close", "poll", "recv"} {
		args = append(args, "-Wl,--wrap="+name)
	}
	if out, err := exec.Command("cc", args...).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, c := range []struct {
		name           string
		arguments      string
		end            string
		passed, passes int // at least, and at most
	}{
		{"at once", "0 0 0", "there", 3, 3},
		{"after a while", "0 0 700", "there", 703, 703},
		{"nobody listens", "0 9999 0", "away", 3, 3},
		{"nobody speaks", "0 0 5000", "away", 1000, 1000},
		{"must be, and nobody speaks", "1 0 20000", "away", 8000, 8000},
		{"must be, and speaks late", "1 0 6000", "there", 6003, 6003},
		{"must be, and listens late", "1 1500 400", "there", 1900, 1920},
		{"must be, and nobody listens", "1 9999 0", "away", 2000, 2020},
	} {
		out, err := exec.Command(binary, strings.Fields(c.arguments)...).CombinedOutput()
		if err != nil {
			t.Fatalf("%s: %v\n%s", c.name, err, out)
		}
		var end string
		var passed, left int
		if _, err := fmt.Sscan(string(out), &end, &passed, &left); err != nil {
			t.Fatalf("%s: %q", c.name, out)
		}
		if end != c.end || passed < c.passed || passed > c.passes || left != 10000-passed {
			t.Errorf("%s: %s after %d ms, and %d are left", c.name, end, passed, left)
		}
	}
}
