package cli

import (
	"fmt"

	"github.com/pam-motp/pam-motp/internal/importers"
	"github.com/pam-motp/pam-motp/motp"
)

// preview shows what an import would do. It shows no secret and no PIN.
func (a *app) preview(o importOptions, p plan) {
	place := func(file string, line int) string {
		switch {
		case line == 0:
			return show(file)
		case o.format.OneUser:
			return fmt.Sprintf("%s:%d", show(file), line)
		case o.format.Ending == "":
			return fmt.Sprintf("line %d", line)
		case line == 1:
			return show(file)
		}
		return fmt.Sprintf("%s:%d", show(file), line)
	}
	taken := append(append([]importers.Imported{}, p.added...), p.replaced...)
	var shown []string
	clocks := 22
	for _, i := range taken {
		for _, t := range i.User.Tokens {
			clocks = max(clocks, len(clock(t)))
		}
		shown = append(shown, show(i.User.Name))
	}
	names := a.columnFor(shown, previewBeside)

	if len(taken) > 0 {
		a.print("To be taken over from %s (%s) into %s:", o.from(), o.format.Name, a.confPath)
	}
	for n, i := range taken {
		from := place(i.File, i.Line)
		if n >= len(p.added) {
			from += fmt.Sprintf(", in place of line %d", p.entries[i.User.Name][0].Line)
		}
		name, first := pad(show(i.User.Name), names), i.User.Tokens[0]
		a.print("  %s  %-*s  %s", name, clocks, clock(first), from)
		for n, t := range i.User.Tokens[1:] {
			a.print("  %s  %-*s  %s, %s", pad("", names), clocks, clock(t),
				place(i.File, i.Further[n]), t.Name)
		}
		for _, note := range i.Notes {
			a.print("  %s    %s", pad("", names), note)
		}
	}
	if len(p.there) > 0 {
		a.print("In the table already, with the same token: %s.", count(len(p.there), "user"))
	}
	if len(p.left) > 0 {
		a.print("Left, and why:")
	}
	for _, l := range p.left {
		if l.User != "" {
			l.Reason = show(l.User) + ": " + l.Reason
		}
		a.print("  %s: %s", place(l.File, l.Line), l.Reason)
	}
	for _, warning := range p.sharing() {
		a.warn("%s", warning)
	}
	if warning := p.weakPINs(); warning != "" {
		a.warn("%s", warning)
	}
}

// previewBeside is what a row of the preview has beside a name: a clock and a line, mostly.
const previewBeside = 2 + 2 + 22 + 2 + 20

// clock tells in words how far a token's clock is off, and what kind of token it is if not one of Mobile-OTP.
func clock(t motp.Token) string {
	words := "the server's time"
	if t.Offset != 0 {
		words = aheadOrBehind(t.Offset)
	}
	switch t.Type {
	case motp.TOTP:
		return kindInWords(t) + ", " + words
	case motp.HOTP:
		return fmt.Sprintf("%s, counter %d", kindInWords(t), t.Counter)
	}
	return words
}

// countAre puts a number and the right verb to a thing: "1 user is", "2 users are". The plural may be given.
func countAre(n int, thing string, plural ...string) string {
	switch {
	case n == 1:
		return "1 " + thing + " is"
	case len(plural) > 0:
		return fmt.Sprintf("%d %s are", n, plural[0])
	default:
		return count(n, thing) + " are"
	}
}
