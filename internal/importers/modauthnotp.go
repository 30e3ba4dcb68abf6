package importers

import (
	"strconv"
	"strings"
	"time"

	"github.com/pam-motp/pam-motp/motp"
)

// maxPINModAuthnOTP is the room that mod_authn_otp 1.1.12 has for a PIN. It cuts longer ones.
const maxPINModAuthnOTP = 127

// readModAuthnOTP reads the users file of Apache's mod_authn_otp 1.0 to 1.1: type, user, PIN, key
// in hex, and then, if the user has ever logged in, offset in steps or next counter, failures, and
// more about the last login. The type is ALGORITHM[/COUNTER[/DIGITS]].
//
// For MOTP the key is hashed in small letters however it is written. Of the others the PIN is typed
// before the code. A PIN "-" is none, and "+" is asked of another module. Of a user who has several
// lines the first that can be read is in force.
func readModAuthnOTP(r *reader) {
	inForce := make(map[string]bool)
	for n, line := range r.lines() {
		f := words(line)
		if len(f) == 0 || strings.HasPrefix(line, "#") {
			continue
		}
		t, why, known := kindModAuthnOTP(f[0])
		switch {
		case !known:
			r.skip(n, "", "the type of the token, in the first column, is none that "+
				"mod_authn_otp knows")
			continue
		case len(f) < 4:
			r.skip(n, "", "is not of the form: type, user, PIN, key, offset in "+
				"steps or counter")
			continue
		}
		name := f[1]
		if why == "" {
			why = completeModAuthnOTP(&t, f)
		}
		if why == "" && inForce[name] {
			why = "stands behind another line of this user, which is the one " +
				"mod_authn_otp reads"
		}
		if why != "" {
			r.skip(n, name, why)
			continue
		}
		inForce[name] = true
		if t.Type == motp.MobileOTP && hasCapitals(f[3]) {
			r.take(n, name, t, noteLowered)
		} else {
			r.take(n, name, t)
		}
	}
}

// completeModAuthnOTP puts what stands behind the type into a token, or says why there is none.
func completeModAuthnOTP(t *motp.Token, f []string) (why string) {
	pin, key, rest := f[2], f[3], f[4:]
	secret, ok := fromHex(key)
	switch {
	case pin == "-" && t.Type == motp.MobileOTP:
		return noPIN
	case pin == "+" && t.Type == motp.MobileOTP:
		return `the PIN "+" is kept elsewhere (OTPAuthPINAuthProvider)`
	case pin == "+":
		return `the PIN "+" is asked of another provider (OTPAuthPINAuthProvider): ` +
			"write - in its place, and keep that provider"
	case len(pin) > maxPINModAuthnOTP:
		return "the PIN is longer than mod_authn_otp reads"
	case !ok:
		return whyHex
	}
	if pin != "-" {
		t.PIN = pin
	}
	t.Secret = secret
	if t.Type == motp.MobileOTP {
		t.Secret = strings.ToLower(key)
	}
	if len(rest) == 0 {
		return ""
	}
	switch {
	case looksGrouped(key, rest[0]), isShort(*t) && t.Type != motp.MobileOTP && len(rest) < 3:
		return whyGroups
	case !isHistoryModAuthnOTP(rest[1:]):
		return "what stands behind the offset is not: failures, last code, time, address"
	case t.Type == motp.HOTP && !setCounter(t, rest[0]):
		return whyCounter
	case t.Type == motp.HOTP:
		return ""
	}
	if t.Offset, ok = whole(rest[0], t.StepLength()); !ok {
		return "the offset is not a number of steps"
	}
	return ""
}

// isHistoryModAuthnOTP tells whether columns are those about the last login: the number of
// failures, or the last code, its time and an address, or both.
func isHistoryModAuthnOTP(f []string) bool {
	if len(f) > 4 {
		return false
	}
	if (len(f) == 1 || len(f) == 4) && !isDigits(f[0]) {
		return false
	}
	if len(f) == 4 {
		f = f[1:]
	}
	if len(f) < 2 {
		return true
	}
	_, err := time.Parse("2006-1-2T15:4:5", strings.TrimRight(f[1], "LZ"))
	return err == nil || isDigits(f[1])
}

// kindModAuthnOTP reads a type: a token of that type, or why there is none. known is false if
// it is no type at all.
func kindModAuthnOTP(kind string) (t motp.Token, why string, known bool) {
	switch kind { // as version 1.0 wrote them
	case "E":
		kind = "HOTP/E"
	case "T":
		kind = "HOTP/T30"
	}
	parts := strings.Split(kind, "/")
	hotp := strings.EqualFold(parts[0], "HOTP")
	if len(parts) > 3 || !hotp && !strings.EqualFold(parts[0], "MOTP") {
		return t, "", false
	}
	counter, digits := "T10", 6
	if hotp {
		counter = "E"
	}
	if len(parts) > 1 {
		counter = parts[1]
	}
	if counter != "E" && !(strings.HasPrefix(counter, "T") &&
		(len(counter) == 1 || isDigits(counter[1:]))) {
		return t, "", false
	}
	if len(parts) > 2 {
		var err error
		if digits, err = strconv.Atoi(parts[2]); err != nil {
			return t, "", false
		}
	}
	if hotp {
		t, why = oathModAuthnOTP(counter, digits)
	} else {
		why = whyNotMobileModAuthnOTP(counter, digits)
	}
	return t, why, true
}

func oathModAuthnOTP(counter string, digits int) (t motp.Token, why string) {
	t.Type = motp.TOTP
	switch {
	case counter == "E":
		t.Type = motp.HOTP
	case counter == "T":
		return t, "has no length of a step: which it is depends on the version of " +
			"mod_authn_otp, write HOTP/T30"
	case !setPeriod(&t, counter[1:]):
		return t, whyPeriod
	}
	if !setDigits(&t, strconv.Itoa(digits)) {
		return t, whyDigits
	}
	return t, ""
}

func whyNotMobileModAuthnOTP(counter string, digits int) string {
	switch {
	case counter == "E":
		return "counts events, where Mobile-OTP counts time"
	case counter != "T10":
		return "has steps of another length than ten seconds"
	case digits != 6:
		return "has codes of another length than six digits"
	}
	return ""
}
