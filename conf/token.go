package conf

import (
	"errors"
	"strings"

	"github.com/pam-motp/pam-motp/motp"
)

// A LoneToken is a token that stands by itself, in a file of its own. Token lacks what is sealed of
// it.
type LoneToken struct {
	Token motp.Token

	file   string
	sealed sealed
}

// Text writes a token down as its section in a table has it, without the header. What is sealed
// stays so.
func (l LoneToken) Text() (string, error) {
	var all []setting
	for _, k := range tokenKeys {
		value := k.value(l.Token)
		for one := range l.sealed.each {
			if one.key == k.name {
				value = one.value
			}
		}
		if value != "" || k.name == "secret" {
			all = append(all, setting{k.name, value})
		}
	}
	if err := checkQuotes(all); err != nil {
		return "", err
	}
	var b strings.Builder
	for _, s := range all {
		b.WriteString(s.key + " = " + s.value + "\n")
	}
	return b.String(), nil
}

// ParseToken reads what Text wrote; comments and blank lines may stand in between. The error is an
// *[Error], with the name of the file.
func ParseToken(file string, text []byte) (LoneToken, error) {
	l := LoneToken{file: file}
	var p person
	s := &sections{content{file: file, text: text}}
	if err := s.assignToken(0, &p, &l.Token, &l.sealed); err != nil {
		numberMistake(text, err)
		return LoneToken{}, err
	}
	if l.Token.Secret == "" && l.sealed.secret == "" {
		return LoneToken{}, &Error{Kind: BadUser, File: file, Key: "secret",
			Msg: "is missing"}
	}
	return l, nil
}

// Sealed returns the secret and the PIN as they stand in the file, if they are sealed.
func (l LoneToken) Sealed() (all []string) {
	for one := range l.sealed.each {
		all = append(all, one.value)
	}
	return all
}

// HoldsPlain says whether a secret or a PIN stands there as it is.
func (l LoneToken) HoldsPlain() bool { return l.Token.Secret != "" || l.Token.PIN != "" }

// Seal has what stands plain be sealed, for a token that has this name with its owner.
func (l LoneToken) Seal(by motp.Sealer, owner, name string) (LoneToken, error) {
	for _, one := range settingsOf(l.Token) {
		if !maySeal(one.key) || one.value == "" {
			continue
		}
		text, err := by.Seal(owner, name, one.key, one.value)
		if err == nil && !isSealed(text) {
			err = errNoKey
		}
		if err != nil {
			return LoneToken{}, errors.New(one.key + " " + err.Error())
		}
		l.sealed.set(one.key, text)
	}
	l.Token.Secret, l.Token.PIN = "", ""
	return l, nil
}

// Open opens what is sealed. The error is an *[Error], with the name of the file, and wraps
// [motp.ErrSealed].
func (l LoneToken) Open(by motp.Sealer, owner, name string) (LoneToken, error) {
	own := l.Token.Name
	l.Token.Name = name
	key, err := l.sealed.open(by, owner, &l.Token)
	if err != nil {
		return LoneToken{}, &Error{Kind: BadUser, File: l.file, Key: key, Msg: err.Error(),
			Err: sealedCause{err}}
	}
	l.Token.Name, l.sealed = own, sealed{}
	return l, nil
}
