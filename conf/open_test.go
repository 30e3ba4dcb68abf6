package conf

import (
	"errors"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// What was read of a small table does not stay in memory. A large one is mapped.
func TestTableIsWiped(t *testing.T) {
	path := write(t, sectionForm).Path
	text, free, err := readSafely(unix.AT_FDCWD, path, path)
	if err != nil || string(text) != sectionForm {
		t.Fatalf("%q, %v", text, err)
	}
	free()
	if strings.Trim(string(text), "\x00") != "" {
		t.Errorf("%q is left in memory", text)
	}
}

// A table that must not be trusted is no empty one: beside a folder of users' own files, too,
// nobody is told to be no user.
func TestUntrustedTableBesideAFolder(t *testing.T) {
	table := writeTable(t, "[alice]\nsecret = 1\npin = 1\n")
	writeOwn(t, table, "bob", "[bob]\nsecret = 1\npin = 1\n")
	if err := os.Chmod(table.Path, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"alice", "bob", "mallory"} {
		var known *Error
		if _, u, err := table.Lookup(name); !errors.As(err, &known) ||
			known.Kind != Unavailable ||
			len(u.Tokens) > 0 {
			t.Errorf("%s: %+v, %v", name, u, err)
		}
	}
	if _, all, err := table.Users(); err == nil {
		t.Errorf("everyone: %+v", all)
	}
}
