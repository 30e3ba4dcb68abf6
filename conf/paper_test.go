package conf

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/pam-motp/pam-motp/motp"
)

const (
	saltHex  = "000102030405060708090a0b0c0d0e0f"
	oneHash  = "6f831295798042721c84c4381dfb17b6"
	twoHash  = "5f6c460e563747698841ed85ad540ae9"
	paperSet = "3/" + saltHex + "/" + oneHash + " " + twoHash
)

// onPaper is what paperSet says.
func onPaper(t *testing.T) motp.PaperCodes {
	t.Helper()
	p, ok := parsePaper(paperSet)
	if !ok || p.Set != 3 || p.Digits || p.Salt[1] != 1 || p.Salt[15] != 15 ||
		len(p.Hashes) != 2 || p.Hashes[0][0] != 0x6f || p.Hashes[1][15] != 0xe9 {
		t.Fatalf("%v, %v", p, ok)
	}
	return p
}

// A set stands in the user's own section, and what is none refuses that user alone.
func TestPaper(t *testing.T) {
	for _, c := range []struct {
		name, section string
		set           uint64
		digits        bool
		line          int
	}{
		{"a set", "paper = " + paperSet + "\n", 3, false, 0},
		{"blanks and capitals", "paper =\t3/" + strings.ToUpper(saltHex) + "/  " +
			strings.ToUpper(oneHash) + "\t " + twoHash + " \n", 3, false, 0},
		{"of digits", "paper = 12d/" + saltHex + "/" + oneHash + " " + twoHash + "\n", 12,
			true, 0},
		{"none", "", 0, false, 0},
		{"before a further token", "paper = " + paperSet + "\n[a/b]\nsecret=aa\npin=1\n", 3,
			false, 0},
		{"in a further token", "[a/b]\nsecret=aa\npin=1\npaper = " + paperSet + "\n", 0,
			false, 4},
		{"twice", "paper = " + paperSet + "\npaper = " + paperSet + "\n", 0, false, 5},
		{"empty", "paper =\n", 0, false, 4},
		{"set 0", "paper = 0" + paperSet[1:] + "\n", 0, false, 4},
		{"a sign", "paper = +" + paperSet + "\n", 0, false, 4},
		{"too high a set", "paper = 4294967297" + paperSet[1:] + "\n", 0, false, 4},
		{"a set beyond numbers", "paper = 99999999999999999999" + paperSet[1:] + "\n", 0,
			false, 4},
		{"no salt", "paper = 3/" + oneHash + "\n", 0, false, 4},
		{"a short salt", "paper = 3/" + saltHex[2:] + "/" + oneHash + "\n", 0, false, 4},
		{"a short hash", "paper = 3/" + saltHex + "/" + oneHash[2:] + "\n", 0, false, 4},
		{"no hex", "paper = 3/" + saltHex + "/x" + oneHash[1:] + "\n", 0, false, 4},
		{"no hash", "paper = 3/" + saltHex + "/\n", 0, false, 4},
		{"one hash twice", "paper = 3/" + saltHex + "/" + oneHash + " " + oneHash + "\n", 0,
			false, 4},
		{"seventeen", "paper = 3/" + saltHex + "/" + manyHashes(17) + "\n", 0, false, 4},
		{"sixteen", "paper = 3/" + saltHex + "/" + manyHashes(16) + "\n", 3, false, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			table := write(t, "[a]\nsecret = aa\npin = 1\n"+c.section+
				"[zoe]\nsecret = 0123456789abcdef\npin = 1234\n")
			_, u, err := table.Lookup("a")
			var e *Error
			switch {
			case c.line == 0 && (err != nil || u.Paper.Set != c.set ||
				u.Paper.Digits != c.digits || u.Paper.Exist() != (c.set > 0)):
				t.Errorf("%v, %v", u.Paper, err)
			case c.line != 0 && (!errors.As(err, &e) || e.Key != paperKey ||
				e.Line != c.line || u.Paper.Exist()):
				t.Errorf("%v, %v", u.Paper, err)
			case err != nil && strings.Contains(err.Error(), oneHash[:8]):
				t.Errorf("%v tells a hash", err)
			}
			if _, zoe, err := table.Lookup("zoe"); err != nil || zoe.Paper.Exist() {
				t.Errorf("zoe: %v, %v", zoe, err)
			}
		})
	}
}

