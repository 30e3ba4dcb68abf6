package conf

import "github.com/pam-motp/pam-motp/motp"

// A person is what the section of a user's first token says of the user.
type person struct {
	disabled bool
	local    bool // their record is on this host, whatever the table says of a fleet
	paper    motp.PaperCodes
}

// The keys of it, which no token has.
const (
	disabledKey = "disabled"
	localKey    = "local"
	paperKey    = "paper"
)

var personKeys = []string{disabledKey, localKey, paperKey}

// set stores one key, and says what is wrong with it, or nothing.
func (p *person) set(key, value string) string {
	switch key {
	case disabledKey:
		return setYes(&p.disabled, value)
	case localKey:
		return setYes(&p.local, value)
	case paperKey:
		return setPaper(&p.paper, value)
	}
	return "unknown key"
}

func setYes(at *bool, value string) string {
	if value != "yes" && value != "no" {
		return "must be yes or no"
	}
	*at = value == "yes"
	return ""
}

// putInto has an entry say it.
func (p person) putInto(e *Entry) {
	e.User.Disabled, e.User.Paper, e.Local = p.disabled, p.paper, p.local
}

// person is what an entry says of its user.
func (e Entry) person() person {
	return person{disabled: e.User.Disabled, paper: e.User.Paper, local: e.Local}
}

// settings writes it down. What need not be said is left out.
func (p person) settings() (all []setting) {
	for _, flag := range []struct {
		key string
		is  bool
	}{{disabledKey, p.disabled}, {localKey, p.local}} {
		if flag.is {
			all = append(all, setting{flag.key, "yes"})
		}
	}
	if codes := paperOf(p.paper); codes != "" {
		all = append(all, setting{paperKey, codes})
	}
	return all
}
