package cli

import (
	"iter"
	"time"

	"github.com/pam-motp/pam-motp/motp"
)

// A phone with a wrong time zone is off by up to 14 hours, in quarters of an hour.
const (
	farthestZone = 14 * time.Hour
	zone         = 15 * time.Minute
)

// nearZone is how far a clock may be off beside a wrong time zone and still be tried first.
const nearZone = 3 * time.Minute

// offsetsToTry yields clock errors, in steps of a length, up to 14 hours either way, the likely ones first: whole time zones and what is near them, from the
// nearest zone outwards, then all the others.
func offsetsToTry(length time.Duration) iter.Seq[int64] {
	zoneSteps := int64(zone / length)
	farthest := int64(farthestZone / length)
	near := int64(nearZone / length)
	return func(yield func(int64) bool) {
		either := func(n int64) bool { return yield(n) && (n == 0 || yield(-n)) }
		if zone%length != 0 { // then no zone is a number of steps
			for n := int64(0); n <= farthest+near && either(n); n++ {
			}
			return
		}
		for at := int64(0); at <= farthest; at += zoneSteps {
			if !either(at) {
				return
			}
			for d := int64(1); d <= near; d++ {
				if at == 0 {
					if !either(d) {
						return
					}
				} else if !either(at-d) || !either(at+d) {
					return
				}
			}
		}
		for n := near + 1; n < farthest; n++ {
			if r := n % zoneSteps; r > near && r < zoneSteps-near && !either(n) {
				return
			}
		}
	}
}

// findOffset finds how far a token's clock is ahead, if its code says so. Any offset that the token has already is left aside.
func findOffset(t motp.Token, code string, now time.Time) (offset time.Duration, ok bool) {
	t.Offset = 0
	center := t.Step(now)
	for n := range offsetsToTry(t.StepLength()) {
		if t.CodeAt(center+n) == code {
			return time.Duration(n) * t.StepLength(), true
		}
	}
	return 0, false
}

// codesApart is how much later than the first the second of two codes may be: somebody who is slow misses a few.
const codesApart = 3 * time.Minute

// findOffsetOfTwo finds how far a token's clock is ahead, from one code and a later one, which was typed at the given time. Two codes leave no room for chance.
func findOffsetOfTwo(t motp.Token, first, second string, now time.Time) (offset time.Duration, ok bool) {
	t.Offset = 0
	center := t.Step(now)
	apart := max(1, int64(codesApart/t.StepLength()))
	for n := range offsetsToTry(t.StepLength()) {
		if t.CodeAt(center+n) != second {
			continue
		}
		for before := int64(1); before <= apart; before++ {
			if t.CodeAt(center+n-before) == first {
				return time.Duration(n) * t.StepLength(), true
			}
		}
	}
	return 0, false
}
