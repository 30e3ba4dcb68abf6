package conf

import (
	"bytes"
	"errors"
	"slices"
	"strings"

	"github.com/pam-motp/pam-motp/motp"
	"golang.org/x/sys/unix"
)

// Secrets and PINs may stand sealed, in the form with sections. What is read out of a file leaves
// them so: whoever edits needs no key for what he does not change. [Table.Lookup] and [Table.Users]
// open them last, by the table's Sealer.

// sealedMark begins a sealed value; a plain one never does.
const sealedMark = "sealed:"

// maxSealed is the longest sealed value: more than a secret has with all that sealing adds.
const maxSealed = 512

// errNoRoom is for what is sealed in the wrong form.
var errNoRoom = errors.New("is sealed, which four columns have no room for: write the user as a " +
	"[section]")

const (
	// likeSealed is wrong with a plain value.
	likeSealed = "must not begin with " + sealedMark + ", as what is sealed does"

	sealedTooLong = "is sealed, and too long"
)

func isSealed(value string) bool { return strings.HasPrefix(value, sealedMark) }

// maySeal says whether a key's values are sealed.
func maySeal(key string) bool { return key == "secret" || key == "pin" }

// sealed are the values of one token that stand sealed; empty where they don't.
type sealed struct{ secret, pin string }

// set notes a sealed value, and says what is wrong with it, or nothing.
func (s *sealed) set(key, value string) string {
	if len(value) > maxSealed {
		return sealedTooLong
	}
	if key == "secret" {
		s.secret = value
	} else {
		s.pin = value
	}
	return ""
}

// each yields the values that are sealed.
func (s sealed) each(yield func(setting) bool) {
	for _, one := range [...]setting{{"secret", s.secret}, {"pin", s.pin}} {
		if one.value != "" && !yield(one) {
			return
		}
	}
}

// errNoKey is for a table that is read without keys.
var errNoKey = errors.New("is sealed, and this program has no keys")

// open puts what is sealed of a token into it, and says by which key, and why, it cannot.
func (s sealed) open(by motp.Sealer, user string, t *motp.Token) (key string, err error) {
	for one := range s.each {
		if by == nil {
			return one.key, errNoKey
		}
		value, err := by.Open(user, t.Name, one.key, one.value)
		if err != nil {
			return one.key, err
		}
		var p person
		if msg := setLine(&p, t, one.key, value); msg != "" {
			return one.key, errors.New(msg)
		}
	}
	return "", nil
}

// open opens what is sealed of an entry, or has it say why that cannot be done.
func (e *Entry) open(by motp.Sealer) {
	if e.Err != nil {
		return
	}
	for i := range e.sealed {
		key, err := e.sealed[i].open(by, e.User.Name, &e.User.Tokens[i])
		if err != nil {
			e.Err = e.mistake(i, key, err)
			e.User.Tokens = nil
			return
		}
	}
}

// refusePlain has an entry say so where a value of it is plain that must be sealed.
func (e *Entry) refusePlain(by motp.Sealer) {
	if e.Err != nil {
		return
	}
	for i, t := range e.User.Tokens {
		key := "secret"
		switch {
		case t.Secret != "":
		case t.PIN != "":
			key = "pin"
		default:
			continue
		}
		if by != nil && by.RefusesPlain() {
			e.Err = e.mistake(i, key, motp.ErrPlain)
			e.User.Tokens = nil
		}
		return
	}
}

// mistake is an error about a token of an entry.
func (e *Entry) mistake(token int, key string, err error) *Error {
	bad := mistakeAt(BadUser, e.File, e.at, key, err.Error())
	if token > 0 {
		bad.at = e.furtherAt[token-1]
	}
	if e.Line > 0 { // which are counted already
		bad.Line, bad.placed = e.Line, false
		if token > 0 {
			bad.Line = e.Further[token-1]
		}
	}
	bad.Err = sealedCause{err}
	return bad
}

// A sealedCause is [motp.ErrSealed], whatever the reason is.
type sealedCause struct{ error }

func (sealedCause) Is(target error) bool { return target == motp.ErrSealed }

func (c sealedCause) Unwrap() error { return c.error }

// openAll opens the entries of a text.
func openAll(text []byte, found []Entry, by motp.Sealer) []Entry {
	for i := range found {
		found[i].refusePlain(by)
		found[i].open(by)
	}
	numberMistakes(text, found) // those that opening has found
	return found
}

// rehearseOpen does for somebody who is not in the table what is done for one who is: it opens what
// is sealed of the first who is, so that the time tells nobody who is a user.
func rehearseOpen(d document, by motp.Sealer) {
	text := d.bytes()
	for at := range starts(text, "[") {
		if s, ok := d.(*sections); ok {
			sec := s.section(at)
			_, _ = sec.sealed.open(by, sec.user, &sec.what)
		}
		return
	}
}

// A Value is a secret or a PIN as it stands in a table.
type Value struct {
	Token string
	Key   string // secret or pin
	Text  string // sealed; empty if the value is plain
}

