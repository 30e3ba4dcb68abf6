package words

import (
	"testing"
	"time"
)

func TestDuration(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0:                            "0 s",
		40 * time.Second:             "40 s",
		90 * time.Second:             "1 m 30 s",
		2 * time.Minute:              "2 m",
		time.Hour:                    "1 h",
		time.Hour + 20*time.Second:   "1 h 00 m 20 s",
		5*time.Hour + 30*time.Minute: "5 h 30 m",
		14*time.Hour + 3*time.Minute + 7*time.Second: "14 h 03 m 07 s",
		71*time.Hour + 20*time.Second:                "71 h 00 m 20 s",
		72 * time.Hour:                               "3 days",
		100*24*time.Hour - 1:                         "99 days",
		365 * 24 * time.Hour:                         "365 days",
		800 * 24 * time.Hour:                         "2 years",
		141016*time.Hour + 31*time.Minute:            "16 years",
	} {
		if got := Duration(d); got != want {
			t.Errorf("%v is %q, want %q", d, got, want)
		}
	}
}

func TestAgo(t *testing.T) {
	for d, want := range map[time.Duration]string{
		-time.Second:         "in the future: was the clock set back?",
		0:                    "just now",
		time.Second:          "1 second ago",
		119 * time.Second:    "119 seconds ago",
		2 * time.Minute:      "2 minutes ago",
		119 * time.Minute:    "119 minutes ago",
		47 * time.Hour:       "47 hours ago",
		48 * time.Hour:       "2 days ago",
		400 * 24 * time.Hour: "400 days ago",
	} {
		if got := Ago(d); got != want {
			t.Errorf("%v is %q, want %q", d, got, want)
		}
	}
}
