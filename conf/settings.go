package conf

import (
	"math"
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
}

// setPolicy stores a setting, and says what is wrong with it, or nothing; never the value itself.
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
