package conf

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pam-motp/pam-motp/motp"
)

const (
	secretA = "7ac61d4736f51a2b"
	secretB = "0123456789abcdef"
)

// writeTable makes a table in a folder of its own.
func writeTable(t *testing.T, content string) Table {
	t.Helper()
	table := Table{Path: filepath.Join(t.TempDir(), "motp.conf")}
	if err := os.WriteFile(table.Path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return table
}

// writeOwn makes a user's own file in the folder beside the table.
func writeOwn(t *testing.T, table Table, name, content string) string {
	t.Helper()
	if err := os.MkdirAll(table.Dir(), 0o700); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(table.Dir(), motp.EncodeName(name)+".conf")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func contentOf(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

func user(name, secret, pin string, offset time.Duration) motp.User {
	return motp.User{Name: name, Tokens: []motp.Token{{Secret: secret, PIN: pin,
		Offset: offset}}}
}

// An okEdit is what is done to a table, and what becomes of it.
type okEdit struct {
	name          string
	before, after string
	do            func(Editor) error
}

var edits = []okEdit{
	{
		"add to an empty table explains what it is",
		"",
		newTable + "\n[alice]\nsecret = " + secretA + "\npin    = 5555\n",
		func(e Editor) error { return e.Add(user("alice", secretA, "5555", 0)) },
	}, {
		"add puts a blank line above",
		"window = 1m\n[bob]\nsecret=" + secretB + "\npin=1\n",
		"window = 1m\n[bob]\nsecret=" + secretB + "\npin=1\n\n[alice]\n" +
			"secret = " + secretA + "\npin    = 5555\noffset = -1m30s\n",
		func(e Editor) error {
			return e.Add(user("alice", secretA, "5555", -90*time.Second))
		},
	}, {
		"add completes a last line without an end",
		"[bob]\nsecret=" + secretB + "\npin=1",
		"[bob]\nsecret=" + secretB + "\npin=1\n\n[alice]\nsecret = " + secretA +
			"\npin    = 5555\n",
		func(e Editor) error { return e.Add(user("alice", secretA, "5555", 0)) },
	}, {
		"add keeps Windows line ends",
		"; x\r\n\r\n[bob]\r\nsecret=" + secretB + "\r\npin=1\r\n",
		"; x\r\n\r\n[bob]\r\nsecret=" + secretB + "\r\npin=1\r\n\r\n[alice]\r\n" +
			"secret = " + secretA + "\r\npin    = 5555\r\n",
		func(e Editor) error { return e.Add(user("alice", secretA, "5555", 0)) },
	}, {
		"add a disabled user",
		"; x\n\n",
		"; x\n\n[alice]\nsecret   = " + secretA + "\npin      = 5555\ndisabled = yes\n",
		func(e Editor) error {
			u := user("alice", secretA, "5555", 0)
			u.Disabled = true
			return e.Add(u)
		},
	}, {
		"add a PIN of every sign",
		"; x\n\n",
		"; x\n\n[al ice]\nsecret = " + secretA + "\npin    = ;#\"'`\\ =%(x)s é\n",
		func(e Editor) error {
			return e.Add(user("al ice", secretA, ";#\"'`\\ =%(x)s é", 0))
		},
	}, {
		"add a row between tabs",
		"# user\tsecret\tpin\toffset\n\nbob\t" + secretB + "\t1\t0\n",
		"# user\tsecret\tpin\toffset\n\nbob\t" + secretB + "\t1\t0\n" +
			"alice\t" + secretA + "\t5555\t5.5\n",
		func(e Editor) error {
			return e.Add(user("alice", secretA, "5555",
				5*time.Hour+30*time.Minute))
		},
	}, {
		"add a row below the columns of the last",
		"bob   " + secretB + "  1234   0  # on holiday",
		"bob   " + secretB + "  1234   0  # on holiday\nalice " + secretA + "  55555  -1\n",
		func(e Editor) error { return e.Add(user("alice", secretA, "55555", -time.Hour)) },
	}, {
		"add a row with an offset in seconds",
		"bob\t" + secretB + "\t1\n",
		"bob\t" + secretB + "\t1\nalice\t" + secretA + "\t5555\t1.0056\n",
		func(e Editor) error {
			return e.Add(user("alice", secretA, "5555",
				time.Hour+20*time.Second))
		},
	}, {
		"remove leaves the comments of the file, of the next, and of nobody",
		"; the file's\n[alice]\nsecret = 1\n; hers\npin = 2\n; hers too\n\n; nobody's\n\n" +
			"; bob's\n[bob]\nsecret = 3\npin = 4\n",
		"; the file's\n; nobody's\n\n; bob's\n[bob]\nsecret = 3\npin = 4\n",
		func(e Editor) error { return e.Remove("alice") },
	}, {
		"remove takes the comment directly above along",
		"; head\n\n; nobody's\n\n; bob's\n[bob]\nsecret = 3\npin = 4\n\n; alice's\n" +
			"[alice]\nsecret = 1\npin = 2\n",
		"; head\n\n; nobody's\n\n; alice's\n[alice]\nsecret = 1\npin = 2\n",
		func(e Editor) error { return e.Remove("bob") },
	}, {
		"remove the last section and the blank line above it",
		"window = 1m\n\n[bob]\nsecret = 3\npin = 4\n\n[alice]\nsecret = 1\npin = 2\n",
		"window = 1m\n\n[bob]\nsecret = 3\npin = 4\n",
		func(e Editor) error { return e.Remove("alice") },
	}, {
		"remove a section that touches the next one's comment",
		"window = 1m\n[alice]\nsecret = 1\npin = 2\n; bob's\n[bob]\nsecret = 3\npin = 4\n",
		"window = 1m\n; bob's\n[bob]\nsecret = 3\npin = 4\n",
		func(e Editor) error { return e.Remove("alice") },
	}, {
		"remove every token of a user",
		"[alice/tablet]\nsecret = 1\npin = 2\n\n[alice]\nsecret = 1\npin = 2\n\n; bob's\n" +
			"[bob]\nsecret = 3\npin = 4\n\n; on the desk\n[alice/desk]\nsecret = 1\n" +
			"pin = 2\n",
		"; bob's\n[bob]\nsecret = 3\npin = 4\n",
		func(e Editor) error { return e.Remove("alice") },
	}, {
		"set a key of a user's first token",
		"[alice/tablet]\nsecret = 1\npin = 2\n[alice]\nsecret = 1\npin = 2\n",
		"[alice/tablet]\nsecret = 1\npin = 2\n[alice]\nsecret = 1\npin = 77\n",
		func(e Editor) error { return e.Set(Address{User: "alice"}, "pin", "77") },
	}, {
		"set a key of another type of token",
		"[alice]\ntype = totp\nsecret = JBSWY3DPEHPK3PXP\n",
		"[alice]\ntype = totp\nsecret = JBSWY3DPEHPK3PXP\ndigits = 8\n",
		func(e Editor) error { return e.Set(Address{User: "alice"}, "digits", "8") },
	}, {
		"set two keys at once",
		"[alice]\nsecret = 1\npin = 2\n",
		"[alice]\nsecret = 3\npin = 2\noffset = 1h\n",
		func(e Editor) error {
			return e.SetAll(Address{User: "alice"},
				[]Assignment{{"offset", "1h"}, {"secret", "3"}})
		},
	}, {
		"remove a broken section",
		"[bob]\nsecret = 3\npin = 4\n\n[alice]\nnonsense\n\n[carol]\nsecret = 5\npin = 6\n",
		"[bob]\nsecret = 3\npin = 4\n\n[carol]\nsecret = 5\npin = 6\n",
		func(e Editor) error { return e.Remove("alice") },
	}, {
		"remove a row",
		"# user secret pin\nbob 3 4\nalice 1 2\ncarol 5 6\n",
		"# user secret pin\nbob 3 4\ncarol 5 6\n",
		func(e Editor) error { return e.Remove("alice") },
	}, {
		"remove takes only the one with the very name",
		"[alice2]\nsecret = 1\npin = 2\n\n[Alice]\nsecret = 1\npin = 2\n\n[alice]\n" +
			"secret = 1\npin = 2\n",
		"[alice2]\nsecret = 1\npin = 2\n\n[Alice]\nsecret = 1\npin = 2\n",
		func(e Editor) error { return e.Remove("alice") },
	}, {
		"set changes a value and nothing around it",
		"[alice]\n  secret =   1\n\tpin\t=\t2\t\r\n; pin = 3\n[bob]\nsecret = 3\npin = 4\n",
		"[alice]\n  secret =   1\n\tpin\t=\t77\r\n; pin = 3\n[bob]\nsecret = 3\npin = 4\n",
		func(e Editor) error { return e.Set(Address{User: "alice"}, "pin", "77") },
	}, {
		"set adds a key below the last, with the equals signs in line",
		"[alice]\nsecret = 1\npin    = 2\n; a comment\n\n[bob]\nsecret = 3\npin = 4\n",
		"[alice]\nsecret = 1\npin    = 2\noffset = 1h\n; a comment\n\n[bob]\nsecret = 3\n" +
			"pin = 4\n",
		func(e Editor) error { return e.Set(Address{User: "alice"}, "offset", "1h") },
	}, {
		"set adds a key to the end of a file without a last line end",
		"[alice]\nsecret=1\npin=2",
		"[alice]\nsecret=1\npin=2\ndisabled=yes\n",
		func(e Editor) error { return e.Set(Address{User: "alice"}, "disabled", "yes") },
	}, {
		"set mends a broken entry",
		"[alice]\nsecret = 1\npin = 2\noffset = soon\n",
		"[alice]\nsecret = 1\npin = 2\noffset = -90s\n",
		func(e Editor) error { return e.Set(Address{User: "alice"}, "offset", "-90s") },
	}, {
		"set a column",
		"alice  1  2  0  # note\nbob 3 4\n",
		"alice  1  77  0  # note\nbob 3 4\n",
		func(e Editor) error { return e.Set(Address{User: "alice"}, "pin", "77") },
	}, {
		"set a missing column before the comment",
		"alice\t1\t2  # note\nbob 3 4\n",
		"alice\t1\t2\t1  # note\nbob 3 4\n",
		func(e Editor) error { return e.Set(Address{User: "alice"}, "offset", "1h") },
	}, {
		"set behind a byte order mark",
		"\ufeff[alice]\r\nsecret = 1\r\npin = 2\r\n",
		"\ufeff[alice]\r\nsecret = 1\r\npin = 77\r\n",
		func(e Editor) error { return e.Set(Address{User: "alice"}, "pin", "77") },
	}, {
		"set a column behind a byte order mark",
		"\ufeffalice 1 2\r\n",
		"\ufeffalice 1 77\r\n",
		func(e Editor) error { return e.Set(Address{User: "alice"}, "pin", "77") },
	}, {
		"add beside a name that begins the same",
		"[alice]]\nsecret = 1\npin = 2\n",
		"[alice]]\nsecret = 1\npin = 2\n\n[alice]\nsecret = " + secretA +
			"\npin    = 5555\n",
		func(e Editor) error { return e.Add(user("alice", secretA, "5555", 0)) },
	}, {
		"unset a key",
		"[alice]\nsecret = 1\npin = 2\ndisabled = yes\n; end\n",
		"[alice]\nsecret = 1\npin = 2\n; end\n",
		func(e Editor) error { return e.Unset(Address{User: "alice"}, "disabled") },
	}, {
		"unset what is not there",
		"[alice]\nsecret = 1\npin = 2\n",
		"[alice]\nsecret = 1\npin = 2\n",
		func(e Editor) error { return e.Unset(Address{User: "alice"}, "disabled") },
	}, {
		"unset an offset in a row",
		"alice 1 2 5.5\n",
		"alice 1 2 0\n",
		func(e Editor) error { return e.Unset(Address{User: "alice"}, "offset") },
	},
}

func editing(t Table) Editor { return Editor{Table: t} }

func TestEdit(t *testing.T) {
	for _, c := range append(edits, tokenEdits...) {
		t.Run(c.name, func(t *testing.T) {
			table := writeTable(t, c.before)
			if err := c.do(Editor{table, true}); err != nil {
				t.Fatalf("rehearsal: %v", err)
			}
			if got := contentOf(t, table.Path); got != c.before {
				t.Fatalf("the rehearsal changed the table:\n%s", got)
			}
			if err := c.do(editing(table)); err != nil {
				t.Fatal(err)
			}
			if got := contentOf(t, table.Path); got != c.after {
				t.Errorf("got:\n%q\nwant:\n%q", got, c.after)
			}
			onlyFile(t, table.Path)
		})
	}
}

// onlyFile fails if something was left beside a file.
func onlyFile(t *testing.T, path string) {
	t.Helper()
	files, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		t.Fatal(err)
	}
	if len(files) != 1 || files[0].Name() != filepath.Base(path) {
		t.Errorf("the folder holds %v, want the table alone", files)
	}
}

type refusedEdit struct {
	name, before, want string
	do                 func(Editor) error
}

var editsRefused = func() []refusedEdit {
	const ini = "[alice]\nsecret = " + secretA + "\npin = 5555\n"
	const rows = "alice " + secretA + " 5555 0\n"
	return []refusedEdit{
		{
			"add who is there",
			ini,
			"motp.conf:1: alice is here already",
			func(e Editor) error { return e.Add(user("alice", secretB, "1111", 0)) },
		},
		{
			"add who is in a row",
			rows,
			"motp.conf:1: alice is here already",
			func(e Editor) error { return e.Add(user("alice", secretB, "1111", 0)) },
		},
		{
			"name with a bracket",
			ini,
			`a]b: the user's name must have no [, ] or /`,
			func(e Editor) error { return e.Add(user("a]b", secretB, "1111", 0)) },
		},
		{
			"name with a line end",
			ini,
			`"a\n[root]": the user's name must have printable characters only`,
			func(e Editor) error {
				return e.Add(user("a\n[root]", secretB, "1111", 0))
			},
		},
		{
			"name that is empty",
			ini,
			`the user's name must not be empty`,
			func(e Editor) error { return e.Add(user("", secretB, "1111", 0)) },
		},
		{
			"name in blanks",
			ini,
			`" bob": the user's name must not begin or end with a blank`,
			func(e Editor) error { return e.Add(user(" bob", secretB, "1111", 0)) },
		},
		{
			"name that is no UTF-8",
			ini,
			`"b\xffb": the user's name must have printable`,
			func(e Editor) error { return e.Add(user("b\xffb", secretB, "1111", 0)) },
		},
		{
			"PIN with a line end",
			ini,
			`bob: pin: may hold printable characters only`,
			func(e Editor) error { return e.Add(user("bob", secretB, "1\n[eve]", 0)) },
		},
		{
			"PIN in blanks",
			ini,
			`bob: pin must not begin or end with a blank`,
			func(e Editor) error { return e.Add(user("bob", secretB, "1111 ", 0)) },
		},
		{
			"PIN that is empty",
			ini,
			`bob: pin: must have 1 to 64`,
			func(e Editor) error { return e.Add(user("bob", secretB, "", 0)) },
		},
		{
			"PIN that is long",
			ini,
			`bob: pin: must have 1 to 64 characters`,
			func(e Editor) error {
				return e.Add(user("bob", secretB, strings.Repeat("1", 65), 0))
			},
		},
		{
			"secret with a blank",
			ini,
			`bob: secret: may hold`,
			func(e Editor) error { return e.Add(user("bob", "01 23", "1111", 0)) },
		},
		{
			"two first tokens",
			ini,
			`bob: the first token has no name, the others have`,
			func(e Editor) error {
				return e.Add(
					motp.User{
						Name: "bob",
						Tokens: []motp.Token{{Secret: "1", PIN: "2"},
							{Secret: "3", PIN: "4"}},
					},
				)
			},
		},
		{
			"offset of half a second",
			ini,
			`bob: offset: must be a duration`,
			func(e Editor) error {
				return e.Add(user("bob", secretB, "1111", time.Second/2))
			},
		},
		{
			"row with a blank in the name",
			rows,
			`cannot say the user's name if it has a blank in it; ` +
				`a [section] can, in a file of the user's own: `,
			func(e Editor) error { return e.Add(user("b b", secretB, "1111", 0)) },
		},
		{
			"row with a blank in the PIN",
			rows,
			`motp.conf.d/bob.conf`,
			func(e Editor) error { return e.Add(user("bob", secretB, "1 1", 0)) },
		},
		{
			"row that would be a comment",
			rows,
			`a user's name that begins with #`,
			func(e Editor) error { return e.Add(user("#bob", secretB, "1111", 0)) },
		},
		{
			"row that would be a section",
			rows,
			`a user's name that begins with [`,
			func(e Editor) error { return e.Add(user("[bob]", secretB, "1111", 0)) },
		},
		{
			"row of a disabled user",
			rows,
			`cannot say that a user is disabled; a [section] can, in a file of the ` +
				`user's own: `,
			func(e Editor) error {
				return e.Set(Address{User: "alice"}, "disabled", "yes")
			},
		},
		{
			"row without a PIN",
			rows,
			`cannot say a user without a pin`,
			func(e Editor) error { return e.Unset(Address{User: "alice"}, "pin") },
		},
		{
			"remove who is not there",
			ini,
			ErrNoUser.Error(),
			func(e Editor) error { return e.Remove("bob") },
		},
		{
			"remove who is not in a row",
			rows,
			ErrNoUser.Error(),
			func(e Editor) error { return e.Remove("bob") },
		},
		{"remove nobody", ini, ErrNoUser.Error(), func(e Editor) error {
			return e.Remove("")
		}},
		{
			"set for who is not there",
			ini,
			ErrNoUser.Error(),
			func(e Editor) error { return e.Set(Address{User: "bob"}, "pin", "1") },
		},
		{
			"set an unknown key",
			ini,
			`alice: shape: unknown key`,
			func(e Editor) error {
				return e.Set(Address{User: "alice"}, "shape", "blue")
			},
		},
		{
			"set a bad value",
			ini,
			`alice: offset: must be a duration`,
			func(e Editor) error {
				return e.Set(Address{User: "alice"}, "offset", "soon")
			},
		},
		{
			"set a bad disabled",
			ini,
			`alice: disabled: must be yes or no`,
			func(e Editor) error {
				return e.Set(Address{User: "alice"}, "disabled", "maybe")
			},
		},
		{
			"unset what is needed",
			ini,
			`secret: is missing`,
			func(e Editor) error { return e.Unset(Address{User: "alice"}, "secret") },
		},
		{
			"who stands twice",
			ini + ini,
			`alice: this user is also at`,
			func(e Editor) error { return e.Remove("alice") },
		},
		{
			"key that stands twice",
			ini + "pin = 6666\n",
			`has pin twice, in lines 3 and 4: delete one of them`,
			func(e Editor) error {
				return e.Set(Address{User: "alice"}, "pin", "7777")
			},
		},
		{
			"entry that stays broken",
			ini + "shape = blue\n",
			`motp.conf:4: shape: unknown key`,
			func(e Editor) error {
				return e.Set(Address{User: "alice"}, "pin", "7777")
			},
		},
		{
			"row whose removal leaves sections",
			"bob 1 2\n" + ini,
			`bob: the file mixes rows and [sections]`,
			func(e Editor) error { return e.Remove("bob") },
		},
		{
			"settings that are broken",
			"window = soon\n" + ini,
			`motp.conf:1: window: must be a duration`,
			func(e Editor) error { return e.Add(user("bob", secretB, "1111", 0)) },
		},
	}
}()

// refused edits leave the table as it is, and say why without a secret or a PIN.
func TestEditRefused(t *testing.T) {
	for _, c := range append(editsRefused, tokenEditsRefused...) {
		t.Run(c.name, func(t *testing.T) {
			table := writeTable(t, c.before)
			for kind, e := range map[string]Editor{"rehearsal": Editor{table, true},
				"edit": editing(table)} {
				err := c.do(e)
				if err == nil || !strings.Contains(err.Error(), c.want) {
					t.Errorf("%s: got %v, want …%s…", kind, err, c.want)
					continue
				}
				message := strings.ReplaceAll(err.Error(),
					filepath.Dir(table.Path), "")
				for _, secret := range []string{secretA, secretB, "5555", "1111",
					"6666", "7777"} {
					if strings.Contains(message, secret) {
						t.Errorf("%s: the error shows a secret or PIN: %v",
							kind, err)
					}
				}
				var known *Error
				if !errors.Is(err, ErrNoUser) && !errors.As(err, &known) {
					t.Errorf("%s: error is a %T", kind, err)
				}
			}
			if got := contentOf(t, table.Path); got != c.before {
				t.Errorf("the table was changed:\n%s", got)
			}
			onlyFile(t, table.Path)
		})
	}
}
