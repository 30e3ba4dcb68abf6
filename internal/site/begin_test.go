package site

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// The folder of records is made for the first user, and never where somebody may have used a code.
func TestBegin(t *testing.T) {
	const users = "[alice]\nsecret = 0123456789abcdef\npin = 6666\n"
	const settings, broken, none = "window = 1m\n", "window = never\n", ""
	for name, c := range map[string]struct {
		table, sharing string
		there          bool
		refused        bool
		gone           bool // that is why
	}{
		"no table":              {table: none},
		"no users":              {table: settings},
		"no users, two tables":  {table: settings, sharing: settings},
		"users, and the folder": {table: users, there: true},
		"users":                 {table: users, refused: true, gone: true},
		"users elsewhere":       {table: none, sharing: users, refused: true, gone: true},
		"users of a fleet":      {table: store + users},
		"a local user of one": {table: store + users + "local = yes\n", refused: true,
			gone: true},
		"a table in trouble":     {table: broken, refused: true},
		"trouble with the other": {table: settings, sharing: broken, refused: true},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			table, other := filepath.Join(dir, "motp.conf"), filepath.Join(dir, "other")
			write(t, table, c.table)
			write(t, other, c.sharing)
			s := Open(table, filepath.Join(dir, "motp"))
			if c.there {
				if err := os.Mkdir(s.Records(), 0o700); err != nil {
					t.Fatal(err)
				}
			}
			may, begun := s.MayBegin(other), s.Begin(other)
			for _, err := range []error{may, begun} {
				if (err != nil) != c.refused ||
					errors.Is(err, ErrRecordsGone) != c.gone {
					t.Errorf("%v", err)
				}
			}
			_, err := os.Stat(s.Records())
			if errors.Is(err, fs.ErrNotExist) != c.refused {
				t.Errorf("the folder: %v", err)
			}
		})
	}
}

// write makes a table of a text, unless there is none.
func write(t *testing.T, path, text string) {
	t.Helper()
	if text == "" {
		return
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
