package foreign

import (
	"strings"

	"github.com/pam-motp/pam-motp/motp"
)

// kindsUsersOATH are the types of tokens that OATH Toolkit's library knows, letter for letter.
var kindsUsersOATH = map[string]motp.Token{
	"HOTP": {Type: motp.HOTP}, "HOTP/E": {Type: motp.HOTP}, "HOTP/E/6": {Type: motp.HOTP},
	"HOTP/E/7": {Type: motp.HOTP, Digits: 7}, "HOTP/E/8": {Type: motp.HOTP, Digits: 8},
	"HOTP/T30": {Type: motp.TOTP}, "HOTP/T30/6": {Type: motp.TOTP},
	"HOTP/T30/7": {Type: motp.TOTP, Digits: 7}, "HOTP/T30/8": {Type: motp.TOTP, Digits: 8},
	"HOTP/T60": totpOfMinutes(0), "HOTP/T60/6": totpOfMinutes(0), "HOTP/T60/7": totpOfMinutes(7), "HOTP/T60/8": totpOfMinutes(8),
}

func totpOfMinutes(digits int) motp.Token {
	t := motp.Token{Type: motp.TOTP, Digits: digits}
	setPeriod(&t, "60")
	return t
}

// readUsersOATH reads pam_oath's /etc/users.oath: type, user, password, key in hex, and then, if the user has ever logged in, counter, last code, and
// when. The counter is that of the last code if there is one, and of the next if not; with time it says nothing of the clock. A password "-" is none,
// any other is typed before the code, and "+" is asked of another module.
func readUsersOATH(r *reader) {
	for n, line := range r.lines() {
		fields := words(line)
		if len(fields) == 0 || strings.HasPrefix(fields[0], "#") {
			continue
		}
		t, known := kindsUsersOATH[fields[0]]
		if !known {
			r.leave(n, "", "the type of the token, in the first column, is none that pam_oath knows")
			continue
		}
		if len(fields) < 4 {
			r.leave(n, "", "is not of the form: type, user, password, key, counter, last code, time")
			continue
		}
		name := fields[1]
		var ok bool
		if t.Secret, ok = fromHex(fields[3]); !ok {
			r.leave(n, name, "the key is not an even number of hex digits")
			continue
		}
		switch fields[2] {
		case "-":
		case "+":
			r.leave(n, name, `the password "+" is asked of another module: write - in its place, and keep that module`)
			continue
		default:
			t.PIN = fields[2]
		}
		if t.Type == motp.HOTP && len(fields) > 4 {
			if !setCounter(&t, fields[4]) {
				r.leave(n, name, whyCounter)
				continue
			}
			if len(fields) > 5 {
				t.Counter++ // the last code is used
			}
		}
		r.take(n, name, t)
	}
}
