package conf

import (
	"errors"
	"strings"
	"testing"

	"github.com/pam-motp/pam-motp/motp"
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
		"a row with an equals sign":     zoe + "alice a=a 1 0\n",
		"no line end before": "[zoe]\nsecret = aa\npin = 1[alice]\nsecret = bb\npin " +
			"= 2\n",
		"no line end before a row":    "zoe aa 1 0alice bb 2 0\n",
		"carriage returns only":       "; users\r[alice]\rsecret = aa\rpin = 1\r",
		"carriage returns in columns": "# users\ralice aa 1 0\r",
		"a colon":                     zoe + "[alice:]\nsecret = aa\npin = 1\n",
		"colons between columns":      "zoe aa 1 0\nalice:aa:1\n",
		"commas between columns":      "zoe aa 1 0\nalice,aa,1\n",
		"no-break spaces in columns":  "zoe aa 1 0\nalice\u00a0aa\u00a01\n",
		"a no-break space behind":     zoe + "[alice\u00a0]\nsecret = aa\npin = 1\n",
		"a no-break space in a row":   "zoe aa 1 0\n\u00a0alice aa 1 0\n",
		"quotes in a row":             "zoe aa 1 0\n\"alice\" aa 1 0\n",
		"quotes":                      zoe + "[\"alice\"]\nsecret = aa\npin = 1\n",
		"braces":                      zoe + "{alice}\nsecret = aa\npin = 1\n",
		"a key for the name":          zoe + "user = alice\nsecret = aa\npin = 1\n",
		"two names":                   zoe + "[bob, alice]\nsecret = aa\npin = 1\n",
	} {
		t.Run(name, func(t *testing.T) {
			table := write(t, text)
			if _, _, err := table.Lookup("alice"); !errors.Is(err, ErrNoUser) {
				t.Fatalf("Lookup: %v", err)
			}
			var e *Error
			if err := table.ConfirmAbsent("alice"); !errors.As(err, &e) ||
				e.Kind != Unavailable {
				t.Errorf("%v, want an error", err)
			}
		})
	}
	for _, file := range []string{"Alice.conf", "10-alice.conf", "10alice.conf", "alice",
		"alice.ini", "alice.conf.rpmsave"} {
		t.Run("a file named "+file, func(t *testing.T) {
			table := write(t, zoe)
			own(t, table, file, "[alice]\nsecret = aa\npin = 1\n")
			if _, _, err := table.Lookup("alice"); !errors.Is(err, ErrNoUser) {
				t.Fatalf("Lookup: %v", err)
			}
			if err := table.ConfirmAbsent("alice"); err == nil {
				t.Error("no error")
			}
		})
	}
}

// The two cases of a letter may begin with different bytes.
func TestTraceInAnotherCase(t *testing.T) {
	table := write(t, "[Рома]\nsecret = aa\npin = 1\n")
	if err := table.ConfirmAbsent("рома"); err == nil {
		t.Error("no error")
	}
}

// What has matched in part may be the beginning of a match.
func TestTraceBehindItsOwnBeginning(t *testing.T) {
	table := write(t, "[zoe]\nsecret = aa\npin = 1\n[0001]\nsecret = aa\npin = 1\n")
	if err := table.ConfirmAbsent("001"); err == nil {
		t.Error("no error")
	}
}

// A name is the same with its domain and without, however that is written, in the table or by
// whoever types.
func TestTracesWithDomains(t *testing.T) {
	spellings := []string{
		"alice",
		"Alice",
		"alice@example.com",
		"ALICE@EXAMPLE.COM",
		"alice@example",
		"EXAMPLE\\alice",
		"example\\Alice",
		"EXAMPLE+alice",
		"EXAMPLE\\alice@example.com",
	}
	for _, there := range spellings {
		for form, text := range map[string]string{
			"sections": "[zoe]\nsecret = aa\npin = 1\n[" + there +
				"]\nsecret = aa\npin = 1\n",
			"token": "[" + there + "]\nsecret = aa\npin = 1\n[" + there +
				"/app]\nsecret = aa\npin = 1\n",
			"columns":    "zoe aa 1 0\n" + there + " aa 1 0\n",
			"broken row": "zoe aa 1 0\n" + there + " aa\n",
			"own file":   "",
			"two files":  "[zoe]\nsecret = aa\npin = 1\n",
		} {
			table := write(t, text)
			if strings.HasSuffix(form, "file") || strings.HasSuffix(form, "files") {
				own(t, table, "bob.conf", "[bob]\nsecret = aa\npin = 1\n")
				own(t, table, motp.EncodeName(there)+".conf",
					"["+there+"]\nsecret = aa\npin = 1\n")
			}
			for _, typed := range append(spellings, "EXAMPLE/alice",
				"alice@other.example") {
				if err := table.ConfirmAbsent(typed); err == nil {
					t.Errorf("%s: %q is in the table, and %q is certainly not",
						form, there, typed)
				}
				if err := table.ConfirmAbsent("asmith", typed); err == nil {
					t.Errorf(
						"%s: %q is in the table, and an account %q is "+
							"certainly not",
						form,
						there,
						typed,
					)
				}
			}
			for _, typed := range []string{"alic", "malice", "alice2@example.com",
				"EXAMPLE\\malice",
				"rob@alice", "alice\\bob2", "alice.smith@example.com", "alice-2"} {
				if err := table.ConfirmAbsent(typed, typed+".x"); err != nil &&
					form != "broken row" {
					t.Errorf(
						"%s: %q is in the table, and so %q may be: %v",
						form,
						there,
						typed,
						err,
					)
				}
			}
		}
	}
}

// Others whose names or values resemble a user's have nothing to do with her.
func TestTracesOfOthers(t *testing.T) {
	for _, text := range []string{
		"[alicette]\nbroken\n", "[alice.smith]\nsecret = aa\npin = 1\n", "[malice]\n" +
			"broken\n", "[bob/alice]\nsecret = aa\npin = 1\n",
		"[zoe]\nsecret = alice\npin = alice\n",
		"; alice was here\n[zoe]\nsecret = aa\npin " +
			"= 1\n", "zoe alice 1 0\n", "zoe aa alice 0 # alice\n", "alice-2 aa\n",
	} {
		table := write(t, text)
		for _, file := range []string{"alice.smith.conf", "malice.conf", "alice-2.conf",
			".alice.conf.new"} {
			own(t, table, file, "[alice]\n")
		}
		if err := table.ConfirmAbsent("alice"); err != nil {
			t.Errorf("%q: %v", text, err)
		}
	}
	table := write(t, "[alice]\nsecret = aa\npin = 1\n")
	for _, name := range []string{"[alice", "alice]", "[alice]", "]", "/"} {
		if err := table.ConfirmAbsent(name); err != nil {
			t.Errorf("%q: %v", name, err)
		}
	}
}

func TestNoTraceOfAUser(t *testing.T) {
	for _, text := range []string{sectionForm, columnForm, "", "; nobody yet\n", "window = " +
		"3m\n", "[zoe]\nbroken = yes\n", "[zoe]\nsecret aa\npin 1\n", "[zoe",
		"zoe aa 1 0\nyan " +
			"aa\n"} {
		table := write(t, text)
		for range 2 {
			for _, name := range []string{"mallory", ""} {
				if err := table.ConfirmAbsent(name); err != nil {
					t.Errorf("%q, %q: %v", text, name, err)
				}
			}
			own(t, table, "dora.conf", "[dora]\nsecret = aa\npin = 1\n")
		}
	}
}
