package conf

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pam-motp/pam-motp/motp"
	"golang.org/x/sys/unix"
)

const sectionForm = `; settings for everyone
window       = 1m
max_failures = 5
unlock_after = 15m

[alice]
secret = 7ac61d4736f51a2b
pin    = 5555
offset = 1h

# a comment
	[bob]
secret=0123456789abcdef
pin=a #1;"b" = %(pin)s \
offset = -360
disabled = yes
[alice2]
secret = 00112233445566aa
pin = 1234` + "`" + `
`

const columnForm = `# user	secret	pin	GMT offset (h)

alice	7ac61d4736f51a2b	5555	1
bob     0123456789abcdef  1234  -5.5   # Newfoundland and a bit
carol	0123456789abcdef	0000
`

// write makes a table that is safe to read.
func write(t testing.TB, text string) Table {
	t.Helper()
	path := filepath.Join(t.TempDir(), "motp.conf")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return Table{Path: path}
}

func TestLookup(t *testing.T) {
	usual, strict := motp.DefaultPolicy, motp.DefaultPolicy
	strict.Window, strict.WindowForAll = time.Minute, true
	strict.MaxFailures, strict.UnlockAfter = 5, 15*time.Minute
	const secret, other, third = "7ac61d4736f51a2b", "0123456789abcdef", "00112233445566aa"
	odd := motp.Token{Secret: other, PIN: `a #1;"b" = %(pin)s \`, Offset: -time.Hour}
	half := motp.Token{Secret: other, PIN: "1234", Offset: -5*time.Hour - 30*time.Minute}
	short := motp.Token{Secret: "aa", PIN: "1"}
	for _, c := range []struct {
		name, text, user string
		policy           motp.Policy
		token            motp.Token
		disabled         bool
	}{
		{"section", sectionForm, "alice", strict,
			motp.Token{Secret: secret, PIN: "5555", Offset: time.Hour}, false},
		{"values are literal", sectionForm, "bob", strict, odd, true},
		{"a prefix is not the name", sectionForm, "alice2", strict,
			motp.Token{Secret: third, PIN: "1234`"}, false},
		{"no settings, no end of line", "[a]\nsecret=aa\npin=1", "a", usual, short, false},
		{"byte order mark", "\xef\xbb\xbf[a]\nsecret = aa\npin = 1\n", "a", usual,
			short, false},
		{"CRLF", "[a]\r\nsecret = aa\r\npin = 1\r\n", "a", usual, short, false},
		{"row", columnForm, "alice", usual,
			motp.Token{Secret: secret, PIN: "5555", Offset: time.Hour}, false},
		{"row with blanks, half an hour, comment", columnForm, "bob", usual, half, false},
		{"row without offset", columnForm, "carol", usual,
			motp.Token{Secret: other, PIN: "0000"}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			settings, u, err := write(t, c.text).Lookup(c.user)
			if err != nil {
				t.Fatal(err)
			}
			if settings.Policy != c.policy {
				t.Errorf("policy %+v, want %+v", settings.Policy, c.policy)
			}
			if u.Name != c.user || u.Disabled != c.disabled || len(u.Tokens) != 1 ||
				u.Tokens[0] != c.token {
				t.Errorf("user %+v, want token %+v, disabled %v", u,
					c.token, c.disabled)
			}
		})
	}
}

func TestNotInTheTable(t *testing.T) {
	for _, text := range []string{sectionForm, columnForm, "", "; nothing\n", "window = 1m\n"} {
		for _, user := range []string{"", "ALICE", "alic", "alice ", " alice",
			"lice", "secret",
			"window", "[alice]", "#", ";", "..", "alice\nsecret = aa", "5555",
			"7ac61d4736f51a2b", "]", "[", "alice]\n", "GMT", strings.Repeat("a", 300),
			strings.Repeat("a", 252)} {
			table := write(t, text)
			for range 2 { // without and with a folder beside the table
				if _, _, err := table.Lookup(user); !errors.Is(err, ErrNoUser) {
					t.Errorf("%q: %v, want ErrNoUser", user, err)
				}
				own(t, table, "zoe.conf", "[zoe]\nsecret=dd\npin=4\n")
			}
		}
	}
}

