package importers

import (
	"strings"

	"github.com/pam-motp/pam-motp/motp"
)

// maxSecretPAMMobileOTP is the longest secret that pam_mobile_otp documents ("max 32 hex").
const maxSecretPAMMobileOTP = 32

// readPAMMobileOTP reads the motp.conf of pam_mobile_otp: user, secret (at most 32 hex digits),
// PIN, and offset in hours, between tabs or blanks. The offset is added to the server's time. The
// secret is hashed as it is written. A line that begins with # is a comment.
//
// (pam_motp reads this file as it is. Taking it over makes sections of it, or puts it together with
// other users.)
func readPAMMobileOTP(r *reader) {
	for n, line := range r.lines() {
		fields := words(line)
		if len(fields) == 0 || strings.HasPrefix(fields[0], "#") {
			continue
		}
		for i := 3; i < len(fields); i++ {
			if strings.HasPrefix(fields[i], "#") {
				fields = fields[:i]
			}
		}
		if len(fields) < 3 || len(fields) > 4 {
			r.skip(n, "", "is not of the form: user, secret, PIN, offset in hours")
			continue
		}
		name, token := fields[0], motp.Token{Secret: fields[1], PIN: fields[2]}
		if !isHex(token.Secret) {
			r.skip(n, name, "the secret is not hexadecimal")
			continue
		}
		if len(token.Secret) > maxSecretPAMMobileOTP {
			r.skip(n, name, "the secret has more than the 32 digits that "+
				"pam_mobile_otp knows")
			continue
		}
		var notes []string
		if len(fields) == 4 {
			var ok bool
			if token.Offset, ok = hours(fields[3]); !ok {
				r.skip(n, name, "the offset is not a number of hours")
				continue
			}
		} else {
			notes = append(notes, "has no offset; taken for 0")
		}
		if hasCapitals(token.Secret) {
			notes = append(notes, noteCapitals)
		}
		r.take(n, name, token, notes...)
	}
}
