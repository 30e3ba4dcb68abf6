package conf

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
)

// passes is how often a search may look at each byte of a table: to tell the form, to find the name
// in two ways, to read what was found, to count the lines before it; and to look for traces.
const passes = 10

// hardTables are those in which a name is easily taken for another's, or in which much is wrong.
func hardTables(n int) map[string]string {
	repeated := func(format string) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, format, i)
		}
		return b.String()
	}
	const rest = "\nsecret = 0123456789abcdef\npin = 1234\n"
	const zoe = "zoe 0123456789abcdef 1234 0\n"
	return map[string]string{
		"sections":               repeated("[user%06d]" + rest),
		"rows":                   repeated("user%06d 0123456789abcdef 1234 0\n"),
		"numbered in front":      repeated("[%06duser]" + rest),
		"words":                  repeated("[user.%06d]" + rest),
		"domains":                repeated("[x%06d@user]" + rest),
		"no secret":              repeated("[user%06d]\npin = 1234\n"),
		"unknown key":            repeated("[user%06d]\npn = 1234\n"),
		"no equals sign":         repeated("[user%06d]\nuser\n"),
		"not closed":             repeated("[user%06d\nsecret = 01\n"),
		"junk behind":            repeated("[user%06d] junk" + rest),
		"blanks behind the name": repeated("[user %06d]" + rest),
		"a user many times":      repeated("[user]\npin = %d\n"),
		"and again, with junk":   repeated("[user] %d\n"),
		"tokens":                 repeated("[user/t%d]" + rest),
		"tokens without secret":  repeated("[user/t%d]\npin = 1234\n"),
		"keys":                   "[user]\n" + repeated("key%d = 1\n"),
		"settings":               repeated("key%d = 1\n") + "[user]" + rest,
		"comments":               repeated("; user %d\n") + "[user]" + rest,
		"rows of two":            zoe + repeated("user%06d 0123456789abcdef\n"),
		"rows of six":            zoe + repeated("x %06d user 1 0 2\n"),
		"the same row":           zoe + repeated("user %d 1 x\n"),
		"sections among rows":    zoe + repeated("[user]\npin = %d\n"),
		"one line of headers":    strings.Repeat("[user", 15_000),
		"one line of brackets":   "x" + strings.Repeat("[", 1<<16),
		"one line of the name":   zoe + strings.Repeat("user", 15_000),
		"one line of names":      zoe + strings.Repeat(" user", 15_000) + "\n" + zoe,
		"one line of letters":    zoe + strings.Repeat("a", 1<<16),
		"one line of digits":     zoe + strings.Repeat("0", 1<<16),
		"one line of blanks": zoe + strings.Repeat(" ", 1<<16) + "user" +
			strings.Repeat(" \t", 1<<16),
		"blank lines": zoe + strings.Repeat(" \r\n", 1<<16) +
			"\ufeff\ufeffuser 01 1 0\n",
		"byte order marks": "[zoe]" + rest + strings.Repeat("\ufeff", 1<<16) +
			"[user]" + rest,
	}
}

var hardNames = []string{
	"user", "user000000", "user999999", "use", "r", "u", "user0", "0", "1234", "a", "[", "]",
	"[user", "secret", "pin", "zoe",
	"user@example.com", "EXAMPLE\\user", "user.", "é", "user ", " user", " ",
	"\ufeff", "user\n",
	"user\r", "/", "user/t1", "@user",
	strings.Repeat("a", 1024), strings.Repeat("a", 1023) + "b", "b" + strings.Repeat("a", 1023),
	strings.Repeat("0", 1024),
	strings.Repeat("ab", 512), strings.Repeat("user", 256),
	strings.Repeat("user", 255) + "usex",
}

// A search passes over a table a few times, whatever is looked for and whatever stands there, and
// keeps hardly anything of it in memory. What it does is counted, and no time is taken.
func TestSearchIsAFewPasses(t *testing.T) {
	for name, text := range hardTables(5_000) {
		t.Run(name, func(t *testing.T) { searches(t, text, hardNames) })
	}
	var sections, rows strings.Builder
	for i := range 1_000_000 {
		fmt.Fprintf(&sections, "[user%06d]\nsecret = 0123456789abcdef\npin = 1234\n", i)
		fmt.Fprintf(&rows, "user%06d 0123456789abcdef 1234 0\n", i)
	}
	for _, text := range []string{sections.String(), rows.String()} {
		searches(t, text, []string{"user", "user000000"})
	}
}

func searches(t *testing.T, text string, users []string) {
	t.Helper()
	var looked int
	defer func(before func(int)) { examined = before }(examined)
	examined = func(n int) { looked += n }
	table := write(t, text)
	for _, user := range users {
		for what, search := range map[string]func() error{
			"lookup":  func() error { _, _, err := table.Lookup(user); return err },
			"absence": func() error { return table.ConfirmAbsent(user, "other-"+user) },
		} {
			looked = 0
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			err := search()
			runtime.ReadMemStats(&after)
			if looked > passes*(len(text)+len(user))+8192 ||
				err == nil && looked < len(text) {
				t.Errorf("%s of %.20q looks at %d bytes of %d", what, user,
					looked, len(text))
			}
			kept := after.TotalAlloc - before.TotalAlloc
			if most := uint64(2*min(len(text), mapFrom) + len(text)/8 +
				64<<10); errors.Is(err,
				ErrNoUser) && kept > most {
				t.Errorf("%s of %.20q takes %d KB of memory", what, user, kept>>10)
			}
		}
	}
}
