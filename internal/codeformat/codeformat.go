// Package codeformat says how the tokens of each kind are typed, named and handed out: the form of
// a code, words for people, and the URI that a token scans. What depends on the kind comes from
// package motp's table of kinds.
//
// The package must not know whether a code is right, or where tokens are kept.
package codeformat

import (
	"slices"
	"strings"

	"github.com/pam-motp/pam-motp/internal/words"
	"github.com/pam-motp/pam-motp/motp"
)

// Read takes the code of a token out of what was typed, where a PIN may stand before it. It tells
// whether that has the form of a code.
func Read(t motp.Token, typed string) (code string, ok bool) {
	kind, digits := t.Kind(), t.CodeDigits()
	code = strings.TrimSpace(typed)
	if len(code) != digits && !kind.PINInCode {
		code = strings.TrimPrefix(code, t.PIN)
	}
	code = strings.ToLower(code)
	return code, len(code) == digits && strings.Trim(code, kind.Alphabet) == ""
}

// Answer is what is typed at a login for a code.
func Answer(t motp.Token, code string) string {
	if t.Kind().PINInCode {
		return code
	}
	return t.PIN + code
}

// Form is the form of a token's codes, in words.
func Form(t motp.Token) string {
	form := map[int]string{6: "six", 7: "seven", 8: "eight"}[t.CodeDigits()] + " digits"
	if t.Kind().Alphabet != decimal {
		form += ", 0 to 9 and a to f"
	}
	return form
}

const decimal = "0123456789"

// Forms are the forms that a user's answers may have, in words.
func Forms(user motp.User) string {
	var forms []string
	for _, t := range user.Tokens {
		form := Form(t)
		if !t.Kind().PINInCode && t.PIN != "" {
			form = "the PIN and " + form
		}
		if !slices.Contains(forms, form) {
			forms = append(forms, form)
		}
	}
	if user.Paper.Exist() {
		forms = append(forms, paperForm(user))
	}
	return strings.Join(forms, ", or ")
}

// paperForm is the form of the answers that a user has on paper.
func paperForm(user motp.User) string {
	pin := func(t motp.Token) bool { return t.PIN != "" }
	if slices.ContainsFunc(user.Tokens, pin) {
		return "the PIN and a code on paper"
	}
	return "a code on paper"
}

// Kind is what kind of token it is, with what is not as usual: "TOTP, SHA256, eight digits, every
// 60 s".
func Kind(t motp.Token) string {
	kind := t.Kind()
	parts := []string{kind.Title}
	if t.Algorithm != motp.SHA1 {
		parts = append(parts, t.Algorithm.String())
	}
	if t.CodeDigits() != kind.UsualDigits {
		parts = append(parts, Form(t))
	}
	if t.StepLength() != kind.UsualPeriod {
		parts = append(parts, "every "+words.Duration(t.StepLength()))
	}
	return strings.Join(parts, ", ")
}
