package conf

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/pam-motp/pam-motp/motp"
)

// strict refuses what is plain.
type strict struct{ keyed }

func (strict) RefusesPlain() bool { return true }

// Where everything was sealed, what is plain keeps its user out, by the search and by the index,
// in every place and form, and nobody else.
func TestPlainAmongSealed(t *testing.T) {
	good := content2(t, sealedTable(t, "a"))
	for what, c := range map[string]struct {
		text, own string
		who       string
	}{
		"a user":                {good + "[mal]\nsecret = 11\npin = 1\n", "", "mal"},
		"a secret":              {replaced(good, "secret", "secret = 1111"), "", "alice"},
		"a PIN":                 {replaced(good, "pin", "pin = 9999"), "", "alice"},
		"a further token":       {good + "[bob/own]\nsecret = 1111\npin = 1\n", "", "bob"},
		"a token with no PIN":   {good + "[m]\ntype = totp\nsecret = MFRA\n", "", "m"},
		"a row of four columns": {"m 1111 1 0\n", "", "m"},
		"a file of their own":   {good, "[m]\nsecret = 11\npin = 1\n", "m"},
	} {
		table := Table{write(t, c.text).Path, strict{"a"}}
		if c.own != "" {
			must(t, os.Mkdir(table.Dir(), 0o700))
			must(t, os.WriteFile(table.Dir()+"/"+c.who+".conf", []byte(c.own), 0o600))
		}
		k := keptOf(t, table)
		for _, d := range []interface {
			Lookup(string) (Settings, motp.User, error)
		}{table, k} {
			_, got, err := d.Lookup(c.who)
			if !errors.Is(err, motp.ErrSealed) || len(got.Tokens) > 0 ||
				!strings.Contains(err.Error(), "is plain") {
				t.Errorf("%s, %T: %+v, %v", what, d, got, err)
			}
			for _, other := range []string{"alice", "bob"} {
				_, _, err := d.Lookup(other)
				if other != c.who && errors.Is(err, motp.ErrSealed) {
					t.Errorf("%s, %T: %s: %v", what, d, other, err)
				}
			}
			if _, _, err := d.Lookup("carol"); !errors.Is(err, ErrNoUser) {
				t.Errorf("%s, %T: carol: %v", what, d, err)
			}
		}
		table.Sealer = keyed("a")
		if _, _, err := table.Lookup(c.who); err != nil {
			t.Errorf("%s, where plain values are taken: %v", what, err)
		}
	}
}

// replaced is a table whose first line with a key is another.
func replaced(text, key, line string) string {
	lines := strings.SplitAfter(text, "\n")
	for i, l := range lines {
		if strings.HasPrefix(l, key) {
			lines[i] = line + "\n"
			break
		}
	}
	return strings.Join(lines, "")
}