type mistake struct {
	name, text string
	kind       Kind
	line       int
	key, msg   string
}

var mistakes = []mistake{
	{"unknown setting", "windw = 3m\n[a]\nsecret=aa\n" +
		"pin=1\n", BadSettings, 1, "windw", "unknown"},
	{"bad window", "\n; x\nwindow = 3\n[a]\nsecret=aa\n" +
		"pin=1\n", BadSettings, 3, "window", "duration"},
	{"window over an hour", "window = 61m\n", BadSettings, 1, "window", "1h"},
	{"negative window", "window = -1m\n", BadSettings, 1, "window", "0s"},
	{"no failures allowed", "max_failures = 0\n", BadSettings, 1, "max_failures", "1 to 1000"},
	{"lock of no time", "unlock_after = 0s\n", BadSettings, 1, "unlock_after", "never"},
	{"setting twice", "window = 1m\nwindow = 2m\n", BadSettings, 2, "window", "twice"},
	{"setting without an equals sign", "window 3m\n[a]\nsecret=aa\n" +
		"pin=1\n", BadSettings, 1, "", "key = value"},
	{"row among settings", "window = 1m\nzoe 0123456789abcdef " +
		"1234 0\n", BadSettings, 2, "", "key = value"},
	{"no secret", "[a]\npin=1\n", BadUser, 1, "secret", "missing"},
	{"no pin", "[a]\nsecret=aa\n", BadUser, 1, "pin", "missing"},
	{"empty secret", "[a]\nsecret=\npin=1\n", BadUser, 2, "secret", "1 to 256"},
	{"secret with a blank", "[a]\nsecret=aa bb\npin=1\n", BadUser, 2, "secret", "no blanks"},
	{"PIN with a control character", "[a]\nsecret=aa\n" +
		"pin=1\a2\n", BadUser, 3, "pin", "printable"},
	{"bad offset", "[a]\nsecret=aa\npin=1\noffset = 1.5\n", BadUser, 4, "offset", "duration"},
	{"offset of half a second", "[a]\nsecret=aa\npin=1\noffset = " +
		"500ms\n", BadUser, 4, "offset", "duration"},
	{"offset of a century", "[a]\nsecret=aa\npin=1\noffset = " +
		"876000h\n", BadUser, 4, "offset", "ten years"},
	{"unknown key", "[a]\nsecret=aa\npin=1\nsecert=1\n", BadUser, 4, "secert", "unknown"},
	{"unknown key that may be a secret", "[a]\n7ac61d4736f51a2b=aa\n" +
		"pin=1\n", BadUser, 2, "?", "unknown"},
	{"key twice", "[a]\nsecret=aa\npin=1\npin=2\n", BadUser, 4, "pin", "twice"},
	{"no equals sign", "[a]\nsecret aa\npin=1\n", BadUser, 2, "", "key = value"},
	{"junk behind the name", "[a] ; mine\nsecret=aa\npin=1\n", BadUser, 1, "", "nothing " +
		"behind"},
	{"duplicate", "[a]\nsecret=aa\npin=1\n[a]\nsecret=bb\npin=2\n", BadUser, 4, "", "also at"},
	{"disabled maybe", "[a]\nsecret=aa\npin=1\n" +
		"disabled=maybe\n", BadUser, 4, "disabled", "yes or no"},
	{"row too short", "zoe 0123456789abcdef 1234\na aa\n", BadUser, 2, "", "a row is"},
	{"row too long", "zoe 0123456789abcdef 1234\na aa 1 0 5\n", BadUser, 2, "", "a row is"},
	{"row with a bad offset", "zoe 0123456789abcdef 1234\na aa 1 " +
		"inf\n", BadUser, 2, "offset", "hours"},
	{"duplicate row", "a aa 1 0\nzoe 0123456789abcdef 1234\na " +
		"bb 2\n", BadUser, 3, "", "also at"},
	{"section among rows", "zoe 0123456789abcdef 1234\n[a]\nsecret=aa\n" +
		"pin=1\n", BadUser, 2, "", "one form"},
	{"zero byte", "[a]\nsecret=aa\npin=1\n\x00", Unavailable, 0, "", "zero byte"},
}

