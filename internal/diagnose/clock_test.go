package diagnose

import (
	"testing"
	"time"
)

func TestExplainOffset(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0:                 "the phone's clock is right",
		-40 * time.Second: "the phone is 40 s behind",
		time.Hour: "the phone is 1 h ahead, as with another time " +
			"zone",
		time.Hour + 20*time.Second: "the phone is 1 h 00 m 20 s ahead: 1 h like " +
			"another time zone, and 20 s ahead",
		-5*time.Hour - 29*time.Minute: "the phone is 5 h 29 m behind: 5 h 30 m like " +
			"another time zone, and 1 m ahead",
		7 * time.Minute: "the phone is 7 m ahead",
		14*time.Hour + 10*time.Second: "the phone is 14 h 00 m 10 s ahead: is its date " +
			"right?",
		-24*365*time.Hour - 1*time.Hour: "the phone is 365 days behind: is its date right?",
	} {
		if got := ExplainOffset(d); got != want {
			t.Errorf("%v: %q, want %q", d, got, want)
		}
	}
}
