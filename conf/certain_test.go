package conf

import (
	"errors"
	"testing"
)

// alice is meant to be in each of these tables, and is not found.
func TestTracesOfAUser(t *testing.T) {
	const zoe = "[zoe]\nsecret = aa\npin = 1\n"
	for name, text := range map[string]string{
		"blanks in the brackets":        zoe + "[ alice ]\nsecret = aa\npin = 1\n",
		"no opening bracket":            zoe + "alice]\nsecret = aa\npin = 1\n",
		"cut off in the name":           zoe + "[ali",
		"a no-break space":              zoe + "\u00a0[alice]\nsecret = aa\npin = 1\n",
		"a capital letter":              zoe + "[Alice]\nsecret = aa\npin = 1\n",
		"a capital letter in columns":   "zoe aa 1 0\nALICE aa 1 0\n",
		"cut off in columns":            "zoe aa 1 0\nali",
		"a token without the user":      zoe + "[Alice/tablet]\nsecret = aa\npin = 1\n",
		"a row in the form of sections": zoe + "alice aa 1 0\n",
	} {
		t.Run(name, func(t *testing.T) {
			table := write(t, text)
			if _, _, err := table.Lookup("alice"); !errors.Is(err, ErrNoUser) {
				t.Fatalf("Lookup: %v", err)
			}
			var e *Error
			if err := table.CertainlyWithout("alice"); !errors.As(err, &e) || e.Kind != Unavailable {
				t.Errorf("%v, want an error", err)
			}
		})
	}
	t.Run("a file of the folder", func(t *testing.T) {
		table := write(t, zoe)
		own(t, table, "Alice.conf", "[Alice]\nsecret = aa\npin = 1\n")
		if err := table.CertainlyWithout("alice"); err == nil {
			t.Error("no error")
		}
	})
}

func TestNoTraceOfAUser(t *testing.T) {
	for _, text := range []string{sectionForm, columnForm, "", "; nobody yet\n", "window = 3m\n", "[zoe]\nbroken = yes\n", "[zoe]\nsecret aa\npin 1\n", "[zoe", "zoe aa 1 0\nyan aa\n"} {
		table := write(t, text)
		for range 2 {
			for _, name := range []string{"mallory", ""} {
				if err := table.CertainlyWithout(name); err != nil {
					t.Errorf("%q, %q: %v", text, name, err)
				}
			}
			own(t, table, "dora.conf", "[dora]\nsecret = aa\npin = 1\n")
		}
	}
}
