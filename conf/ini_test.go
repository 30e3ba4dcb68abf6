package conf

import (
	"errors"
	"strings"
	"testing"

	"github.com/pam-motp/pam-motp/motp"
)

// A value is what stands in its line, whatever a library for INI files makes of it elsewhere.
func TestValuesAreLiteral(t *testing.T) {
	for _, pin := range []string{
		`'1'`, `"1"`, `""`, `"`, `''1`, `"1`, `""1`, "1`", "a`b`", `#1`, `;1`,
		`a ; b`, `a # b`,
		`\`, `1\`, `\n`, `\"`, `%(secret)s`, `%(pin)s`, `$HOME`, `a=b`, `=`,
		`a: b`, `:`, `[b]`,
		`-`, `yes`, `1  2`, `é`, `'''1'''`, `$(id)`, `{1}`, `1"""`,
	} {
		text := "[alice]\nsecret = " + secretA + "\npin = " + pin +
			"\n[bob]\nsecret=1\npin=2\n"
		for _, text := range []string{text, strings.ReplaceAll(text, "\n", " \t\r\n")} {
			table := write(t, text)
			_, u, err := table.Lookup("alice")
			if err != nil || u.Tokens[0].PIN != pin {
				t.Errorf("%q is read as %+v, %v", pin, u.Tokens, err)
			}
			to := Address{User: "bob"}
			if err := editing(table).Set(to, "pin", pin); err != nil {
				t.Errorf("%q cannot be written: %v", pin, err)
			} else if _, u, err := table.Lookup("bob"); err != nil ||
				u.Tokens[0].PIN != pin {
				t.Errorf("%q was written, and is read as %+v, %v", pin,
					u.Tokens, err)
			}
		}
	}
}

// What the library takes off a value, it takes off a secret, too. So such values are refused, by
// the name of the key, and the lines below are read as they are.
func TestQuotedValuesAreRefused(t *testing.T) {
	for _, value := range []string{
		"`4711`", "`", "``", "`4711", `"""`, `"""4711`, `"""4711"""`, `""""4711"`,
		"\u00a0`4711",
	} {
		for _, key := range []string{"pin", "secret", "offset", "disabled", "type"} {
			table := write(t, "[zoe]\nsecret=1\npin=2\n[alice]\n"+key+"="+value+
				"\nsecret="+secretA+
				"\npin=5555\n[bob]\nsecret=1\npin=2\n")
			_, u, err := table.Lookup("alice")
			var e *Error
			if !errors.As(err, &e) || e.Line != 5 || e.Key != key ||
				e.Kind != BadUser ||
				!strings.Contains(e.Msg, "choose another value") {
				t.Errorf("%s = %q is read as %+v, %v", key, value, u, err)
			} else if strings.Contains(e.Error(), "4711") ||
				strings.Contains(e.Error(), secretA) {
				t.Errorf("the error tells a value: %v", err)
			}
			for _, other := range []string{"zoe", "bob"} {
				if _, _, err := table.Lookup(other); err != nil {
					t.Errorf("%s = %q shuts out %s: %v", key, value, other, err)
				}
			}
		}
		table := write(t, "max_failures = "+value+"\n[alice]\nsecret=1\npin=2\n")
		var e *Error
		_, _, err := table.Lookup("alice")
		if !errors.As(err, &e) || e.Key != "max_failures" ||
			e.Kind != BadSettings || e.Line != 1 {
			t.Errorf("max_failures = %q: %v", value, err)
		}
	}
}

// Whatever writes refuses such values, too, and says which it was. The four columns of
// pam_mobile_otp, which no library reads, take them as ever.
func TestQuotedValuesAreNotWritten(t *testing.T) {
	for _, value := range []string{"`4711`", "`4711", `"""4711`, `"""`} {
		before := "[bob]\nsecret = 1\npin = 2\n"
		other := motp.Token{Name: "app", Secret: secretA, PIN: value}
		for name, c := range map[string]struct {
			key string
			do  func(Editor) error
		}{
			"add": {"pin", func(e Editor) error {
				return e.Add(user("alice", "1", value, 0))
			}},
			"add secret": {"secret", func(e Editor) error {
				return e.Add(user("alice", value, "1", 0))
			}},
			"add token": {"pin", func(e Editor) error {
				return e.AddToken("bob", other)
			}},
			"set": {"pin", func(e Editor) error {
				return e.Set(Address{User: "bob"}, "pin", value)
			}},
			"import": {"pin", func(e Editor) error {
				return e.Put([]motp.User{user("alice", "1", value, 0)}, nil)
			}},
			"import over": {"secret", func(e Editor) error {
				return e.Put(nil, []motp.User{user("bob", value, "1", 0)})
			}},
		} {
			table := writeTable(t, before)
			for _, e := range []Editor{{table, true}, {table, false}} {
				err := c.do(e)
				if err == nil ||
					!strings.Contains(err.Error(),
						c.key+": must not begin with a backquote") ||
					strings.Contains(err.Error(), "4711") {
					t.Errorf("%s of %q: %v", name, value, err)
				}
			}
			if got := contentOf(t, table.Path); got != before {
				t.Errorf("%s of %q made\n%s", name, value, got)
			}
		}
		rows := writeTable(t, "bob 1 "+value+" 0\n")
		must(t, editing(rows).Add(user("alice", "1", value, 0)))
		for _, name := range []string{"alice", "bob"} {
			if _, u, err := rows.Lookup(name); err != nil || u.Tokens[0].PIN != value {
				t.Errorf("the row of %s is read as %+v, %v", name, u.Tokens, err)
			}
		}
	}
}

