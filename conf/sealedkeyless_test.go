package conf

import (
	"os"
	"strings"
	"testing"

	"github.com/pam-motp/pam-motp/motp"
)

// Where plain values are refused, and there is no key, nobody is written who could not log in: into
// neither form, nor into a file of their own, though nothing is sealed there.
func TestEditorWhereThePlainIsRefused(t *testing.T) {
	const bob, row = "[bob]\nsecret = 0123456789abcdef\npin = 1234\n", "bob 0123456789abcdef 1"
	carol := user("carol", secretNew, "4711", 0)
	for what, c := range map[string]struct {
		text string
		edit func(Editor) error
	}{
		"add":   {"", func(e Editor) error { return e.Add(carol) }},
		"a row": {row + "\n", func(e Editor) error { return e.Add(carol) }},
		"put":   {bob, func(e Editor) error { return e.Put([]motp.User{carol}, nil) }},
		"token": {bob, func(e Editor) error {
			return e.AddToken("bob", motp.Token{Name: "x", Type: motp.TOTP,
				Secret: key})
		}},
		"pin": {bob, func(e Editor) error {
			return e.Set(Address{"bob", ""}, "pin", "4711")
		}},
		"pin in a row": {row + "\n", func(e Editor) error {
			return e.Set(Address{"bob", ""}, "pin", "4711")
		}},
	} {
		table := Table{write(t, c.text).Path, strict{""}}
		err := c.edit(Editor{Table: table})
		if err == nil || content2(t, table) != c.text ||
			!strings.Contains(err.Error(), "there is no key") ||
			!strings.Contains(err.Error(), "motp unseal") {
			t.Errorf("%s: %v", what, err)
		}
		table.Sealer = keyed("")
		if err := c.edit(Editor{Table: table}); err != nil {
			t.Errorf("%s, where plain values are taken: %v", what, err)
		}
	}
	table := Table{write(t, bob).Path, strict{""}}
	if err := (Editor{Table: table}).Set(Address{"bob", ""}, "disabled", "yes"); err != nil {
		t.Errorf("what is no secret: %v", err)
	}
	if err := (Editor{Table: table}).Remove("bob"); err != nil {
		t.Error(err)
	}
	must(t, os.Mkdir(table.Dir(), 0o700))
	own := table.Dir() + "/bob.conf"
	must(t, os.WriteFile(own, []byte(bob), 0o600))
	err := Editor{Table: table}.Set(Address{"bob", ""}, "pin", "4711")
	if text, _ := os.ReadFile(own); err == nil || string(text) != bob {
		t.Errorf("in a file of their own: %v, %s", err, text)
	}
}
