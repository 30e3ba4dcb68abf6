package diagnose

import (
	"time"

	"github.com/pam-motp/pam-motp/internal/words"
	"github.com/pam-motp/pam-motp/motp"
)

// A phone with a wrong time zone is off by up to 14 hours, in quarters of an hour.
const (
	FarthestZone = 14 * time.Hour
	zone         = 15 * time.Minute
)

// nearZone is how far a clock may be off beside a wrong time zone and still be tried first.
const nearZone = 3 * time.Minute

// OffsetOfEpoch is how far a Mobile-OTP token is ahead that shows so many steps since 1970.
func OffsetOfEpoch(steps int64, now time.Time) time.Duration {
	return time.Duration(steps-motp.Token{}.Step(now)) * motp.StepLength
}

// ExplainOffset says in words what an offset means.
func ExplainOffset(offset time.Duration) string {
	if offset == 0 {
		return "the phone's clock is right"
	}
	s := "the phone is " + words.AheadOrBehind(offset)
	whole := offset.Round(zone)
	rest := offset - whole
	switch {
	case offset.Abs() > FarthestZone:
		return s + ": is its date right?"
	case whole == 0 || rest.Abs() > nearZone:
		return s
	case rest == 0:
		return s + ", as with another time zone"
	default:
		return s + ": " + words.Duration(whole.Abs()) + " like another time zone, and " +
			words.AheadOrBehind(rest)
	}
}