func TestMistakes(t *testing.T) {
	for _, c := range mistakes {
		t.Run(c.name, func(t *testing.T) {
			const good = "\n[zoe]\nsecret = 0123456789abcdef\npin = 1234\n"
			text := c.text
			if c.kind == BadUser && !strings.Contains(text, "zoe") {
				text += good
			}
			table := write(t, text)
			_, u, err := table.Lookup("a")
			var e *Error
			if !errors.As(err, &e) || len(u.Tokens) != 0 {
				t.Fatalf("user %+v, error %v", u, err)
			}
			if e.Kind != c.kind || e.Line != c.line || e.Key != c.key ||
				!strings.Contains(e.Msg, c.msg) ||
				e.File != table.Path {
				t.Errorf(
					"error %+v, want kind %d, line %d, key %q, %q",
					e,
					c.kind,
					c.line,
					c.key,
					c.msg,
				)
			}
			for _, secret := range []string{"0123456789abcdef",
				"7ac61d4736f51a2b", "1234",
				"aa bb"} {
				// the folder's name is random, and may look like a PIN
				if strings.Contains(strings.ReplaceAll(err.Error(), table.Path,
					""), secret) {
					t.Errorf("the error %q tells a secret", err)
				}
			}
			if c.kind == BadUser {
				if _, _, err := table.Lookup("zoe"); err != nil {
					t.Errorf("the mistake shuts out another user: %v", err)
				}
			}
		})
	}
}

func TestUnsafeTables(t *testing.T) {
	for _, c := range []struct {
		name  string
		spoil func(path string) error
		msg   string
	}{
		{"missing", os.Remove, "no such file"},
		{"readable by others", func(p string) error {
			return os.Chmod(p, 0o644)
		}, "mode 0644, " +
			"must be 0600"},
		{"readable by the group", func(p string) error {
			return os.Chmod(p, 0o640)
		}, "mode 0640"},
		{"executable", func(p string) error { return os.Chmod(p, 0o700) }, "mode 0700"},
		{"someone else's", func(p string) error {
			return os.Chown(p, 12345, 0)
		}, "user 12345"},
		{"link", func(p string) error {
			if err := os.Rename(p, p+"2"); err != nil {
				return err
			}
			return os.Symlink(p+"2", p)
		}, "symbolic link"},
		{"FIFO", func(p string) error { os.Remove(p); return unix.Mkfifo(p, 0o600) },
			"not a regular file"},
		{"folder", func(p string) error { os.Remove(p); return os.Mkdir(p, 0o600) },
			"not a regular file"},
		{"too large", func(p string) error {
			return os.Truncate(p, maxFile+1)
		}, "larger than"},
		{"folder of users open to others", func(p string) error {
			if err := os.Mkdir(p+".d", 0o755); err != nil {
				return err
			}
			return os.Chmod(p+".d", 0o755)
		}, "mode 0755, must be 0700"},
	} {
		t.Run(c.name, func(t *testing.T) {
			table := write(t, sectionForm)
			if err := c.spoil(table.Path); err != nil {
				t.Fatal(err)
			}
			for _, user := range []string{"alice", "nobody"} {
				_, _, err := table.Lookup(user)
				var e *Error
				if !errors.As(err, &e) || e.Kind != Unavailable ||
					!strings.Contains(e.Error(), c.msg) {
					t.Errorf("%s: error %v, want %q", user, err, c.msg)
				}
				exposed := strings.Contains(c.msg, "mode") ||
					strings.Contains(c.msg, "user ")
				if errors.Is(err, ErrExposed) != exposed {
					t.Errorf("%s: %v is ErrExposed: %v", user, err, !exposed)
				}
			}
		})
	}
	t.Run("mode 0400 is safe", func(t *testing.T) {
		table := write(t, sectionForm)
		os.Chmod(table.Path, 0o400)
		if _, _, err := table.Lookup("alice"); err != nil {
			t.Error(err)
		}
	})
}

