package importers

import (
	"encoding/csv"
	"strings"

	"github.com/pam-motp/pam-motp/motp"
)

// What MOTP-AS has room for.
const (
	maxSecretMOTPAS = 32
	maxPINMOTPAS    = 8
)

// The columns of MOTP-AS' CSV.
const (
	userMOTPAS, roleMOTPAS, secretMOTPAS, zoneMOTPAS, pinMOTPAS, passwordMOTPAS = 0, 2, 4, 5, 6,
		7

	columnsMOTPAS = 10
)

// readMOTPAS reads the CSV that MOTP-AS 0.8 imports: exactly ten columns (user, name, role, device,
// secret, time zone, PIN, static password, its count, its end). It passes over lines with more or
// fewer. The time zone is the hours that are added to the server's time. It stores whole ones, and
// beside them the seconds that it has learnt; who gets the CSV out of its database puts both
// together as hours with decimals. Secrets are stored, and hashed, in small letters.
func readMOTPAS(r *reader) {
	for n, line := range r.lines() {
		if strings.TrimSpace(line) == "" {
			continue
		}
		f, err := csv.NewReader(strings.NewReader(line)).Read()
		if err != nil {
			r.skip(n, "", whyNoCSV)
			continue
		}
		if len(f) != columnsMOTPAS {
			r.skip(n, "", "has not the ten columns that MOTP-AS wants")
			continue
		}
		if f[roleMOTPAS] == "role" && f[secretMOTPAS] == "Secret" &&
			f[zoneMOTPAS] == "Timezone" {
			continue // the names of the columns
		}
		name := f[userMOTPAS]
		token := motp.Token{Secret: strings.ToLower(f[secretMOTPAS]), PIN: f[pinMOTPAS]}
		if why := whyNotMOTPAS(name, token); why != "" {
			r.skip(n, name, why)
			continue
		}
		if !strings.Contains(line, token.PIN) {
			r.skip(n, name, "the PIN has quotes in it")
			continue
		}
		if f[zoneMOTPAS] != "" {
			var ok bool
			if token.Offset, ok = hours(f[zoneMOTPAS]); !ok {
				r.skip(n, name, "the time zone is not a number of hours")
				continue
			}
		}
		var notes []string
		if hasCapitals(f[secretMOTPAS]) {
			notes = append(notes, noteLowered)
		}
		if f[passwordMOTPAS] != "" {
			notes = append(notes, "the static password is not taken over")
		}
		r.take(n, name, token, notes...)
	}
}

func whyNotMOTPAS(name string, t motp.Token) string {
	switch {
	case name == "":
		return "is a device without a user"
	case t.Secret == "":
		return "is a user without a device"
	case t.PIN == "":
		return "has no PIN, so it is no account"
	case !isHex(t.Secret):
		return "the secret is not hexadecimal; if it is from MOTP-AS' database, it may " +
			"be scrambled ($mysql_scramble)"
	case len(t.Secret) > maxSecretMOTPAS:
		return "the secret is longer than the 32 digits that MOTP-AS stores"
	case len(t.PIN) > maxPINMOTPAS:
		return "the PIN is longer than the eight characters that MOTP-AS stores"
	}
	return ""
}
