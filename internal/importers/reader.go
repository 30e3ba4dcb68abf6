package importers

import (
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pam-motp/pam-motp/motp"
)

// A reader collects what one file holds.
type reader struct {
	Source
	found *Reading

	opened bool // the file was encrypted, and is read as what was in it
}

// take adds a user. Formats that quote names may have an empty one, which is nobody's.
func (r *reader) take(line int, name string, t motp.Token, notes ...string) {
	if name == "" {
		r.skip(line, "", whyName)
		return
	}
	if isShort(t) {
		notes = append(notes, noteShort(t))
	}
	if r.Note != "" {
		notes = append(notes, r.Note)
	}
	u := motp.User{Name: name, Tokens: []motp.Token{t}}
	r.found.Users = append(r.found.Users,
		Imported{User: u, File: r.File, Line: line, Notes: notes})
}

// skip adds what is not taken over. The name is that of the user, if the line is understood so
// far. Else it is empty: what stands in a line of another form, where a name should be, may be a
// secret.
func (r *reader) skip(line int, name, reason string) {
	r.found.skip(Skipped{File: r.File, Line: line, User: name, Reason: reason})
}

func (r *Reading) skip(l Skipped) {
	if looksSecret(l.User) {
		l.User = ""
	}
	r.Skipped = append(r.Skipped, l)
}

// password asks for the password of an encrypted file. The errors are reasons.
func (s *Source) password() (string, error) {
	if s.Password == nil {
		return "", reason("is encrypted, and there is nobody to ask for its password")
	}
	password, err := s.Password()
	switch {
	case err != nil:
		return "", reason("is encrypted, and its password is not known: " + err.Error())
	case password == "":
		return "", reason("is encrypted, and the password that was given is empty")
	}
	return password, nil
}

// pin asks for a PIN that the file does not have. It is empty if nobody knows it.
func (s *Source) pin(user string) string {
	if s.PIN == nil {
		return ""
	}
	return s.PIN(user)
}

// A reason is an error that can be shown as it is.
type reason string

func (r reason) Error() string { return string(r) }

// lines yields the lines of a text with their numbers. 1 is the first.
func (r *reader) lines() iter.Seq2[int, string] {
	return func(yield func(int, string) bool) {
		for number, line := range linesFrom(strings.TrimPrefix(r.Text, "\ufeff"), 1) {
			if !yield(number, line) {
				return
			}
		}
	}
}

// linesFrom yields the lines of a text, the first of which has the given number.
func linesFrom(text string, number int) iter.Seq2[int, string] {
	return func(yield func(int, string) bool) {
		for line := range strings.Lines(text) {
			if !yield(number, strings.TrimRight(line, "\r\n")) {
				return
			}
			number++
		}
	}
}

// words splits a line at blanks.
func words(line string) []string {
	return strings.FieldsFunc(line, func(c rune) bool {
		return strings.ContainsRune(" \t\r\v", c)
	})
}

// What is less than is usual, for Mobile-OTP's secrets and for keys in bytes: 80 bits are the
// length of Google Authenticator's early keys.
const (
	shortSecret = 16
	shortKey    = 10
)

// isShort says whether a token's secret is shorter than those that programs make.
func isShort(t motp.Token) bool {
	if t.Type == motp.MobileOTP {
		return len(t.Secret) < shortSecret
	}
	return len(t.Secret) < shortKey
}

func noteShort(t motp.Token) string {
	if t.Type == motp.MobileOTP {
		return fmt.Sprintf("warning: the secret has %d characters, less than the usual "+
			"16: it might be guessed from a few codes", len(t.Secret))
	}
	return fmt.Sprintf("warning: the key has %d bits, less than 80: "+
		"it might be guessed from a few codes", len(t.Secret)*8)
}

// looksGrouped says whether what stands behind a key is more of it: of the same length, or a number
// with zeros before it, which no program writes.
func looksGrouped(key, next string) bool {
	return isHex(next) && len(next) >= 4 && len(next) == len(key) ||
		isDigits(next) && len(next) > 1 && next[0] == '0'
}

// tellsSecret says whether a text may have a secret in it.
func tellsSecret(s string) bool {
	notHex := func(c rune) bool { return !strings.ContainsRune("0123456789abcdefABCDEF", c) }
	return slices.ContainsFunc(strings.FieldsFunc(s, notHex), looksSecret)
}

// looksSecret says whether a text is likely to be a secret that stands where a name should.
func looksSecret(s string) bool { return len(s) >= 8 && isHex(s) }

func isHex(s string) bool { return consistsOf(s, "0123456789abcdefABCDEF") }

// isInteger says whether a text is a whole number, with a sign or without.
func isInteger(s string) bool {
	return isDigits(s) || s != "" && strings.ContainsRune("+-", rune(s[0])) && isDigits(s[1:])
}

// isCode says whether a text may be a code of TOTP or HOTP.
func isCode(s string) bool { return isDigits(s) && len(s) >= 6 && len(s) <= 8 }

func isDigits(s string) bool { return consistsOf(s, "0123456789") }

func hasCapitals(s string) bool { return strings.ToLower(s) != s }

func consistsOf(s, characters string) bool { return s != "" && strings.Trim(s, characters) == "" }

// maxOffset is the largest offset that motp.conf takes.
const maxOffset = 10 * 365 * 24 * time.Hour

// steps reads an offset in steps of ten seconds.
func steps(s string) (time.Duration, bool) { return whole(s, motp.StepLength) }

// seconds reads an offset in seconds.
func seconds(s string) (time.Duration, bool) { return whole(s, time.Second) }

func whole(s string, unit time.Duration) (time.Duration, bool) {
	n, err := strconv.ParseInt(s, 10, 32)
	d := time.Duration(n) * unit
	return d, err == nil && d.Abs() <= maxOffset
}

// hours reads an offset in hours, to the nearest second.
func hours(s string) (time.Duration, bool) {
	if !consistsOf(s, "+-.0123456789") {
		return 0, false
	}
	h, err := strconv.ParseFloat(s, 64)
	if err != nil || h > maxOffset.Hours() || h < -maxOffset.Hours() {
		return 0, false
	}
	return time.Duration(h * float64(time.Hour)).Round(time.Second), true
}

// Notes and reasons that several formats share.
const (
	noteCapitals = "the secret is hashed with its capital letters, there and here"
	noteLowered  = "the secret stands there in capital letters and is hashed in small ones; " +
		"taken over in small ones"
	whyNotMobile = "has codes of another length than six digits, or steps of another length " +
		"than ten seconds"
	noPIN = "has no PIN, which motp.conf needs"
)
