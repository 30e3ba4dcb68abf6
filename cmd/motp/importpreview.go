package main

import (
	"fmt"
	"unicode/utf8"

	"github.com/pam-motp/pam-motp/foreign"
)

// preview shows what an import would do. It shows no secret and no PIN.
func (a *app) preview(o importOptions, p plan) {
	place := func(file string, line int) string {
		switch {
		case o.format.Ending == "":
			return fmt.Sprintf("line %d", line)
		case line == 1:
			return file
		}
		return fmt.Sprintf("%s:%d", file, line)
	}
	taken := append(append([]foreign.Imported{}, p.added...), p.replaced...)
	names := 0
	for _, i := range taken {
		names = max(names, utf8.RuneCountInString(show(i.User.Name)))
	}
	names = min(names, nameWidth)

	if len(taken) > 0 {
		a.print("To be taken over from %s (%s) into %s:", o.file, o.format.Name, a.confPath)
	}
	for n, i := range taken {
		from := place(i.File, i.Line)
		if n >= len(p.added) {
			from += fmt.Sprintf(", in place of line %d", p.entries[i.User.Name][0].Line)
		}
		a.print("  %s  %-22s  %s", pad(show(i.User.Name), names), clock(i), from)
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
}

// clock tells in words how far a token's clock is off.
func clock(i foreign.Imported) string {
	offset := i.User.Tokens[0].Offset
	if offset == 0 {
		return "the server's time"
	}
	return aheadOrBehind(offset)
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
