package conf

import (
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/pam-motp/pam-motp/motp"
)

// The set functions store a value that stands behind a key. They return what is wrong with it, or nothing; never the value itself.

const (
	maxSecret   = 128                       // 32 digits are the longest in use
	maxPIN      = 64                        // 8 characters are
	maxOffset   = 10 * 365 * 24 * time.Hour // enough for a phone that believes in the year it was made
	maxFailures = 1000
)

func setPolicy(p *motp.Policy, key, value string) string {
	switch key {
	case "window":
		d, ok := wholeSeconds(value)
		if !ok || d < 0 || d > motp.MaxWindow {
			return "must be a duration from 0s to 1h, like 3m"
		}
		p.Window = d
	case "max_failures":
		n, err := strconv.Atoi(value)
		if err != nil || n < 1 || n > maxFailures {
			return "must be a number from 1 to 1000"
		}
		p.MaxFailures = n
	case "unlock_after":
		if value == "never" {
			p.UnlockAfter = 0
			return ""
		}
		d, ok := wholeSeconds(value)
		if !ok || d <= 0 {
			return "must be never or a duration, like 15m"
		}
		p.UnlockAfter = d
	default:
		return "unknown setting"
	}
	return ""
}

func setUser(u *motp.User, t *motp.Token, key, value string) string {
	switch key {
	case "secret":
		return setSecret(t, value)
	case "pin":
		return setPIN(t, value)
	case "offset":
		return setOffset(t, value)
	case "disabled":
		if value != "yes" && value != "no" {
			return "must be yes or no"
		}
		u.Disabled = value == "yes"
		return ""
	default:
		return "unknown key"
	}
}

func setSecret(t *motp.Token, value string) string {
	if value == "" || len(value) > maxSecret {
		return "must have 1 to 128 characters"
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

// shownKey is a key as an error may show it. What is no known kind of word might be a secret in the wrong place.
func shownKey(key string) string {
	if key == "" || len(key) > 20 || strings.Trim(key, "abcdefghijklmnopqrstuvwxyz_") != "" {
		return "?"
	}
	return key
}
