package conf

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/pam-motp/pam-motp/motp"
)

// The set functions store a value that stands behind a key. They return what is wrong with it, or nothing; never the value itself.

const (
	day          = 24 * time.Hour
	maxSecret    = 256            // 32 digits are the longest in use for Mobile-OTP, 64 bytes for the others
	maxPIN       = 64             // 8 characters are
	maxOffset    = 10 * 365 * day // enough for a phone that believes in the year it was made
	maxFailures  = 1000
	maxLookAhead = 1000
)

// settingKeys are all that may stand above the first section.
var settingKeys = []string{"window", "look_ahead", "max_drift", "resync", "max_failures", "unlock_after"}

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

// setUser stores one key of a section. The token's type must be known.
func setUser(u *motp.User, t *motp.Token, key, value string) string {
	oath, clock := t.Type != motp.MobileOTP, t.Type != motp.HOTP
	switch {
	case key == "type":
		return setType(t, value)
	case key == "secret":
		return setSecret(t, value)
	case key == "pin":
		return setPIN(t, value)
	case key == "disabled":
		if value != "yes" && value != "no" {
			return "must be yes or no"
		}
		u.Disabled = value == "yes"
		return ""
	case key == "offset" && clock:
		return setOffset(t, value)
	case key == "algorithm" && oath:
		return setAlgorithm(t, value)
	case key == "digits" && oath:
		return setDigits(t, value)
	case key == "period" && oath && clock:
		return setPeriod(t, value)
	case key == "t0" && oath && clock:
		return setT0(t, value)
	case key == "counter" && !clock:
		return setCounter(t, value)
	}
	if slices.Contains([]string{"offset", "algorithm", "digits", "period", "t0", "counter"}, key) {
		return "is not for type " + t.Type.String()
	}
	return "unknown key"
}

func setSecret(t *motp.Token, value string) string {
	if value == "" || len(value) > maxSecret {
		return "must have 1 to 256 characters"
	}
	if t.Type != motp.MobileOTP {
		return setKey(t, value)
	}
	for i := range len(value) {
		if value[i] <= ' ' || value[i] > '~' {
			return "may hold letters, digits and signs of ASCII, no blanks"
		}
	}
	t.Secret = value
	return ""
}

func setPIN(t *motp.Token, value string) string {
	if value == "" || len(value) > maxPIN {
		return "must have 1 to 64 characters"
	}
	if !utf8.ValidString(value) || strings.ContainsFunc(value, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return "may hold printable characters only"
	}
	t.PIN = value
	return ""
}

// setOffset takes a duration, or a bare number of steps as otpverify.sh does.
func setOffset(t *motp.Token, value string) string {
	const wrong = "must be a duration like 1h or -90s, or a whole number of 10-second steps"
	var d time.Duration
	if steps, err := strconv.ParseInt(value, 10, 32); err == nil {
		d = time.Duration(steps) * motp.StepLength
	} else {
		var ok bool
		if d, ok = wholeSeconds(value); !ok {
			return wrong
		}
	}
	if d.Abs() > maxOffset {
		return "is more than ten years"
	}
	t.Offset = d
	return ""
}

// setHours takes hours, as pam_mobile_otp does, but in fractions too.
func setHours(t *motp.Token, value string) string {
	hours, err := strconv.ParseFloat(value, 64)
	if err != nil || strings.Trim(value, "+-.0123456789") != "" {
		return "must be a number of hours, like 5 or -5.5"
	}
	if hours < -maxOffset.Hours() || hours > maxOffset.Hours() {
		return "is more than ten years"
	}
	t.Offset = time.Duration(hours*3600+0.5*sign(hours)) * time.Second // to the nearest second
	return ""
}

func sign(f float64) float64 {
	if f < 0 {
		return -1
	}
	return 1
}

func wholeSeconds(value string) (time.Duration, bool) {
	d, err := time.ParseDuration(value)
	return d, err == nil && d%time.Second == 0
}

// duration reads a duration of whole seconds between two bounds.
func duration(value string, least, most time.Duration) (time.Duration, bool) {
	d, ok := wholeSeconds(value)
	return d, ok && d >= least && d <= most
}

// number reads a whole number between two bounds.
func number(value string, least, most int) (int, bool) {
	n, err := strconv.Atoi(value)
	return n, err == nil && n >= least && n <= most
}

// shownKey is a key as an error may show it. What is no known kind of word might be a secret in the wrong place.
func shownKey(key string) string {
	if slices.Contains(userKeys, key) {
		return key
	}
	if key == "" || len(key) > 20 || strings.Trim(key, "abcdefghijklmnopqrstuvwxyz_") != "" {
		return "?"
	}
	return key
}
