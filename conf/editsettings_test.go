package conf

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestSetSettings(t *testing.T) {
	const user = "[alice]\nsecret = 7ac61d4736f51a2b\npin    = 5555\n"
	cases := map[string]struct{ before, after, err string }{
		"in its line": {
			before: "; the table\nwindow  =  5m\n\n" + user,
			after:  "; the table\nwindow  =  1m\n\nmax_failures = 3\n\n" + user,
		},
		"behind the settings": {
			before: "max_drift = 10m\n" + user,
			after:  "max_drift = 10m\n\nwindow       = 1m\nmax_failures = 3\n\n" + user,
		},
		"without settings": {
			before: "; the table\n\n; alice, of the night shift\n" + user,
			after: "; the table\n\nwindow       = 1m\nmax_failures = 3\n\n" +
				"; alice, of the night shift\n" + user,
		},
		"the comment of the file": {
			before: "; the table\n" + user,
			after:  "; the table\n\nwindow       = 1m\nmax_failures = 3\n\n" + user,
		},
		"without users": {
			before: "; the table",
			after:  "; the table\n\nwindow       = 1m\nmax_failures = 3\n",
		},
		"as a user's key": {
			before: "[bob]\nsecret = 00112233445566778899\ntype = totp\nwindow = 5m\n",
			after: "window       = 1m\nmax_failures = 3\n\n[bob]\n" +
				"secret = 00112233445566778899\ntype = totp\nwindow = 5m\n",
		},
		"as it is": {
			before: "window = 1m\nmax_failures = 3\n" + user,
			after:  "window = 1m\nmax_failures = 3\n" + user,
		},
		"lines of Windows": {
			before: "max_failures = 9\r\n",
			after:  "max_failures = 3\r\n\r\nwindow = 1m\r\n",
		},
		"twice":        {before: "window = 1m\nwindow = 2m\n", err: "window"},
		"four columns": {before: "alice 7ac61d4736f51a2b 5555 0\n", err: "sections"},
		"a mistake":    {before: "windows = 1m\n" + user, err: "windows"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "motp.conf")
			if err := os.WriteFile(path, []byte(c.before), 0o600); err != nil {
				t.Fatal(err)
			}
			for _, dry := range []bool{true, false} {
				err := Editor{Table{Path: path}, dry}.SetSettings(
					Setting{"window", "1m"}, Setting{"max_failures", "3"})
				want := c.after
				if dry || c.err != "" {
					want = c.before
				}
				if (err == nil) != (c.err == "") ||
					err != nil && !strings.Contains(err.Error(), c.err) {
					t.Errorf("dry run %v: %v", dry, err)
				}
				if text, _ := os.ReadFile(path); string(text) != want {
					t.Errorf("dry run %v: the table is\n%s", dry, text)
				}
			}
		})
	}
}

// No value that reads otherwise is written.
func TestSetSettingsRefused(t *testing.T) {
	const text = "window = 1m\n\n[alice]\nsecret = 7ac61d4736f51a2b\npin    = 5555\n"
	path := filepath.Join(t.TempDir(), "motp.conf")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, s := range []Setting{{"window", "1 day"}, {"unheard", "1"}, {"window", ""},
		{"callers", "a: b\n[root]"},
		{"window", " 1m"}, {"window", "`1m`"}, {"pin", "5555"}} {
		if (Editor{Table: Table{Path: path}}).SetSettings(s) == nil {
			t.Errorf("%q is written", s)
		}
		if now, _ := os.ReadFile(path); string(now) != text {
			t.Fatalf("%q: the table is\n%s", s, now)
		}
	}
}
