package foreign

import (
	"fmt"
	"strings"
	"time"

	"github.com/pam-motp/pam-motp/motp"
)

// readGoogleAuthenticator reads the file that PAM's google-authenticator keeps for each user, ~/.google_authenticator: the key in base32, then options,
// each on a line that begins with a quote and a blank, then scratch codes of eight digits. The codes are those of SHA1, of six digits.
//
// TIME_SKEW is how many steps the token's clock is ahead. HOTP_COUNTER is that of the next code; it is not looked at beside TOTP_AUTH.
func readGoogleAuthenticator(r *reader) {
	t := motp.Token{Type: motp.TOTP}
	g := googleOptions{values: make(map[string]string), lines: make(map[string]int)}
	scratch := 0
	first := 0
	for n, line := range r.lines() {
		line = strings.TrimSpace(line)
		switch {
		case first == 0 && line == "":
		case first == 0:
			first = n
			var ok bool
			if t.Secret, ok = fromBase32(line); !ok {
				r.leave(n, "", "the first line is no key in base32")
				return
			}
		case strings.HasPrefix(line, `" `):
			key, value, _ := strings.Cut(line[2:], " ")
			if _, seen := g.values[key]; !seen { // the first is in force
				g.values[key], g.lines[key] = strings.TrimSpace(value), n
			}
		case len(line) == 8 && isDigits(line):
			scratch++
		case line != "":
			r.leave(n, "", "is neither an option nor a scratch code")
		}
	}
	switch {
	case first == 0:
		r.leave(1, "", "is empty")
	case r.Owner == "":
		r.leave(first, "", "whose it is cannot be told from the name of the file: it must be a home folder's .google_authenticator, or be named like the user")
	default:
		g.take(r, first, t, scratch)
	}
}

// googleOptions are the options of one file.
type googleOptions struct {
	values map[string]string
	lines  map[string]int
}

// take makes a user of a key and its options.
func (g googleOptions) take(r *reader, line int, t motp.Token, scratch int) {
	_, timed := g.values["TOTP_AUTH"]
	counter, counted := g.values["HOTP_COUNTER"]
	var notes []string
	if counted && !timed {
		t.Type = motp.HOTP
		if !setCounter(&t, counter) {
			r.leave(g.lines["HOTP_COUNTER"], r.Owner, whyCounter)
			return
		}
	} else {
		if step, ok := g.values["STEP_SIZE"]; ok && !setPeriod(&t, step) {
			r.leave(g.lines["STEP_SIZE"], r.Owner, "STEP_SIZE: "+whyPeriod)
			return
		}
		if skew, ok := g.values["TIME_SKEW"]; ok {
			offset, ok := whole(skew, t.StepLength())
			if !ok {
				r.leave(g.lines["TIME_SKEW"], r.Owner, "TIME_SKEW is not a number of steps, or more than ten years")
				return
			}
			t.Offset = offset
		}
	}
	if _, ok := g.values["WINDOW_SIZE"]; ok {
		notes = append(notes, fmt.Sprintf("WINDOW_SIZE (line %d) is left: the window of motp.conf is everyone's", g.lines["WINDOW_SIZE"]))
	}
	if used := strings.Fields(g.values["DISALLOW_REUSE"]); len(used) > 0 {
		notes = append(notes, fmt.Sprintf("the used codes (%d, in line %d) are left: wait %s before the change, and they are no good any more", len(used), g.lines["DISALLOW_REUSE"], inMinutes(t)))
	}
	if scratch > 0 {
		notes = append(notes, fmt.Sprintf("the scratch codes (%d) are left: motp has none", scratch))
	}
	r.take(line, r.Owner, t, notes...)
}

// inMinutes is how long a code of Google's module may be good: with a window of 17 steps, the largest that its program sets.
func inMinutes(t motp.Token) string {
	return fmt.Sprintf("%d minutes", int(17*t.StepLength()/time.Minute)+1)
}