// The library has more ways to write a key, a value or a section than motp.conf.
func TestOnlyOurWayOfINI(t *testing.T) {
	const rest = "secret = " + secretA + "\npin = 5555\n"
	for _, c := range []struct {
		name, text string
		line       int
		key, msg   string
	}{
		{"a key in quotes", "[a]\n\"secret\" = 4711\npin = 1\n", 2, "?", "unknown key"},
		{"a key in backquotes", "[a]\n`secret` = 4711\npin = 1\n", 2, "?", "unknown key"},
		{"a quote that stays open", "[a]\n\"secret = 4711\npin = 1\n", 2, "?",
			"unknown key"},
		{"a key that counts itself", "[a]\n- = 4711\n" + rest, 2, "?", "unknown key"},
		{"no key", "[a]\n= 4711\n" + rest, 2, "?", "unknown key"},
		{"a capital", "[a]\nSecret = 4711\n" + rest, 2, "?", "unknown key"},
		{"a colon", "[a]\nsecret: 4711\n" + rest, 2, "", "key = value"},
		{"a word alone", "[a]\ndisabled\n" + rest, 2, "", "key = value"},
		{"a value that goes on", "[a]\n" + rest + "\t4711\n", 4, "", "key = value"},
		{"a key twice, the same", "[a]\n" + rest + "pin = 5555\n", 4, "pin",
			"is set twice"},
		{"a key twice, in between", "[a]\npin=1\nt0=5\nt0=6\n", 3, "t0",
			"is not for type motp"},
		{"a key that the user above has",
			"[a.b]\npin = 4711\n[a.b.c]\nsecret = 1\n[a]\npin = 1\n",
			5, "secret", "missing"},
		{"a blank that is none", "[a]\nsecret = 1\npin = 4711\u00a0\n",
			3, "pin", "cannot be printed"},
		{"such a blank in front", "[a]\nsecret = 1\npin =\u00854711\n",
			3, "pin", "cannot be printed"},
		{"a line of a form feed", "[a]\n\f[b]\n" + rest, 2, "", "key = value"},
		{"another byte order", "[a]\n\xff\xfesecret = 4711\npin = 1\n", 2, "?",
			"unknown key"},
		{"many keys", "[a]\n" + strings.Repeat("pin = 1\n", 100) + "x\n", 3,
			"pin", "twice"},
	} {
		_, u, err := write(t, c.text).Lookup("a")
		var e *Error
		if !errors.As(err, &e) || e.Line != c.line || e.Key != c.key ||
			!strings.Contains(e.Msg, c.msg) {
			t.Errorf("%s: read as %+v, %v", c.name, u, err)
		}
		if err != nil && strings.Contains(err.Error(), "4711") {
			t.Errorf("%s: the error tells a value: %v", c.name, err)
		}
	}
	for _, name := range []string{
		"DEFAULT", "default", "a.b", "é", "0", "a=b", "a b", "a;b", "%(x)s",
	} {
		table := write(t, "["+name+"]\n"+rest+
			"[DEFAULT/app]\nsecret=1\npin=1\n[a]\npin=2\n")
		if _, u, err := table.Lookup(name); err != nil || u.Tokens[0].PIN != "5555" {
			t.Errorf("[%s] is read as %+v, %v", name, u, err)
		}
	}
	long := strings.Repeat("1", 1<<20)
	_, _, err := write(t, "[a]\npin = "+long+"\nsecret = 1\n").Lookup("a")
	if err == nil || !strings.Contains(err.Error(), "pin: must have 1 to 64 characters") {
		t.Errorf("a line of a megabyte: %.200v", err)
	}
}

// One line more than there are keys holds a mistake, and the library gets no more of them.
func TestLibraryGetsFewLines(t *testing.T) {
	for _, line := range []string{"pin = 1\n", "pin\n", "`\n", "pin = `\n", "key%d = 1\n"} {
		text := []byte(strings.Repeat(line, 1000))
		if all := parseINI(text, 0, 9); len(all) != 10 {
			t.Errorf("%d lines of %q are read, want 10", len(all), line)
		}
	}
}
