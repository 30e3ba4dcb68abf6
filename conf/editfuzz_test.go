package conf

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pam-motp/pam-motp/motp"
)

// FuzzEdit holds every edit of any table to this: the lines that it does not concern stay, in their
// order; everybody else's entry reads as before; and the user's own reads as it was meant, or is
// gone.
func FuzzEdit(f *testing.F) {
	for _, c := range edits {
		f.Add(c.before, "alice", "2", "90", byte(0))
		f.Add(c.before, "bob", "x", "-1h", byte(3))
	}
	f.Add("[a/b]\nsecret=1\n[a]\nsecret=1\npin=2\n[b]\n[a/c]\n", "a", "#", "1", byte(1))
	f.Add("[a \n[\n[a", "a", "2", "1", byte(1))
	f.Add(
		"[a]\nsecret=1\npin=2\n[b]\nsecret=1\npin=2\n[a/t]\nsecret=1\npin=2\n; b\n[b/c]\n",
		"a",
		"tablet",
		"1",
		byte(5),
	)
	f.Add("[a]\nsecret=1\npin=2\n; x\n[a/t]\nsecret=1\npin=2\n; b\n[b]\n", "a", "t", "1", byte(6))
	f.Add("a b c 0 # d\n\r\n[a]\n", "a", "#", "1", byte(0))
	f.Fuzz(func(t *testing.T, content, name, pin, offset string, what byte) {
		tablet := motp.Token{
			Name:   pin,
			Type:   motp.TOTP,
			Secret: "12345678901234567890",
			PIN:    offset,
		}
		ops := []func(document) error{
			func(x document) error { return x.add(user(name, secretA, pin, time.Hour)) },
			func(x document) error { return x.remove(name) },
			func(x document) error { return x.set(Address{User: name}, "pin", pin) },
			func(x document) error { return x.set(Address{User: name}, "offset", offset) },
			func(x document) error { return x.unset(Address{User: name}, "offset") },
			func(x document) error { return x.addToken(name, tablet) },
			func(x document) error { return x.removeToken(Address{name, pin}) },
		}
		op := int(what) % len(ops)
		if checkUser(user(name, secretA, pin, 0)) != nil ||
			op == 3 && checkValue(motp.MobileOTP, "offset", offset) != nil ||
			op == 5 && checkToken(tablet) != nil {
			return // refused before anything is read
		}
		before := documentOf("f", []byte(content))
		if _, err := before.settings(); err != nil || strings.Contains(content, "\x00") {
			return
		}
		if before.form() == inColumns && hasHeader([]byte(content)) {
			return // both forms in one file: everyone's entry is wrong
		}
		was := entriesOf(before, name)
		switch {
		case op == 0 && len(was) > 0, op > 0 && len(was) != 1:
			return // the same
		}

		x := documentOf("f", []byte(content))
		if got := string(x.bytes()); got != content {
			t.Fatalf("unchanged, %q is written as %q", content, got)
		}
		if err := ops[op](x); err != nil {
			if errors.Is(err, ErrNoUser) {
				t.Fatalf("the Editor does not find %q in %q", name, content)
			}
			return
		}
		after := x.bytes()
		if !sameForm([]byte(content), after) {
			return // refused, too
		}
		if got, want := describeOthers(after, name), describeOthers([]byte(content),
			name); !slices.Equal(
			got,
			want,
		) {
			t.Errorf("the others in %q were %q and are %q in %q", content, want, got, after)
		}
		if op == 1 && len(entriesOf(documentOf("f", after), name)) > 0 {
			t.Errorf("%q was removed from %q, and is still in %q", name, content, after)
		}
		if op == 5 && was[0].Err == nil && indexOf(was[0].User, pin) < 0 &&
			len(was[0].User.Tokens) < motp.MaxTokens {
			want := motp.User{
				Name:     name,
				Tokens:   append(slices.Clone(was[0].User.Tokens), tablet),
				Disabled: was[0].User.Disabled,
			}
			if err := checkSame("f", after, want); err != nil {
				t.Errorf(
					"a token was added to %q in %q, which is %q now: %v",
					name,
					content,
					after,
					err,
				)
			}
		}
		if op == 6 && was[0].Err == nil && len(was[0].User.Tokens) > 1 {
			at := indexOf(was[0].User, pin)
			want := motp.User{
				Name:     name,
				Tokens:   slices.Delete(slices.Clone(was[0].User.Tokens), at, at+1),
				Disabled: was[0].User.Disabled,
			}
			if err := checkSame("f", after, want); at > 0 && err != nil {
				t.Errorf(
					"a token was taken from %q in %q, which is %q now: %v",
					name,
					content,
					after,
					err,
				)
			}
		}
		if op == 0 {
			got, err := readBack("f", after, name)
			if err == nil && !reflect.DeepEqual(got, user(name, secretA, pin, time.Hour)) {
				t.Errorf("%q was added to %q, and is %v in %q", name, content, got, after)
			}
		}
		checkLines(t, content, string(after), op)
	})
}

// describeOthers tells all the entries but one, without where they stand.
func describeOthers(content []byte, name string) (all []string) {
	for _, e := range documentOf("f", content).entries("") {
		if e.User.Name == name {
			continue
		}
		problem := ""
		var known *Error
		if errors.As(e.Err, &known) {
			problem = known.Key + known.Msg
		}
		all = append(all, fmt.Sprint(e.User, problem))
	}
	return all
}

// checkLines compares the lines before and after: an edit adds, removes, or changes one.
func checkLines(t *testing.T, before, after string, op int) {
	t.Helper()
	b, a := splitLines(before), splitLines(after)
	same := func(x, y string) bool {
		return strings.TrimRight(x, "\r\n") == strings.TrimRight(y,
			"\r\n")
	}
	for len(a) > 0 && len(b) > 0 && same(a[0], b[0]) {
		a, b = a[1:], b[1:]
	}
	for len(a) > 0 && len(b) > 0 && same(a[len(a)-1], b[len(b)-1]) {
		a, b = a[:len(a)-1], b[:len(b)-1]
	}
	switch op {
	case 0, 5:
		if len(b) > 0 {
			t.Errorf("an addition to %q changed %q", before, b)
		}
	case 1, 6: // a user's sections may stand apart
		for _, line := range b {
			if len(a) > 0 && same(a[0], line) {
				a = a[1:]
			}
		}
		if len(a) > 0 {
			t.Errorf("a removal from %q added %q", before, a)
		}
	default:
		if len(a) > 1 || len(b) > 1 {
			t.Errorf("an edit of one line of %q changed %q to %q", before, b, a)
		}
	}
}
