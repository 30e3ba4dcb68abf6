package importers

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/pam-motp/pam-motp/motp"
)

// kindsUsersOATH are the types of tokens that OATH Toolkit's library knows, letter for letter.
var kindsUsersOATH = map[string]motp.Token{
	"HOTP": {Type: motp.HOTP}, "HOTP/E": {Type: motp.HOTP}, "HOTP/E/6": {Type: motp.HOTP},
	"HOTP/E/7": {Type: motp.HOTP, Digits: 7}, "HOTP/E/8": {Type: motp.HOTP, Digits: 8},
	"HOTP/T30": {Type: motp.TOTP}, "HOTP/T30/6": {Type: motp.TOTP},
	"HOTP/T30/7": {Type: motp.TOTP, Digits: 7}, "HOTP/T30/8": {Type: motp.TOTP, Digits: 8},
	"HOTP/T60": totpOfMinutes(0), "HOTP/T60/6": totpOfMinutes(0),
	"HOTP/T60/7": totpOfMinutes(7), "HOTP/T60/8": totpOfMinutes(8),
}

func totpOfMinutes(digits int) motp.Token {
	t := motp.Token{Type: motp.TOTP, Digits: digits}
	setPeriod(&t, "60")
	return t
}

// maxKeyUsersOATH is the room that the library has for a key. It refuses all codes of a longer one.
const maxKeyUsersOATH = 32

// The columns of users.oath.
const (
	typeUsersOATH = iota
	userUsersOATH
	passwordUsersOATH
	keyUsersOATH
	counterUsersOATH
	codeUsersOATH
	timeUsersOATH
	columnsUsersOATH
)

// readUsersOATH reads pam_oath's /etc/users.oath: type, user, password, key in hex, and then, if
// the user has ever logged in, counter, last code, and when. The counter is that of the last code
// if there is one, and of the next if not; with time it says nothing of the clock. A password "-"
// is none, any other is typed before the code, and "+" is asked of another module.
//
// A user may have several lines, and the code of any of them is good. At a line that the library
// cannot read it stops, if the password fits: what follows it is never reached.
func readUsersOATH(r *reader) {
	type login struct{ user, password string }
	stopped := make(map[login]int)
	for n, line := range r.lines() {
		f := strings.FieldsFunc(line, func(c rune) bool {
			return strings.ContainsRune(" \t\r", c)
		})
		if len(f) == 0 || strings.HasPrefix(f[0], "#") {
			continue
		}
		t, known := kindsUsersOATH[f[typeUsersOATH]]
		switch {
		case !known:
			r.skip(n, "", "the type of the token, in the first column, is none that "+
				"pam_oath knows")
			continue
		case len(f) <= keyUsersOATH:
			r.skip(n, "", "is not of the form: type, user, password, key, counter, "+
				"last code, time")
			continue
		}
		name := f[userUsersOATH]
		same := login{name, f[passwordUsersOATH]}
		if at, ok := stopped[same]; ok {
			r.skip(n, name, fmt.Sprintf("stands behind line %d, at which pam_oath "+
				"stops", at))
			continue
		}
		if why := completeUsersOATH(&t, f); why != "" {
			if slices.Contains(stopsUsersOATH, why) {
				stopped[same] = n
			}
			r.skip(n, name, why)
			continue
		}
		var notes []string
		if t.Digits != 0 {
			notes = append(notes,
				fmt.Sprintf("has codes of %d digits by its type; pam_oath "+
					"itself goes by digits= on its PAM line", t.Digits))
		}
		r.take(n, name, t, notes...)
	}
}

// Reasons for which pam_oath looks no further.
const (
	whyLongUsersOATH = "the key is longer than the 32 bytes that pam_oath has room for, " +
		"so it accepts no code of it"
	whyTimeUsersOATH = "the time, in the seventh column, is not like 2026-11-22T06:47:08L"
)

var stopsUsersOATH = []string{whyHex, whyCounter, whyLongUsersOATH, whyTimeUsersOATH}

// completeUsersOATH puts what stands behind the type into a token, or says why there is none.
func completeUsersOATH(t *motp.Token, f []string) (why string) {
	var ok bool
	if t.Secret, ok = fromHex(f[keyUsersOATH]); !ok {
		return whyHex
	}
	if why := whyNotUsersOATH(*t, f); why != "" {
		return why
	}
	switch f[passwordUsersOATH] {
	case "-":
	case "+":
		return `the password "+" is asked of another module: ` +
			"write - in its place, and keep that module"
	default:
		t.PIN = f[passwordUsersOATH]
	}
	if len(f) <= counterUsersOATH {
		return ""
	}
	set := setCounter
	if len(f) > codeUsersOATH {
		set = setUsedCounter
	}
	if !set(t, f[counterUsersOATH]) {
		return whyCounter
	}
	if t.Type == motp.TOTP {
		t.Counter = 0 // what the library counts there is nothing to go by
	}
	return ""
}

// whyNotUsersOATH looks at the columns behind the key. A key that is written in groups would else
// become a short one, with the next groups as counter and code. Who was ever logged in has all
// three columns; somebody who begins at a counter has that one.
func whyNotUsersOATH(t motp.Token, f []string) string {
	key := f[keyUsersOATH]
	switch {
	case len(f) > counterUsersOATH && looksGrouped(key, f[counterUsersOATH]),
		isShort(t) && len(f) > counterUsersOATH && len(f) <= timeUsersOATH:
		return whyGroups
	case len(t.Secret) > maxKeyUsersOATH:
		return whyLongUsersOATH
	case len(f) > columnsUsersOATH:
		return "has more columns than type, user, password, key, counter, last code, time"
	case len(f) > codeUsersOATH && !isCode(f[codeUsersOATH]):
		return "the last code, in the sixth column, is not 6 to 8 digits"
	case len(f) == columnsUsersOATH && !isTimeUsersOATH(f[timeUsersOATH]):
		return whyTimeUsersOATH
	}
	return ""
}

func isTimeUsersOATH(s string) bool {
	_, err := time.Parse("2006-1-2T15:4:5L", s)
	return err == nil
}
