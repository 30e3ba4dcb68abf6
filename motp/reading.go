package motp

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// A Field says what people type into the one field that a code is asked in.
type Field int

// The fields. The zero value is a field for the code alone.
const (
	CodeAlone Field = iota
	CodeLast        // a password, and the code right behind it
	CodeFirst       // the code, and a password right behind it
)

// A Password is what stood beside a code. It is never printed.
type Password string

// String shows nothing of it.
func (Password) String() string { return "(a password)" }

// GoString is String: %#v shows nothing either.
func (p Password) GoString() string { return p.String() }

// MarshalJSON fails: a password is not written anywhere.
func (Password) MarshalJSON() ([]byte, error) {
	return nil, invalidError("a password is not written as JSON")
}

// maxAnswer is the longest answer that is looked at, in bytes.
const maxAnswer = 1024

// An answer is what a person typed.
type answer struct {
	typed string
	text  string // without the blanks where the code is
	field Field
}

// read takes an answer for a code alone, as it was typed.
func read(typed string) answer { return readField(typed, CodeAlone) }

// readField takes an answer as it was typed. One that is longer than any answer is cut, or, where
// the cut might make a code of it, is none, so that its length costs nothing.
func readField(typed string, field Field) answer {
	a := answer{typed: typed, text: typed, field: field}
	if len(typed) > maxAnswer {
		a.text = typed[:maxAnswer]
		if field != CodeAlone {
			a.text = ""
		}
	}
	if field != CodeLast {
		a.text = strings.TrimLeftFunc(a.text, unicode.IsSpace)
	}
	if field != CodeFirst {
		a.text = strings.TrimRightFunc(a.text, unicode.IsSpace)
	}
	return a
}

// A reading is an answer as one token takes it, or a set of codes on paper. The zero reading is
// that of a text without the form of a code, and no code is equal to it.
type reading struct {
	formed bool
	code   string // the PIN as it was typed, and the code in the token's own digits
	rest   string // what stood beside them
}

// reading takes an answer apart. There is one way only, which depends on how long the token's codes
// are and its PIN, so that each answer is compared with each code once.
func (t Token) reading(a answer) reading {
	k := t.Kind()
	if k == nil {
		return reading{}
	}
	return k.reading(a, len(t.typedPIN()), t.CodeDigits())
}

// reading takes an answer apart into a PIN of so many bytes, a code of so many digits, and what is
// left.
func (k *Kind) reading(a answer, pin, n int) reading {
	if a.field == CodeLast {
		at, code := k.lastDigits(a.text, n)
		if code == nil || at < pin {
			return reading{}
		}
		begin := at - pin
		typed := a.text[begin:at] + string(code)
		for begin > 0 && !utf8.RuneStart(a.text[begin]) {
			begin-- // it is no PIN of this token's, and a letter is not cut in two
		}
		return reading{true, typed, a.text[:begin]}
	}
	if len(a.text) < pin {
		return reading{}
	}
	length, code := k.firstDigits(a.text[pin:], n)
	end := pin + length
	if code == nil || a.field == CodeAlone && end != len(a.text) {
		return reading{}
	}
	return reading{true, a.text[:pin] + string(code), a.text[end:]}
}

// firstDigits reads the n digits of a code from the beginning of a text, and how many bytes they
// take up there.
func (k *Kind) firstDigits(text string, n int) (length int, code []byte) {
	code = make([]byte, 0, maxCode)
	for at, r := range text {
		switch d := plain(r); {
		case strings.IndexByte(k.Alphabet, d) >= 0:
			code = append(code, d)
		case d != separator || len(code) == 0:
			return 0, nil
		}
		if len(code) == n {
			return at + utf8.RuneLen(r), code
		}
	}
	return 0, nil
}

// lastDigits reads the n digits of a code from the end of a text, and says where they begin.
func (k *Kind) lastDigits(text string, n int) (at int, code []byte) {
	code = make([]byte, n)
	left := n
	for at = len(text); at > 0 && left > 0; {
		r, size := utf8.DecodeLastRuneInString(text[:at])
		at -= size
		switch d := plain(r); {
		case strings.IndexByte(k.Alphabet, d) >= 0:
			left--
			code[left] = d
		case d != separator || left == n:
			return 0, nil
		}
	}
	if left > 0 {
		return 0, nil
	}
	return at, code
}

// separator stands for whatever apps show between the groups of a code.
const separator = '-'

// plain is a digit of a code as ASCII has it, in small letters: keyboards of other scripts type
// full-width digits and letters, or Arabic-Indic digits (Unicode's blocks FF00, 0660 and 06F0). It
// is the separator for a blank or a dash, and 0 for all else.
func plain(r rune) byte {
	switch {
	case r >= 0xff01 && r <= 0xff5e: // full-width forms of ASCII
		r -= 0xff01 - '!'
	case r >= 0x0660 && r <= 0x0669:
		r -= 0x0660 - '0'
	case r >= 0x06f0 && r <= 0x06f9:
		r -= 0x06f0 - '0'
	}
	switch {
	case r >= 'A' && r <= 'Z':
		return byte(r - 'A' + 'a')
	case r >= '0' && r <= '9' || r >= 'a' && r <= 'z':
		return byte(r)
	case strings.ContainsRune(separators, r):
		return separator
	}
	return 0
}

// separators are blanks and dashes: those of ASCII, and what apps and word processors make of them.
const separators = " -\t\u00a0\u2009\u202f\u3000\u2010\u2011\u2012\u2013\u2014\u2212"

// password is what an answer holds beside the code of a token, or of the first that it could be one
// of. An answer that has the form of no code is a password alone.
func (u User) password(a answer, token string) Password {
	if a.field == CodeAlone {
		return ""
	}
	first := a.typed
	if r := u.paperReading(a); r.formed {
		first = r.rest
	}
	for i := len(u.Tokens) - 1; i >= 0; i-- {
		r := u.Tokens[i].reading(a)
		if !r.formed {
			continue
		}
		if first = r.rest; u.Tokens[i].Name == token {
			break
		}
	}
	return Password(first)
}

// marked is what the fingerprint of a wrong answer is made of. Of a field that holds a password it
// is what may have been a code, and nothing else.
func (u User) marked(a answer) string {
	if a.field == CodeAlone {
		return a.text
	}
	var codes strings.Builder
	for _, t := range u.Tokens {
		if r := t.reading(a); r.formed {
			codes.WriteString(r.code)
			codes.WriteByte(0)
		}
	}
	codes.WriteString(u.paperReading(a).code)
	return codes.String()
}

// WellFormed says whether an answer has the form that a code of one of the user's tokens would
// have, or one of those on paper, blanks around it aside.
func (u User) WellFormed(typed string) bool { return u.wellFormed(read(typed)) }

// WellFormedIn is WellFormed for a field that may hold more than the code, or something else. Of
// codes on paper only one that is there, used or not, has the form: many passwords look like one.
func (u User) WellFormedIn(field Field, typed string) bool {
	a := readField(typed, field)
	code, ok := u.readPaper(a)
	return u.withoutPaper().wellFormed(a) || ok && among(u.Paper.Hashes, u.Paper.hash(code))
}

func (u User) wellFormed(a answer) bool {
	for _, t := range u.Tokens {
		if t.reading(a).formed {
			return true
		}
	}
	return u.paperReading(a).formed
}