// manyHashes are so many, all different.
func manyHashes(n int) string {
	var all []string
	for i := range n {
		all = append(all, string("0123456789abcdefg"[i%16])+
			string("0123456789abcdefg"[i/16])+oneHash[2:])
	}
	return strings.Join(all, " ")
}

// Edits keep a user's set, or change it and nothing else.
func TestPaperEdits(t *testing.T) {
	p := onPaper(t)
	alice := user("alice", secretA, "5555", 0)
	withPaper := alice
	withPaper.Paper = p
	plain := "[alice]\nsecret = " + secretA + "\npin    = 5555\n"
	section := plain + "paper  = " + paperSet + "\n"
	for _, c := range []struct {
		name, before, after string
		edit                func(Editor) error
	}{
		{"set", plain, section, func(e Editor) error { return e.SetPaper("alice", p) }},
		{"another", plain + "paper  = 2d/" + saltHex + "/" + twoHash + "\n", section,
			func(e Editor) error { return e.SetPaper("alice", p) }},
		{"taken away", section, plain, func(e Editor) error {
			return e.SetPaper("alice", motp.PaperCodes{})
		}},
		{"another PIN", section, strings.ReplaceAll(section, "5555", "1"),
			func(e Editor) error { return e.Set(Address{User: "alice"}, "pin", "1") }},
		{"a further token", section, section + "\n[alice/key]\ntype   = totp\nsecret = " +
			key32 + "\n", func(e Editor) error {
			return e.AddToken("alice", totp("key"))
		}},
		{"the further token taken away", section + "\n[alice/key]\ntype   = totp\n" +
			"secret = " + key32 + "\n", section, func(e Editor) error {
			return e.RemoveToken(Address{"alice", "key"})
		}},
		{"added", "; x\n", "; x\n\n" + strings.ReplaceAll(section, "  = 3", "  = 3"),
			func(e Editor) error { return e.Add(withPaper) }},
		{"put in the place of another", plain, section, func(e Editor) error {
			return e.Put(nil, []motp.User{withPaper})
		}},
		{"put without", section, plain, func(e Editor) error {
			return e.Put(nil, []motp.User{alice})
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			table := write(t, c.before)
			if err := c.edit(editing(table)); err != nil {
				t.Fatal(err)
			}
			if got := contentOf(t, table.Path); got != c.after {
				t.Errorf("%q, want %q", got, c.after)
			}
		})
	}
}

// What cannot be written is not, and says why.
func TestPaperThatCannotBeWritten(t *testing.T) {
	p := onPaper(t)
	long := p
	for i := range motp.MaxPaper {
		long.Hashes = append(slices.Clip(long.Hashes), motp.PaperHash{byte(i)})
	}
	rows := "alice\t" + secretA + "\t5555\t0\n"
	sections := "[alice]\nsecret = 1\npin = 2\n"
	withPaper := user("bob", secretA, "5555", 0)
	withPaper.Paper = p
	for _, c := range []struct {
		name, text, msg string
		edit            func(Editor) error
	}{
		{"in a row", rows, "the four-column table cannot say which codes a user has on " +
			"paper; a [section] can, in a file of the user's own: ",
			func(e Editor) error { return e.SetPaper("alice", p) }},
		{"a new row", rows, "which codes a user has on paper",
			func(e Editor) error { return e.Add(withPaper) }},
		{"too many", sections, wrongPaper,
			func(e Editor) error { return e.SetPaper("alice", long) }},
		{"of nobody", sections, ErrNoUser.Error(),
			func(e Editor) error { return e.SetPaper("bob", p) }},
		{"of a token", sections + "[alice/key]\nsecret = 1\npin = 2\n", ofTheUser,
			func(e Editor) error {
				return e.Set(Address{"alice", "key"}, "paper", paperSet)
			}},
	} {
		t.Run(c.name, func(t *testing.T) {
			table := write(t, c.text)
			err := c.edit(editing(table))
			if err == nil || !strings.Contains(err.Error(), c.msg) ||
				strings.Contains(err.Error(), oneHash[:8]) {
				t.Errorf("%v; want %s", err, c.msg)
			}
			if got := contentOf(t, table.Path); got != c.text {
				t.Errorf("changed to %q", got)
			}
		})
	}
}
