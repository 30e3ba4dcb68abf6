package conf

import (
	"strings"

	"github.com/pam-motp/pam-motp/motp"
)

// FormatToken writes a token down as its section in a table has it, without the header. It is for
// a token that stands by itself, in a file of its own.
func FormatToken(t motp.Token) (string, error) {
	settings := settingsOf(t)
	if err := checkQuotes(settings); err != nil {
		return "", err
	}
	var b strings.Builder
	for _, s := range settings {
		b.WriteString(s.key + " = " + s.value + "\n")
	}
	return b.String(), nil
}

// ParseToken reads what FormatToken wrote; comments and blank lines may stand in between. The error
// is an *[Error], with the name of the file.
func ParseToken(file string, text []byte) (motp.Token, error) {
	var t motp.Token
	var p person
	var beside sealed
	s := &sections{content{file: file, text: text}}
	if err := s.assignToken(0, &p, &t, &beside); err != nil {
		numberMistake(text, err)
		return motp.Token{}, err
	}
	if t.Secret == "" {
		return motp.Token{}, &Error{Kind: BadUser, File: file, Key: "secret",
			Msg: "is missing"}
	}
	return t, nil
}