// Values are what of an entry is secret: of a broken one, what stands sealed.
func (e Entry) Values() (all []Value) {
	for i := range max(len(e.User.Tokens), len(e.sealed)) {
		var t motp.Token
		var s sealed
		if i < len(e.User.Tokens) {
			t = e.User.Tokens[i]
		}
		if i < len(e.sealed) {
			s = e.sealed[i]
		}
		if s.secret != "" || t.Secret != "" {
			all = append(all, Value{t.Name, "secret", s.secret})
		}
		if s.pin != "" || t.PIN != "" {
			all = append(all, Value{t.Name, "pin", s.pin})
		}
	}
	return all
}

// holdsSealed says whether anything in a text is sealed.
func holdsSealed(text []byte) bool {
	return bytes.Contains(text, []byte(sealedMark+"v"))
}

// SealedIn is the first file, of the table and those beside it, that holds something sealed,
// whether or not its users have mistakes; empty if none does.
func (t Table) SealedIn() string {
	holds := func(at int, file, shown string) bool {
		text, free, err := readSafely(at, file, shown)
		if err != nil {
			return false
		}
		defer free()
		return holdsSealed(text)
	}
	if holds(unix.AT_FDCWD, t.Path, t.Path) {
		return t.Path
	}
	dir, _, err := openSafely(unix.AT_FDCWD, t.Dir(), t.Dir(), unix.S_IFDIR)
	if err != nil {
		return ""
	}
	defer unix.Close(dir)
	names, _ := list(dir)
	for _, name := range names {
		shown := t.Dir() + "/" + name
		if strings.HasSuffix(name, ending) && holds(dir, name, shown) {
			return shown
		}
	}
	return ""
}

// errNoSealing is for a plain value that is to stand among sealed ones.
var errNoSealing = errors.New(
	"cannot be sealed, as others here are: there is no key; restore it, " +
		"or \"motp unseal\" them first",
)

// errRefusedPlain is for a plain value that would keep its user out.
var errRefusedPlain = errors.New(
	"cannot be sealed, and what is plain is refused here: there is no key; restore it, make " +
		"one (motp seal --new-key), or have plain values taken again (motp unseal)",
)

// sealWith has what is written from now on sealed.
func (c *content) sealWith(by motp.Sealer, others func() bool) {
	here := holdsSealed(c.bytes())
	c.by, c.holds = by, func() bool { return here || others() }
}

// seal returns a value as it is to be written.
func (c *content) seal(of Address, key, value string) (string, error) {
	if !maySeal(key) || c.by == nil {
		return value, nil
	}
	sealed, err := c.by.Seal(of.User, of.Token, key, value)
	switch {
	case err != nil:
		return "", errors.New(key + ": " + err.Error())
	case sealed == value && c.holds():
		return "", errors.New(key + ": " + errNoSealing.Error())
	case sealed == value && c.by.RefusesPlain():
		return "", errors.New(key + ": " + errRefusedPlain.Error())
	}
	return sealed, nil
}

// settings writes down what a token's section says, sealed.
func (s *sections) sealedSettings(user string, t motp.Token) ([]setting, error) {
	all := settingsOf(t)
	if err := checkQuotes(all); err != nil {
		return nil, err
	}
	for i, one := range all {
		var err error
		all[i].value, err = s.seal(Address{user, t.Name}, one.key, one.value)
		if err != nil {
			return nil, err
		}
	}
	return all, nil
}

// isAlready says whether a value stands there already, sealed as it would be now.
func (c *content) isAlready(of Address, there statement, value string) bool {
	if c.by == nil || !isSealed(there.value) || !c.by.Fresh(there.value) {
		return false
	}
	plain, err := c.by.Open(of.User, of.Token, there.key, there.value)
	return err == nil && plain == value
}

// openField opens one value of an entry that is read back.
func (e *Entry) openField(by motp.Sealer, token int, key string) error {
	if e.sealed == nil {
		return nil
	}
	one := e.sealed[token].forget(key)
	_, err := one.open(by, e.User.Name, &e.User.Tokens[token])
	return err
}

// openToken opens all values of one token of an entry that is read back.
func (e *Entry) openToken(by motp.Sealer, token int) error {
	for _, key := range []string{"secret", "pin"} {
		if err := e.openField(by, token, key); err != nil {
			return err
		}
	}
	return nil
}

// forget takes out one value.
func (s *sealed) forget(key string) (taken sealed) {
	if key == "secret" {
		taken.secret, s.secret = s.secret, ""
	} else if key == "pin" {
		taken.pin, s.pin = s.pin, ""
	}
	return taken
}

// clone is an entry to be changed, with room for what is sealed.
func (e Entry) clone() Entry {
	all := make([]sealed, len(e.User.Tokens))
	copy(all, e.sealed)
	e.User.Tokens, e.sealed = slices.Clone(e.User.Tokens), all
	return e
}

func allPlain(all []sealed) bool {
	return !slices.ContainsFunc(all, func(s sealed) bool { return s != sealed{} })
}

// sameEntry says whether two entries say the same, sealed or not.
func sameEntry(a, b Entry) bool {
	return sameUser(a.User, b.User) && a.Local == b.Local &&
		(slices.Equal(a.sealed, b.sealed) ||
			allPlain(a.sealed) && allPlain(b.sealed))
}
