package importers

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pam-motp/pam-motp/motp"
)

// readGoogleAuthenticator reads the file that PAM's google-authenticator keeps for each user,
// ~/.google_authenticator: the key in base32 on the first line, then options, each on a line that
// begins with a quote and a blank, then scratch codes of eight digits. The codes are those of SHA1,
// of six digits.
//
// A HOTP_COUNTER above 0 makes it HOTP, whatever else stands there: it is the counter of the next
// code. Else TOTP_AUTH makes it TOTP, and TIME_SKEW is how many steps the token's clock is ahead.
// With neither, and with some options that are wrong, the module refuses every code. Of an option
// that stands there twice the first is in force.
func readGoogleAuthenticator(r *reader) {
	first, rest, _ := strings.Cut(r.Text, "\n")
	g := googleFile{
		options: make(map[string]googleOption),
		timed:   strings.Contains(r.Text, `" TOTP_AUTH`),
	}
	key, isKey := fromLooseBase32(first)
	switch {
	case r.Text == "":
		r.skip(1, "", "is empty")
		return
	case strings.Contains(r.Text, "\x00"):
		r.skip(1, "", "has a zero byte in it, and the module refuses such a file")
		return
	case !isKey:
		r.skip(1, "", "the first line is no key in base32")
		return
	case r.Owner == "":
		r.skip(1, "", "whose it is cannot be told from the name of the file: it must be "+
			"a home folder's .google_authenticator, or be named like the user")
		return
	}
	for n, line := range linesFrom(rest, 2) {
		g.add(r, n, line)
	}
	t, line, why := g.token(key)
	if why != "" {
		r.skip(line, r.Owner, why)
		return
	}
	r.take(1, r.Owner, t, g.notes(t)...)
	r.found.Users[len(r.found.Users)-1].Scratch = g.scratch
}

// A googleFile is the file of one user.
type googleFile struct {
	options map[string]googleOption
	timed   bool     // TOTP_AUTH stands in it, where and however it may
	scratch []string // the first that paper codes have room for
	further int
}

type googleOption struct {
	value string
	line  int
}

func (g *googleFile) add(r *reader, n int, line string) {
	if option, ok := strings.CutPrefix(line, `" `); ok {
		end := strings.IndexAny(option+" ", " \t")
		key := option[:end]
		if _, seen := g.options[key]; !seen {
			g.options[key] = googleOption{strings.Trim(option[end:], " \t"), n}
		}
		return
	}
	line = strings.TrimSpace(line)
	switch {
	case len(line) == 8 && isDigits(line):
		g.addScratch(line)
	case line != "":
		r.skip(n, "", "is neither an option nor a scratch code")
	}
}

// addScratch takes a scratch code over. One that stands there twice is one code.
func (g *googleFile) addScratch(code string) {
	switch {
	case slices.Contains(g.scratch, code):
	case len(g.scratch) == motp.MaxPaper:
		g.further++
	default:
		g.scratch = append(g.scratch, code)
	}
}

// token makes the token of a key and the options, or says why there is none, and in which line.
func (g *googleFile) token(key string) (t motp.Token, line int, why string) {
	t = motp.Token{Type: motp.TOTP, Secret: key}
	counter, counted := g.options["HOTP_COUNTER"]
	if counted && counter.value != "" && !isInteger(counter.value) {
		return t, counter.line, "HOTP_COUNTER is not a number"
	}
	counted = counted && strings.Trim(counter.value, "+0") != "" &&
		!strings.HasPrefix(counter.value, "-")
	if line, why := g.refused(counted); why != "" {
		return t, line, why
	}
	switch {
	case counted:
		t.Type = motp.HOTP
		if !setCounter(&t, strings.TrimPrefix(counter.value, "+")) {
			return t, counter.line, "HOTP_COUNTER: " + whyCounter
		}
		return t, 1, ""
	case !g.timed:
		return t, 1, "has neither TOTP_AUTH nor a HOTP_COUNTER above 0, " +
			"so the module accepts no code of it"
	}
	if step, ok := g.options["STEP_SIZE"]; ok {
		setPeriod(&t, step.value)
	}
	if skew, ok := g.options["TIME_SKEW"]; ok {
		if t.Offset, ok = whole(skew.value, t.StepLength()); !ok {
			return t, skew.line, "TIME_SKEW is not a number of steps, or more than " +
				"ten years"
		}
	}
	return t, 1, ""
}

// refused looks for an option with a value for which the module refuses every code.
func (g *googleFile) refused(counted bool) (line int, why string) {
	const whyRefused = ", so the module refuses every code"
	for _, limit := range []struct {
		key       string
		max       int
		ofTheTOTP bool
	}{{"STEP_SIZE", 60, true}, {"WINDOW_SIZE", 100, false}} {
		o, ok := g.options[limit.key]
		n, err := strconv.Atoi(o.value)
		if ok && !(limit.ofTheTOTP && counted) && (err != nil || n < 1 || n > limit.max) {
			return o.line, fmt.Sprintf("%s is not a number from 1 to %d%s",
				limit.key, limit.max, whyRefused)
		}
	}
	if o, ok := g.options["RATE_LIMIT"]; ok && !isRateLimit(strings.Fields(o.value)) {
		return o.line, "RATE_LIMIT is not of the form: attempts up to 100, seconds up to " +
			"3600, times" + whyRefused
	}
	return 0, ""
}

func isRateLimit(words []string) bool {
	if len(words) < 2 {
		return false
	}
	for i, w := range words {
		n, err := strconv.Atoi(w)
		if err != nil || i == 0 && (n < 1 || n > 100) || i == 1 && (n < 1 || n > 3600) {
			return false
		}
	}
	return true
}

// notes tells what belongs to the user there and is not taken over.
func (g *googleFile) notes(t motp.Token) (notes []string) {
	if t.Type == motp.HOTP && g.timed {
		notes = append(notes, "has TOTP_AUTH too, which the module passes over "+
			"beside a HOTP_COUNTER above 0")
	}
	if o, ok := g.options["WINDOW_SIZE"]; ok {
		notes = append(notes, fmt.Sprintf("WINDOW_SIZE (line %d) is left: "+
			"the window of motp.conf is everyone's", o.line))
	}
	if o := g.options["DISALLOW_REUSE"]; t.Type == motp.TOTP && o.value != "" {
		notes = append(notes, fmt.Sprintf("the used codes (%d, in line %d) are left: "+
			"wait %s before the change, and they are no good any more",
			len(strings.Fields(o.value)), o.line, inMinutes(t)))
	}
	if len(g.scratch) > 0 {
		notes = append(notes, fmt.Sprintf("the scratch codes (%d) are taken over as paper "+
			"codes; eight digits are few: \"motp codes\" makes better ones",
			len(g.scratch)))
	}
	if g.further > 0 {
		notes = append(notes, fmt.Sprintf("further scratch codes (%d) are left: a user "+
			"has %d at the most", g.further, motp.MaxPaper))
	}
	return notes
}

// inMinutes is how long a code of Google's module may be good: with a window of 17 steps, the
// largest that its program sets.
func inMinutes(t motp.Token) string {
	return fmt.Sprintf("%d minutes", int(17*t.StepLength()/time.Minute)+1)
}
