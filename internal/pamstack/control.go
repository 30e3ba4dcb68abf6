package pamstack

import (
	"slices"
	"strconv"
	"strings"
)

// An action is what the dispatcher does with an answer: jump over so many modules if it is above
// zero.
type action int

const (
	ignore action = -iota
	ok
	done
	bad
	die
	reset
)

var actionWords = map[string]action{"ignore": ignore, "ok": ok, "done": done, "bad": bad,
	"die": die, "reset": reset}

// An Answer is what a module returns, by the word that stands for it in a control.
type Answer string

// The answers that controls are asked about most.
const (
	Success Answer = "success"
	Ignore  Answer = "ignore"
	AuthErr Answer = "auth_err"
)

// actions says what to do with each answer; what is not in it is bad, unless there is a "default".
type actions map[Answer]action

func (a actions) of(answer Answer) action {
	if act, there := a[answer]; there {
		return act
	}
	if act, there := a["default"]; there {
		return act
	}
	return bad
}

// named returns the failures that a control treats in a way of their own.
func (a actions) named() []Answer {
	var named []Answer
	for answer := range a {
		if answer != "default" && answer != Success && answer != "new_authtok_reqd" &&
			answer != Ignore {
			named = append(named, answer)
		}
	}
	slices.Sort(named)
	return named
}

var words = map[string]actions{
	"required":   {Success: ok, "new_authtok_reqd": ok, Ignore: ignore, "default": bad},
	"requisite":  {Success: ok, "new_authtok_reqd": ok, Ignore: ignore, "default": die},
	"sufficient": {Success: done, "new_authtok_reqd": done, "default": ignore},
	"optional":   {Success: ok, "new_authtok_reqd": ok, "default": ignore},
}

// parseControl reads a control, which is one of four words, or pairs in brackets. It is false for
// what libpam does not know.
func parseControl(s string) (actions, bool) {
	if a, known := words[strings.ToLower(s)]; known {
		return a, true
	}
	if !strings.HasPrefix(s, "[") {
		return nil, false
	}
	a := actions{}
	for _, pair := range strings.Fields(strings.Trim(s, "[]")) {
		answer, what, found := strings.Cut(pair, "=")
		act, known := actionWords[what]
		if n, err := strconv.Atoi(what); err == nil && n >= 0 {
			act, known = action(n), true
		}
		if !found || !known || !slices.Contains(answers, Answer(answer)) {
			return nil, false
		}
		a[Answer(answer)] = act
	}
	return a, true
}

// answers are the words that a control may name.
var answers = []Answer{
	"success", "open_err", "symbol_err", "service_err", "system_err", "buf_err", "perm_denied",
	"auth_err", "cred_insufficient", "authinfo_unavail",
	"user_unknown", "maxtries", "new_authtok_reqd", "acct_expired", "session_err",
	"cred_unavail", "cred_expired", "cred_err", "no_module_data", "conv_err",
	"authtok_err", "authtok_recover_err", "authtok_lock_busy", "authtok_disable_aging",
	"try_again", "ignore", "abort", "authtok_expired", "module_unknown",
	"bad_item", "conv_again", "incomplete", "default",
}
