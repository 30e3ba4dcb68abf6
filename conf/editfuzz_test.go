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
	f.Add("[a]\nsecret=1\npin=2\n[b]\nsecret=1\npin=2\n[a/t]\nsecret=1\npin=2\n; b\n[b/c]\n",
		"a", "tablet", "1", byte(5))
	f.Add("[a]\nsecret=1\npin=2\n; x\n[a/t]\nsecret=1\npin=2\n; b\n[b]\n", "a",
		"t", "1", byte(6))
	f.Add("a b c 0 # d\n\r\n[a]\n", "a", "#", "1", byte(0))
	f.Fuzz(func(t *testing.T, content, name, pin, offset string, what byte) {
		e := fuzzedEdit{content, name, pin, offset, int(what % 7)}
		before := documentOf("f", []byte(content))
		if _, err := before.settings(); err != nil || strings.Contains(content, "\x00") {
			return
		}
		if e.isRefused() || before.form() == inColumns && hasHeader([]byte(content)) {
			// before anything is read; or both forms in one file, where every entry is
			// wrong
			return
		}
		was := entriesOf(before, name)
		if e.op == 0 && len(was) > 0 || e.op > 0 && len(was) != 1 {
			return // refused, too
		}
		x := documentOf("f", []byte(content))
		if got := string(x.bytes()); got != content {
			t.Fatalf("unchanged, %q is written as %q", content, got)
		}
		if err := e.do(x); err != nil {
			if errors.Is(err, ErrNoUser) {
				t.Fatalf("the editor does not find %q in %q", name, content)
			}
			return
		}
		after := x.bytes()
		if !sameForm([]byte(content), after) {
			return // refused, too
		}
		got, want := describeOthers(after, name), describeOthers([]byte(content), name)
		if !slices.Equal(got, want) {
			t.Errorf("the others in %q were %q and are %q in %q", content,
				want, got, after)
		}
		e.checkUser(t, was, after)
		checkLines(t, content, string(after), e.op)
	})
}

// A fuzzedEdit is one of the edits that there are.
type fuzzedEdit struct {
	content, name, pin, offset string
	op                         int
}

func (e fuzzedEdit) user() motp.User { return user(e.name, secretA, e.pin, time.Hour) }

func (e fuzzedEdit) tablet() motp.Token {
	const secret = "12345678901234567890"
	return motp.Token{Name: e.pin, Type: motp.TOTP, Secret: secret, PIN: e.offset}
}

// isRefused says whether the edit is refused before anything is read.
func (e fuzzedEdit) isRefused() bool {
	return checkUser(e.user()) != nil ||
		e.op == 3 && checkValue(motp.MobileOTP, "offset", e.offset) != nil ||
		e.op == 5 && checkToken(e.tablet()) != nil
}

func (e fuzzedEdit) do(x document) error {
	switch e.op {
	case 0:
		return x.add(e.user())
	case 1:
		return x.remove(e.name)
	case 2:
		return x.set(Address{User: e.name}, "pin", e.pin)
	case 3:
		return x.set(Address{User: e.name}, "offset", e.offset)
	case 4:
		return x.unset(Address{User: e.name}, "offset")
	case 5:
		return x.addToken(e.name, e.tablet())
	default:
		return x.removeToken(Address{e.name, e.pin})
	}
}

// checkUser looks at what became of the user whom the edit is about.
func (e fuzzedEdit) checkUser(t *testing.T, was []Entry, after []byte) {
	t.Helper()
	switch {
	case e.op == 0:
		got, err := readBack("f", after, e.name)
		if err == nil && !reflect.DeepEqual(got.User, e.user()) {
			t.Errorf("%q was added to %q, and is %v in %q", e.name,
				e.content, got.User, after)
		}
	case e.op == 1:
		if len(entriesOf(documentOf("f", after), e.name)) > 0 {
			t.Errorf("%q was removed from %q, and is still in %q", e.name,
				e.content, after)
		}
	case e.op < 5 || was[0].Err != nil:
	case e.op == 5:
		want := was[0].User
		if indexOf(want, e.pin) >= 0 || len(want.Tokens) == motp.MaxTokens {
			return
		}
		want.Tokens = append(slices.Clone(want.Tokens), e.tablet())
		if err := (Editor{}).checkSame("f", after, want); err != nil {
			t.Errorf("a token was added to %q in %q, now %q: %v", e.name,
				e.content, after, err)
		}
	default:
		want := was[0].User
		at := indexOf(want, e.pin)
		if at < 1 {
			return
		}
		want.Tokens = slices.Delete(slices.Clone(want.Tokens), at, at+1)
		if err := (Editor{}).checkSame("f", after, want); err != nil {
			t.Errorf("a token was taken from %q in %q, now %q: %v", e.name,
				e.content, after, err)
		}
	}
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
