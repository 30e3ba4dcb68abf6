package cli

import (
	"encoding/binary"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// Whoever is invited anew is so by one edit of the table: a crash between two would leave a user
// whom neither invitation lets in.
func TestInvitedAnewInOneEdit(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	table, state := filepath.Join(folder, "motp.conf"), filepath.Join(folder, "state")
	if err := os.WriteFile(table, []byte(sittersTable), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(state, 0o700); err != nil {
		t.Fatal(err)
	}
	seen, err := unix.InotifyInit1(unix.IN_NONBLOCK | unix.IN_CLOEXEC)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(seen)
	// both ends of a rename, so that no two events in a row are alike, which would be one
	if _, err := unix.InotifyAddWatch(seen, folder, unix.IN_MOVE); err != nil {
		t.Fatal(err)
	}
	var tables []string
	for range 2 {
		cmd := &exec.Cmd{Path: self, Args: []string{"motp", "invite", "alice", "--type",
			"totp", "--conf", table, "--state", state}}
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v, %s", err, out)
		}
		if edits := renames(t, seen); edits != 1 {
			t.Errorf("%d edits", edits)
		}
		content, err := os.ReadFile(table)
		if err != nil {
			t.Fatal(err)
		}
		tables = append(tables, string(content))
	}
	for _, line := range strings.Split(tables[0], "\n") {
		fresh := strings.HasPrefix(line, "invitation") ||
			strings.HasPrefix(line, "secret") && !strings.Contains(line, sittersSecret)
		if fresh && strings.Contains(tables[1], line) {
			t.Errorf("%q is still there", line)
		}
	}
}

// renames counts the files that were put in their places since.
func renames(t *testing.T, seen int) (n int) {
	t.Helper()
	events := make([]byte, 1<<16)
	size, err := unix.Read(seen, events)
	if err != nil {
		t.Fatal(err)
	}
	for events = events[:size]; len(events) > 0; {
		if binary.NativeEndian.Uint32(events[4:])&unix.IN_MOVED_TO != 0 {
			n++
		}
		events = events[unix.SizeofInotifyEvent+binary.NativeEndian.Uint32(events[12:]):]
	}
	return n
}
