package doctor

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pam-motp/pam-motp/internal/pamstack"
)

// gathered are the ways that were found, with the services that have them, so that a line that many
// services include is told once.
type gathered map[Finding][]string

// order of the findings, since a map has none.
func (g gathered) tell(v *visit) {
	var all []Finding
	for f := range g {
		all = append(all, f)
	}
	slices.SortFunc(all, func(a, b Finding) int {
		if c := strings.Compare(a.File, b.File); c != 0 {
			return c
		}
		if a.Line != b.Line {
			return a.Line - b.Line
		}
		return strings.Compare(a.What, b.What)
	})
	for _, f := range all {
		f.What = strings.Join(g[f], ", ") + ": " + f.What
		v.found(f)
	}
}

const requisite = "write: auth requisite pam_motp.so"

// add judges a service's ways in.
func (g gathered) add(s service, ways []pamstack.Way) {
	line := s.lines[0]
	put := func(severity Severity, what, mend string) {
		f := Finding{Severity: severity, File: line.File, Line: line.Number,
			What: what, Mend: mend}
		g[f] = append(g[f], s.Name)
	}
	if !slices.ContainsFunc(ways, func(w pamstack.Way) bool {
		return w.Code == pamstack.Success
	}) {
		put(Error, "nobody gets in with a code, not even with the right one: something "+
			"below refuses, or the line lacks a module that agrees after it", requisite)
	}
	// what each set of needs gets by with
	var needs []string
	by := map[string][]pamstack.Way{}
	for _, w := range ways {
		if w.Code == pamstack.Success || slices.Equal(w.Needs, []string{"pam_rootok"}) {
			continue
		}
		key := strings.Join(w.Needs, " ")
		if by[key] == nil {
			needs = append(needs, key)
		}
		by[key] = append(by[key], w)
	}
	for _, key := range needs {
		judge(by[key], line.Control, put)
		pass(by[key], s.lines, put)
	}
}

// pass tells about whom the lines let pass without a code, and what gets these in.
func pass(ways []pamstack.Way, lines []moduleLine, put func(severity Severity, what, mend string)) {
	has := func(code pamstack.Answer) bool {
		return slices.ContainsFunc(
			ways,
			func(w pamstack.Way) bool { return w.Code == code },
		)
	}
	if !has(pamstack.Ignore) || has("") {
		return
	}
	severity, lets := Error, "gets in, with nothing else to prove"
	if needs := ways[0].Needs; len(needs) > 0 {
		severity, lets = Note, enough(needs)
	}
	var nullok, exempt, grace bool
	for _, l := range lines {
		nullok, exempt = nullok || l.says.NullOK, exempt || l.says.Exempt
		grace = grace || l.says.Grace > 0
	}
	for _, option := range []struct {
		name, who string
		given     bool
	}{
		{"nullok", "who is not in the table", nullok},
		{"exempt", "who comes from its networks", exempt},
		{"grace", "who comes from where a code came from a short time ago", grace},
	} {
		if !option.given {
			continue
		}
		what, mend := option.name+": anybody "+option.who+" "+lets,
			"have a password or a key stand beside it (auth required pam_unix.so), or "+
				"remove "+option.name
		if severity == Note {
			what = option.name + ": for " + option.who + ", " + lets
			mend = "if that is not meant: remove " + option.name
		}
		put(severity, what, mend)
	}
}

// judge tells about the ways that need the same, besides a code.
func judge(ways []pamstack.Way, control string, put func(severity Severity, what, mend string)) {
	has := func(code pamstack.Answer) bool {
		return slices.ContainsFunc(ways, func(w pamstack.Way) bool {
			return w.Code == code
		})
	}
	lets, absent := "anybody gets in", "anybody who is not in the table gets in"
	severity, exempted := Error, Error
	if w := ways[0]; len(w.Needs) > 0 {
		lets = enough(w.Needs)
		absent = "for who is not in the table, " + lets
		severity, exempted = Warning, Warning
		if !w.Conditions && slices.ContainsFunc(w.Needs, isCondition) {
			exempted = Note // a password, and an exemption that somebody wrote down
		}
	}
	switch {
	case has("") && len(ways[0].Needs) == 0:
		put(severity, "anybody gets in without a code: a line above lets in, or jumps "+
			"over this one", "move this line up, or remove the other")
	case has(""):
		put(exempted, lets+", and no code is asked for",
			"if that is not meant: move this line up, and "+requisite)
	case has(pamstack.AuthErr):
		put(severity, fmt.Sprintf("%s, whatever is typed for a code: %q does not end the "+
			"stack when the code is wrong", lets, control), requisite)
	case has("authinfo_unavail") || has("service_err") || has("conv_err") ||
		has("module_unknown"):
		put(severity, lets+" when "+enumerate(failures(has)), requisite)
	}
	if has("user_unknown") && !has("") && !has(pamstack.AuthErr) {
		unknown := severity
		if len(ways[0].Needs) > 0 {
			unknown = Note
		}
		put(unknown, absent, "if that is not meant: "+requisite)
	}
}

// enough says what lets in by itself.
func enough(needs []string) string {
	var words []string
	for _, need := range needs {
		switch module, not := strings.CutPrefix(need, "not "); {
		case not:
			need = "a no of " + module
		case need == "pam_unix":
			need = "the Unix password (pam_unix)"
		case isCondition(need):
			need = "the condition of " + need
		default:
			need = "a yes of " + need
		}
		words = append(words, need)
	}
	if len(words) == 1 {
		return words[0] + " is enough"
	}
	return enumerate(words) + " are enough"
}

func isCondition(need string) bool { return pamstack.IsCondition(strings.TrimPrefix(need, "not ")) }

// failures are those of the module that do not keep anybody out, in words.
func failures(has func(pamstack.Answer) bool) []string {
	var words []string
	for _, f := range []struct {
		code pamstack.Answer
		when string
	}{
		{"authinfo_unavail", "the table or the record cannot be read"},
		{"service_err", "an option or a setting is mistyped"},
		{"conv_err", "the program cannot ask"},
		{"module_unknown", "the module is missing"},
	} {
		if has(f.code) {
			words = append(words, f.when)
		}
	}
	return words
}
