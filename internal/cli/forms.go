package cli

import (
	"slices"
	"strings"

	"github.com/pam-motp/pam-motp/internal/words"
	"github.com/pam-motp/pam-motp/motp"
)

// normalize makes of what was typed what the verifier makes of it, for a token of Mobile-OTP.
func normalize(typed string) string { return strings.ToLower(strings.TrimSpace(typed)) }

// readCode takes the code of a token out of what was typed, where a PIN may stand before it. It tells whether that has the form of a code.
func readCode(t motp.Token, typed string) (code string, ok bool) {
	code = strings.TrimSpace(typed)
	if t.Type == motp.MobileOTP {
		code = normalize(code)
		return code, len(code) == motp.CodeLength && strings.Trim(code, "0123456789abcdef") == ""
	}
	digits := digitsOf(t)
	if len(code) != digits {
		code = strings.TrimPrefix(code, t.PIN)
	}
	return code, len(code) == digits && strings.Trim(code, "0123456789") == ""
}

// answer is what is typed at a login for a code.
func answer(t motp.Token, code string) string {
	if t.Type == motp.MobileOTP {
		return code
	}
	return t.PIN + code
}

func digitsOf(t motp.Token) int {
	switch {
	case t.Type == motp.MobileOTP:
		return motp.CodeLength
	case t.Digits == 0:
		return 6
	default:
		return t.Digits
	}
}

// codeForm tells in words what form the codes of a token have.
func codeForm(t motp.Token) string {
	digits := map[int]string{6: "six", 7: "seven", 8: "eight"}[digitsOf(t)] + " digits"
	if t.Type == motp.MobileOTP {
		digits += ", 0 to 9 and a to f"
	}
	return digits
}

// answerForms tells in words what forms the answers of a user may have.
func answerForms(user motp.User) string {
	var forms []string
	for _, t := range user.Tokens {
		form := codeForm(t)
		if t.Type != motp.MobileOTP && t.PIN != "" {
			form = "the PIN and " + form
		}
		if !slices.Contains(forms, form) {
			forms = append(forms, form)
		}
	}
	return strings.Join(forms, ", or ")
}

// kindInWords tells what kind of token it is, with what is not as usual: "TOTP, SHA256, eight digits, every 60 s".
func kindInWords(t motp.Token) string {
	if t.Type == motp.MobileOTP {
		return "Mobile-OTP"
	}
	parts := []string{strings.ToUpper(t.Type.String())}
	if t.Algorithm != motp.SHA1 {
		parts = append(parts, t.Algorithm.String())
	}
	if digitsOf(t) != 6 {
		parts = append(parts, codeForm(t))
	}
	if t.Type == motp.TOTP && t.StepLength() != usualPeriod {
		parts = append(parts, "every "+words.Duration(t.StepLength()))
	}
	return strings.Join(parts, ", ")
}

// usualPeriod is that of a TOTP token which says nothing else.
var usualPeriod = motp.Token{Type: motp.TOTP}.StepLength()