// own puts a file into the folder beside the table.
func own(t *testing.T, table Table, name, text string) {
	t.Helper()
	if err := os.MkdirAll(table.Dir(), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(table.Dir(), name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestOwnFiles(t *testing.T) {
	table := write(t, sectionForm)
	own(t, table, "dora.conf", "[dora]\nsecret=dd\npin=4\n")
	own(t, table, "a%20b.conf", "; odd\n[a b]\nsecret=dd\npin=4\n")
	own(t, table, "alice.conf", "[alice]\nsecret=dd\npin=4\n")
	own(t, table, "eve.conf", "[eve]\nsecret=dd\npin=4\n[mallory]\nsecret=dd\npin=4\n")
	own(t, table, "mallory.conf", "max_failures = 1000\n[mallory]\nsecret=dd\npin=4\n")
	own(t, table, "loose.conf", "[loose]\nsecret=dd\npin=4\n")
	own(t, table, "empty.conf", "")
	os.Chmod(table.Dir()+"/loose.conf", 0o644)

	for user, want := range map[string]string{
		"dora":    "",
		"bob":     "",
		"alice":   "also at",
		"eve":     "would be named mallory.conf",
		"mallory": "settings belong into",
		"loose":   "mode 0644",
		"empty":   "has no section",
		"nobody":  ErrNoUser.Error(),
		"a b":     "",
	} {
		settings, _, err := table.Lookup(user)
		switch {
		case want == "" && err != nil:
			t.Errorf("%s: %v", user, err)
		case want != "" && (err == nil || !strings.Contains(err.Error(), want)):
			t.Errorf("%s: %v, want %q", user, err, want)
		case settings.Policy.MaxFailures != 5:
			t.Errorf("%s: the table's settings are not in force: %+v", user,
				settings)
		}
	}
	t.Run("instead of a table", func(t *testing.T) {
		os.Remove(table.Path)
		if settings, u, err := table.Lookup("dora"); err != nil ||
			settings.Policy != motp.DefaultPolicy ||
			u.Tokens[0].Secret != "dd" {
			t.Errorf("%+v, %+v, %v", settings, u, err)
		}
		if _, _, err := table.Lookup("bob"); !errors.Is(err, ErrNoUser) {
			t.Errorf("bob: %v, want ErrNoUser", err)
		}
	})
}

func TestUsers(t *testing.T) {
	table := write(t, sectionForm+"[bad]\npin=1\n[bob]\nsecret=aa\npin=1\n")
	own(t, table, "dora.conf", "[dora]\nsecret=dd\npin=4\n")
	own(t, table, "README", "not a user")
	_, entries, err := table.Users()
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		word := "good"
		if e.Err != nil {
			word = "bad"
		}
		got = append(got, e.User.Name+" "+word)
	}
	want := "alice good, bob bad, alice2 good, bad bad, bob bad, dora good"
	if s := strings.Join(got, ", "); s != want {
		t.Errorf("users %s, want %s", s, want)
	}
}

// A user in a table of another form: the row is no section, and the section no row.
func TestFormsAreToldApart(t *testing.T) {
	for text, want := range map[string]string{
		"a aa 1\n":            "columns",
		"# x\n\n\ta\taa\t1\n": "columns",
		// reads as a setting, and fails as one
		"a=b aa 1\n":     "sections",
		"A=b aa 1\n":     "columns",
		"\n; x\n[a]\n":   "sections",
		"window=1m\n":    "sections",
		"window   =1m\n": "sections",
		"":               "sections",
		// a setting that lacks its equals sign
		"window 3m\n[a]\nsecret=aa\npin=1\n": "sections",
		"window 3m\n":                        "columns",
		"z aa 1\n[a]\nsecret=aa\npin=1\n":    "columns",
		// some editors write a byte order mark
		"\xef\xbb\xbf[a]\nsecret=aa\npin=1\n": "sections",
	} {
		got := "sections"
		if documentOf("x", []byte(text)).form() == inColumns {
			got = "columns"
		}
		if got != want {
			t.Errorf("%q reads as %s, want %s", text, got, want)
		}
	}
}
