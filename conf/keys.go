package conf

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pam-motp/pam-motp/motp"
)

// A tokenKey is one that a token's section may have.
type tokenKey struct {
	name string

	// set stores a value, and says what is wrong with it, or nothing; never the value itself.
	set func(t *motp.Token, value string) string

	// value writes down what the token has. What need not be said is empty.
	value func(t motp.Token) string
}

// tokenKeys are all keys of tokens, in the order in which they are written. Those of every kind
// come first; which of the others a kind has is said by [motp.Kind].
var tokenKeys = []tokenKey{
	{"type", setType, typeOf},
	{"secret", setSecret, secretOf},
	{"pin", setPIN, func(t motp.Token) string { return t.PIN }},
	{"invitation", setInvitation, invitationOf},
	{"offset", setOffset, offsetOf},
	{"algorithm", setAlgorithm, algorithmOf},
	{"digits", setDigits, func(t motp.Token) string { return numeral(int64(t.Digits)) }},
	{
		"period",
		setPeriod,
		func(t motp.Token) string { return numeral(int64(t.Period / time.Second)) },
	},
	{"t0", setT0, func(t motp.Token) string { return numeral(t.T0) }},
	{"counter", setCounter, func(t motp.Token) string { return numeral(t.Counter) }},
}

// everyKind is how many of tokenKeys tokens of every kind have.
const everyKind = 4

// userKeys are all that a section may have.
func userKeys() []string {
	var all []string
	for _, k := range tokenKeys {
		all = append(all, k.name)
	}
	return append(all, personKeys...)
}

func isUserKey(name string) bool {
	return slices.Contains(personKeys, name) || indexOfKey(name) >= 0
}

// indexOfKey finds a key among those of tokens; -1 if it is none.
func indexOfKey(name string) int {
	return slices.IndexFunc(tokenKeys, func(k tokenKey) bool { return k.name == name })
}

// setLine stores one key of a section, and says what is wrong with it, or nothing. The token's type
// must be known.
func setLine(p *person, t *motp.Token, name, value string) string {
	if slices.Contains(personKeys, name) {
		return p.set(name, value)
	}
	i := indexOfKey(name)
	if i < 0 {
		return "unknown key"
	}
	if kind := t.Kind(); i >= everyKind && (kind == nil || !kind.Has(name)) {
		return "is not for type " + t.Type.String()
	}
	return tokenKeys[i].set(t, value)
}

// Assign gives a token what stands behind a key of its section. Assign the type first: it says what
// the others mean. The error does not show the value.
func Assign(t *motp.Token, key, value string) error {
	if BeginsQuote(value) {
		return errors.New(quoteBegins)
	}
	var p person
	if msg := setLine(&p, t, key, value); msg != "" {
		return errors.New(msg)
	}
	return nil
}

// ValueOf writes down what stands behind a key of a token's section, as Assign reads it.
func ValueOf(t motp.Token, key string) (string, error) {
	i := indexOfKey(key)
	if i < 0 {
		return "", errors.New("unknown key")
	}
	return tokenKeys[i].value(t), nil
}

// A setting is one line of a section.
type setting struct{ key, value string }

// settingsOf writes down what a token's section says. What has its zero value is left out, but for
// the secret.
func settingsOf(t motp.Token) (all []setting) {
	for _, k := range tokenKeys {
		if value := k.value(t); value != "" || k.name == "secret" {
			all = append(all, setting{k.name, value})
		}
	}
	return all
}

// shownKey is a key as an error may show it. What is no known kind of word might be a secret in the
// wrong place.
func shownKey(name string) string {
	if isUserKey(name) {
		return name
	}
	if name == "" || len(name) > 20 || strings.Trim(name, "abcdefghijklmnopqrstuvwxyz_") != "" {
		return "?"
	}
	return name
}

// numeral writes a number; 0 is not said.
func numeral(n int64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatInt(n, 10)
}

func setType(t *motp.Token, value string) string {
	known, ok := motp.ParseType(value)
	if !ok {
		return "must be " + kindWords()
	}
	t.Type = known
	return ""
}

// kindWords are the words for all kinds: "motp, totp or hotp".
func kindWords() string {
	var all []string
	for _, k := range motp.Kinds() {
		all = append(all, k.Word)
	}
	return either(all)
}

// either lists what may be said: "6, 7 or 8".
func either(all []string) string {
	if len(all) < 2 {
		return strings.Join(all, "")
	}
	last := len(all) - 1
	return strings.Join(all[:last], ", ") + " or " + all[last]
}

func typeOf(t motp.Token) string {
	var usual motp.Type
	if t.Type == usual {
		return ""
	}
	return t.Type.String()
}
