package conf

import (
	"errors"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/pam-motp/pam-motp/motp"
)

// What stands behind the keys of a token, but for the secret.

const (
	day       = 24 * time.Hour
	maxPIN    = 64             // 8 characters are the most in use
	maxOffset = 10 * 365 * day // enough for a phone that believes in the year it was made
	maxPeriod = 3600           // seconds
	maxT0     = 1 << 40        // the year 36812

	// maxCounter leaves room for all the look-aheads of a token's life.
	maxCounter = 1 << 62
)

func setPIN(t *motp.Token, value string) string {
	if value == "" || len(value) > maxPIN {
		return "must have 1 to 64 characters"
	}
	if !printable(value) {
		return "may hold printable characters only"
	}
	if isSealed(value) {
		return likeSealed
	}
	t.PIN = value
	return ""
}

// printable says whether a text is one that a terminal can show.
func printable(s string) bool {
	unfit := func(r rune) bool { return !unicode.IsPrint(r) }
	return utf8.ValidString(s) && !strings.ContainsFunc(s, unfit)
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

func offsetOf(t motp.Token) string {
	if t.Offset == 0 {
		return ""
	}
	return FormatOffset(t.Offset)
}

// FormatOffset writes an offset the way motp.conf has it: "1h0m20s", "-90s" as "-1m30s", "0".
func FormatOffset(offset time.Duration) string {
	if offset == 0 {
		return "0"
	}
	s := offset.String()
	for _, zero := range []string{"m0s", "h0m"} {
		if strings.HasSuffix(s, zero) {
			s = s[:len(s)-2]
		}
	}
	return s
}

// ParseOffset reads an offset the way motp.conf has it: a duration, "1h0m20s", or a whole number of
// 10-second steps.
func ParseOffset(s string) (time.Duration, error) {
	var t motp.Token
	if msg := setOffset(&t, s); msg != "" {
		return 0, errors.New(msg)
	}
	return t.Offset, nil
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

func setAlgorithm(t *motp.Token, value string) string {
	for _, known := range []motp.Algorithm{motp.SHA1, motp.SHA256, motp.SHA512} {
		if strings.EqualFold(value, known.String()) {
			t.Algorithm = known
			return ""
		}
	}
	return "must be SHA1, SHA256 or SHA512"
}

func algorithmOf(t motp.Token) string {
	if t.Algorithm == motp.SHA1 {
		return ""
	}
	return t.Algorithm.String()
}

func setDigits(t *motp.Token, value string) string {
	kind := t.Kind()
	n, ok := number(value, kind.LeastDigits, kind.MostDigits)
	if !ok {
		var all []string
		for n := kind.LeastDigits; n <= kind.MostDigits; n++ {
			all = append(all, strconv.Itoa(n))
		}
		return "must be " + either(all)
	}
	t.Digits = n
	return ""
}

func setPeriod(t *motp.Token, value string) string {
	n, ok := number(strings.TrimSuffix(value, "s"), 1, maxPeriod)
	if !ok {
		return "must be a number of seconds from 1 to 3600"
	}
	t.Period = time.Duration(n) * time.Second
	return ""
}

func setT0(t *motp.Token, value string) string {
	n, err := strconv.ParseInt(value, 10, 64)
	if err != nil || n < 0 || n > maxT0 {
		return "must be a Unix time, in seconds"
	}
	t.T0 = n
	return ""
}

func setCounter(t *motp.Token, value string) string {
	n, err := strconv.ParseInt(value, 10, 64)
	if err != nil || n < 0 || n > maxCounter {
		return "must be a number from 0 to 2^62"
	}
	t.Counter = n
	return ""
}
