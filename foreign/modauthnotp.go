package foreign

import (
	"strconv"
	"strings"

	"github.com/pam-motp/pam-motp/motp"
)

// maxPINModAuthnOTP is the room that mod_authn_otp 1.1.12 has for a PIN. It cuts longer ones.
const maxPINModAuthnOTP = 127

// readModAuthnOTP reads the users file of Apache's mod_authn_otp 1.0 to 1.1: type, user, PIN, key in hex, and then, if the user has ever logged in,
// offset in steps, failures, and more about the last login. The type is ALGORITHM[/COUNTER[/DIGITS]]; of all that it can say, Mobile-OTP is MOTP,
// MOTP/T10 and MOTP/T10/6. The key is hashed in small letters however it is written. A PIN "-" is none, and "+" is asked of another module, which
// does not go together with Mobile-OTP.
func readModAuthnOTP(r *reader) {
	for n, line := range r.lines() {
		fields := words(line)
		if len(fields) == 0 || strings.HasPrefix(line, "#") {
			continue
		}
		why, known := notMobileOTP(fields[0])
		if !known {
			r.leave(n, "", "the type of the token, in the first column, is none that mod_authn_otp knows")
			continue
		}
		if len(fields) < 4 {
			r.leave(n, "", "is not of the form: type, user, PIN, key, offset in steps")
			continue
		}
		name, token := fields[1], motp.Token{Secret: strings.ToLower(fields[3]), PIN: fields[2]}
		if why == "" {
			why = whyNotModAuthnOTP(token)
		}
		if why != "" {
			r.leave(n, name, why)
			continue
		}
		var notes []string
		if hasCapitals(fields[3]) {
			notes = append(notes, noteLowered)
		}
		if len(fields) > 4 {
			var ok bool
			if token.Offset, ok = steps(fields[4]); !ok {
				r.leave(n, name, "the offset is not a number of steps")
				continue
			}
		}
		r.take(n, name, token, notes...)
	}
}

func whyNotModAuthnOTP(t motp.Token) string {
	switch {
	case t.PIN == "-":
		return noPIN
	case t.PIN == "+":
		return `the PIN "+" is kept elsewhere (OTPAuthPINAuthProvider)`
	case len(t.PIN) > maxPINModAuthnOTP:
		return "the PIN is longer than mod_authn_otp reads"
	case !isHex(t.Secret) || len(t.Secret)%2 != 0:
		return "the key is not an even number of hex digits"
	}
	return ""
}

// notMobileOTP says why a type of mod_authn_otp is not Mobile-OTP, or nothing if it is; known is false if it is no type at all.
func notMobileOTP(kind string) (why string, known bool) {
	if kind == "E" || kind == "T" {
		return "is an OATH token, not Mobile-OTP", true // as version 1.0 wrote it
	}
	parts := strings.Split(kind, "/")
	hotp := strings.EqualFold(parts[0], "HOTP")
	if len(parts) > 3 || !hotp && !strings.EqualFold(parts[0], "MOTP") {
		return "", false
	}
	counter, digits := "T10", 6
	if len(parts) > 1 {
		counter = parts[1]
	}
	if counter != "E" && !(strings.HasPrefix(counter, "T") && (len(counter) == 1 || isDigits(counter[1:]))) {
		return "", false
	}
	if len(parts) > 2 {
		var err error
		if digits, err = strconv.Atoi(parts[2]); err != nil {
			return "", false
		}
	}
	switch {
	case hotp:
		return "is an OATH token, not Mobile-OTP", true
	case counter == "E":
		return "counts events, where Mobile-OTP counts time", true
	case counter != "T10":
		return "has steps of another length than ten seconds", true
	case digits != 6:
		return "has codes of another length than six digits", true
	}
	return "", true
}
