package regular

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

func TestRead(t *testing.T) {
	const limit = 8
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(os.WriteFile(at("full"), []byte("12345678"), 0o640))
	must(os.WriteFile(at("over"), []byte("123456789"), 0o600))
	must(os.WriteFile(at("sparse"), nil, 0o600))
	must(os.Truncate(at("sparse"), 20<<30))
	must(os.Symlink("full", at("link")))
	must(os.Symlink("/dev/zero", at("zero")))
	must(os.Symlink("fifo", at("fifolink")))
	must(os.Symlink("loop", at("loop")))
	must(unix.Mkfifo(at("fifo"), 0o600))
	for _, c := range []struct {
		name           string
		plain, foreign error
	}{
		{"full", nil, nil},
		{"over", SizeError{limit}, SizeError{limit}},
		{"sparse", SizeError{limit}, SizeError{limit}},
		{"fifo", KindError{}, KindError{}},
		{"link", nil, unix.ELOOP},
		{"zero", KindError{}, unix.ELOOP},
		{"fifolink", KindError{}, unix.ELOOP},
		{"loop", unix.ELOOP, unix.ELOOP},
		{"", KindError{}, KindError{}}, // a folder
		{"none", os.ErrNotExist, os.ErrNotExist},
	} {
		text, err := Read(at(c.name), limit)
		if !errors.Is(err, c.plain) || err == nil && string(text) != "12345678" {
			t.Errorf("Read %s: %q, %v, want %v", c.name, text, err, c.plain)
		}
		text, mode, err := ReadForeign(at(c.name), limit)
		if !errors.Is(err, c.foreign) ||
			err == nil && (string(text) != "12345678" || mode != 0o640) {
			t.Errorf("ReadForeign %s: %q, %v, %v, want %v", c.name, text, mode,
				err, c.foreign)
		}
	}
}
