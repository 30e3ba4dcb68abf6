package cli

import (
	"fmt"
	"strings"

	"github.com/pam-motp/pam-motp/internal/codeformat"
	"github.com/pam-motp/pam-motp/internal/importers"
	"github.com/pam-motp/pam-motp/internal/shown"
	"github.com/pam-motp/pam-motp/internal/term"
	"github.com/pam-motp/pam-motp/internal/words"
	"github.com/pam-motp/pam-motp/motp"
)

// preview shows what an import would do. It shows no secret and no PIN.
func (a *app) preview(o importOptions, p plan) {
	if len(p.users()) > 0 {
		a.print("To be taken over from %s (%s) into %s:",
			o.from(), o.format.Name, a.confPath)
		a.printTaken(o, p)
	}
	if len(p.there) > 0 {
		a.print("In the table already, with the same token: %s.",
			words.Count(len(p.there), "user"))
	}
	if len(p.skipped) > 0 {
		a.print("Left, and why:")
	}
	for _, l := range p.skipped {
		if l.User != "" {
			l.Reason = shown.Name(l.User) + ": " + l.Reason
		}
		a.print("  %s: %s", o.place(l.File, l.Line), l.Reason)
	}
	for _, warning := range p.sharing() {
		a.warn("%s", warning)
	}
	if warning := p.weakPINs(); warning != "" {
		a.warn("%s", warning)
	}
}

// printTaken prints a row for each token, and notes below it.
func (a *app) printTaken(o importOptions, p plan) {
	var table term.Table
	notes := make(map[int][]string)
	for n, i := range append(append([]importers.Imported{}, p.added...), p.replaced...) {
		from := o.place(i.File, i.Line)
		if n >= len(p.added) {
			from += fmt.Sprintf(", in place of line %d", p.entries[i.User.Name][0].Line)
		}
		table.Add("  "+shown.Name(i.User.Name), inColumn(clock(i.User.Tokens[0])), from)
		for n, t := range i.User.Tokens[1:] {
			table.Add("", inColumn(clock(t)),
				o.place(i.File, i.ExtraTokens[n])+", "+t.Name)
		}
		notes[len(table)-1] = i.Notes
	}
	columns, _, _ := term.Size(a.out)
	lines, first := table.Lines(columns)
	for n, line := range lines {
		a.print("%s", line)
		for _, note := range notes[n] {
			a.print("%s    %s", strings.Repeat(" ", first), note)
		}
	}
}

// inColumn is a clock as wide as most are.
func inColumn(clock string) string { return fmt.Sprintf("%-22s", clock) }

// place is where an entry stands, as shortly as it can be said.
func (o importOptions) place(file string, line int) string {
	switch {
	case line == 0:
		return shown.Name(file)
	case o.format.Picture:
		return fmt.Sprintf("%s, code %d", shown.Name(file), line)
	case o.format.OneUser:
		return fmt.Sprintf("%s:%d", shown.Name(file), line)
	case o.format.Ending == "":
		return fmt.Sprintf("line %d", line)
	case line == 1:
		return shown.Name(file)
	}
	return fmt.Sprintf("%s:%d", shown.Name(file), line)
}

// clock is how far a token's clock is off, and what kind of token it is if not one of Mobile-OTP.
func clock(t motp.Token) string {
	off := "the server's time"
	if t.Offset != 0 {
		off = words.AheadOrBehind(t.Offset)
	}
	switch k := t.Kind(); {
	case k.Counter:
		return fmt.Sprintf("%s, counter %d", codeformat.Kind(t), t.Counter)
	case !k.PINInCode:
		return codeformat.Kind(t) + ", " + off
	}
	return off
}
