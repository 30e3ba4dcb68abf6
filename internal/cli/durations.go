package cli

import (
	"fmt"
	"strings"
	"time"
)

// aheadOrBehind tells an offset in words: "1 h 00 m 20 s ahead".
func aheadOrBehind(offset time.Duration) string {
	if offset < 0 {
		return inWords(-offset) + " behind"
	}
	return inWords(offset) + " ahead"
}

const (
	day  = 24 * time.Hour
	year = 8766 * time.Hour // of the Julian calendar
)

// inWords tells a duration to the second: "1 h 00 m 20 s", "5 h 30 m", "40 s". Nobody counts a few days in hours: "94 days", "16 years".
func inWords(d time.Duration) string {
	switch {
	case d >= 2*year:
		return count(d/year, "year")
	case d >= 3*day:
		return count(d/day, "day")
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
