// Package words says numbers and times in words, as people read them. It must not know what is
// counted.
package words

import (
	"fmt"
	"strings"
	"time"
)

// Count puts a number to a thing: "1 failure", "2 failures".
func Count[N ~int | ~int64](n N, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}

// CountAre puts a number and the right verb to a thing: "1 user is", "2 users are". The plural may
// be given.
func CountAre(n int, thing string, plural ...string) string {
	switch {
	case n == 1:
		return "1 " + thing + " is"
	case len(plural) > 0:
		return fmt.Sprintf("%d %s are", n, plural[0])
	default:
		return Count(n, thing) + " are"
	}
}

// Some names things, or the first few of many: "a, b and 7 others".
func Some(names []string, most int) string {
	if n := len(names); n > most {
		return fmt.Sprintf("%s and %d others", strings.Join(names[:most], ", "), n-most)
	}
	return strings.Join(names, ", ")
}

// Bytes is a limit in words: "90 MiB".
func Bytes(n int) string {
	if n >= 1<<20 {
		return fmt.Sprintf("%d MiB", n>>20)
	}
	if n >= 1<<10 {
		return fmt.Sprintf("%d KiB", n>>10)
	}
	return Count(n, "byte")
}

const (
	day  = 24 * time.Hour
	year = 8766 * time.Hour // of the Julian calendar
)

// Duration is a duration to the second: "1 h 00 m 20 s", "5 h 30 m", "40 s". Nobody counts more
// than a few days in hours: "94 days", "16 years".
func Duration(d time.Duration) string {
	switch {
	case d >= 2*year:
		return Count(d/year, "year")
	case d >= 3*day:
		return Count(d/day, "day")
	}
	h, m, s := int(d/time.Hour), int(d/time.Minute)%60, int(d/time.Second)%60
	var parts []string
	switch {
	case h > 0 && s == 0 && m == 0:
		parts = []string{fmt.Sprintf("%d h", h)}
	case h > 0:
		parts = []string{fmt.Sprintf("%d h", h), fmt.Sprintf("%02d m", m)}
	case m > 0:
		parts = []string{fmt.Sprintf("%d m", m)}
	}
	if s > 0 || len(parts) == 0 {
		layout := "%d s"
		if len(parts) > 0 {
			layout = "%02d s"
		}
		parts = append(parts, fmt.Sprintf(layout, s))
	}
	return strings.Join(parts, " ")
}

// AheadOrBehind is how far a clock is off: "1 h 00 m 20 s ahead".
func AheadOrBehind(offset time.Duration) string {
	if offset < 0 {
		return Duration(-offset) + " behind"
	}
	return Duration(offset) + " ahead"
}

// Ago is how long ago something was.
func Ago(d time.Duration) string {
	switch {
	case d < 0:
		return "in the future: was the clock set back?"
	case d < time.Second:
		return "just now"
	case d < 2*time.Minute:
		return Count(d/time.Second, "second") + " ago"
	case d < 2*time.Hour:
		return Count(d/time.Minute, "minute") + " ago"
	case d < 2*day:
		return Count(d/time.Hour, "hour") + " ago"
	default:
		return Count(d/day, "day") + " ago"
	}
}
