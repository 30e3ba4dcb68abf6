package conf

import (
	"math"
	"slices"
	"strings"
	"time"

	"github.com/pam-motp/pam-motp/motp"
)

const (
	maxFailures  = 1000
	maxLookAhead = 1000
)

// settingKeys are all that may stand above the first section.
var settingKeys = []string{
	"window", "look_ahead", "max_drift", "resync", "max_failures", "unlock_after",
	"callers", "self_service", "names",
	"store", "store_ca", "store_cert", "store_key", "fleet", "fleet_key", "store_call",
	"store_wait",
}

// Settings are what a table says for everyone, above its first section. A table in columns has
// none, and so the default.
type Settings struct {
	Policy motp.Policy

	// Callers are the service users who may ask motpd about others. Nobody but root may without
	// this. It must not be changed: who asks next may be given the same.
	Callers []Caller

	SelfService SelfService

	Names Names

	// Fleet says where the records are. In what is looked up for one user, it says so of that
	// user's: it is zero for one who is local.
	Fleet Fleet
}

// Names says under which names a login looks a user up.
type Names int

const (
	// NamesTyped means the name that was typed, and no other.
	NamesTyped Names = iota

	// NamesAccount means the name that the system has for the account, whatever was typed;
	// and what was typed only if that is not in the table.
	NamesAccount
)

// namesWords are the words for them in a table.
var namesWords = []string{"typed", "account"}

// String returns the word for it in a table: typed, or account.
func (n Names) String() string {
	if n < 0 || int(n) >= len(namesWords) {
		return "typed"
	}
	return namesWords[n]
}

// A Caller is a service user, not root, who may have motpd check any user for some PAM services.
type Caller struct {
	Account  string   // the account's name
	Services []string // names of PAM services; never empty
}

// SelfService says what users may have motpd do for themselves.
type SelfService int

const (
	// SelfServiceNo means nothing.
	SelfServiceNo SelfService = iota

	// SelfServiceStatus means being told one's own status.
	SelfServiceStatus

	// SelfServiceYes means that, and changing one's own clock and PIN with a current code.
	SelfServiceYes
)

// selfServiceWords are the words for them in a table.
var selfServiceWords = []string{"no", "status", "yes"}

// String returns the word for it in a table: no, status, or yes.
func (s SelfService) String() string {
	if s < 0 || int(s) >= len(selfServiceWords) {
		return "no"
	}
	return selfServiceWords[s]
}

// DefaultSettings are those of a table that says nothing.
func DefaultSettings() Settings {
	return Settings{Policy: motp.DefaultPolicy, SelfService: SelfServiceStatus}
}

// MayAsk says whether the table lets an account that is not root's ask about any user for a PAM
// service.
func (s Settings) MayAsk(account, service string) bool {
	return slices.ContainsFunc(s.Callers, func(c Caller) bool {
		return c.Account == account && slices.Contains(c.Services, service)
	})
}

// set stores a setting, and says what is wrong with it, or nothing; never the value itself.
func (s *Settings) set(key, value string) string {
	switch key {
	case "callers":
		return s.setCallers(value)
	case "self_service":
		word := slices.Index(selfServiceWords, value)
		if word < 0 {
			return "must be yes, no, or status"
		}
		s.SelfService = SelfService(word)
		return ""
	case "names":
		word := slices.Index(namesWords, value)
		if word < 0 {
			return "must be typed or account"
		}
		s.Names = Names(word)
		return ""
	}
	if msg, ok := s.Fleet.set(key, value); ok {
		return msg
	}
	return setPolicy(&s.Policy, key, value)
}

// setCallers reads "postgres: postgresql, www-data: apache2 httpd". With a mistake it grants
// nobody anything.
func (s *Settings) setCallers(value string) string {
	var all []Caller
	for grant := range strings.SplitSeq(value, ",") {
		account, services, ok := strings.Cut(grant, ":")
		c := Caller{strings.Trim(account, " \t"), strings.FieldsFunc(services, isBlankRune)}
		known := func(other Caller) bool { return other.Account == c.Account }
		switch {
		case !ok || len(c.Services) == 0:
			return "must be an account, a colon, and names of PAM services, " +
				"like postgres: postgresql; a comma comes before the next account"
		case c.Account == "root":
			return "must not name root, who may ask about everyone anyway"
		case !accountName(c.Account):
			return "must name accounts, without blanks, and not by number"
		case slices.ContainsFunc(all, known):
			return "names an account twice"
		}
		for i, service := range c.Services {
			if !serviceName(service) {
				return "must name PAM services, which have small letters, " +
					"digits, and . _ - + @"
			}
			if slices.Contains(c.Services[:i], service) {
				return "names a service twice for one account"
			}
		}
		all = append(all, c)
	}
	s.Callers = all
	return ""
}

func isBlankRune(r rune) bool { return r == ' ' || r == '\t' }

// accountName says whether an account may be named so, as far as a setting can tell.
func accountName(s string) bool {
	return printable(s) && !strings.ContainsAny(s, " \t") && strings.Trim(s, "0123456789") != ""
}

// serviceName says whether PAM may know a service under this name. PAM reads capitals as small
// letters, so that a name with one would grant nothing.
func serviceName(s string) bool {
	return strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789._-+@") == ""
}

// setPolicy is set for the settings that say how codes are judged.
func setPolicy(p *motp.Policy, key, value string) string {
	var ok bool
	switch key {
	case "window":
		p.WindowForAll = true
		if p.Window, ok = duration(value, 0, motp.MaxWindow); !ok {
			return "must be a duration from 0s to 1h, like 3m"
		}
	case "look_ahead":
		if p.LookAhead, ok = number(value, 0, maxLookAhead); !ok {
			return "must be a number from 0 to 1000"
		}
	case "max_drift":
		if p.MaxDrift, ok = duration(value, 0, day); !ok {
			return "must be a duration from 0s to 24h, like 10m"
		}
	case "resync":
		if value == "off" {
			p.Resync = 0
		} else if p.Resync, ok = duration(value, time.Minute, day); !ok {
			return "must be off or a duration from 1m to 24h"
		}
	case "max_failures":
		if p.MaxFailures, ok = number(value, 1, maxFailures); !ok {
			return "must be a number from 1 to 1000"
		}
	case "unlock_after":
		if value == "never" {
			p.UnlockAfter = 0
		} else if p.UnlockAfter, ok = duration(value, time.Second, math.MaxInt64); !ok {
			return "must be never or a duration, like 15m"
		}
	default:
		return "unknown setting"
	}
	return ""
}
