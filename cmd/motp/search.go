package main

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

// nearZone is how far, in steps, a clock may be off beside a wrong time zone and still be tried first: 3 minutes.
const nearZone = 18

// offsetsToTry yields clock errors, in steps, up to 14 hours either way, the likely ones first: whole time zones and what is near them, from the nearest
// zone outwards, then all the others.
func offsetsToTry() iter.Seq[int64] {
	const zoneSteps = int64(zone / motp.StepLength)
	const farthest = int64(farthestZone / motp.StepLength)
	return func(yield func(int64) bool) {
		either := func(n int64) bool { return yield(n) && (n == 0 || yield(-n)) }
		for at := int64(0); at <= farthest; at += zoneSteps {
			if !either(at) {
				return
			}
			for d := int64(1); d <= nearZone; d++ {
				if at == 0 {
					if !either(d) {
						return
					}
				} else if !either(at-d) || !either(at+d) {
					return
				}
			}
		}
		for n := int64(nearZone) + 1; n < farthest; n++ {
			if r := n % zoneSteps; r > nearZone && r < zoneSteps-nearZone && !either(n) {
				return
			}
		}
	}
}

// findOffset finds how far a token's clock is ahead, if its code says so. Any offset that the token has already is left aside.
func findOffset(t motp.Token, code string, now time.Time) (offset time.Duration, ok bool) {
	t.Offset = 0
	center := t.Step(now)
	for n := range offsetsToTry() {
		if t.CodeAt(center+n) == code {
			return time.Duration(n) * motp.StepLength, true
		}
	}
	return 0, false
}

// codesApart is how many steps the second of two codes may come after the first: somebody who is slow misses a few.
const codesApart = 18

// findOffsetOfTwo finds how far a token's clock is ahead, from one code and a later one, which was typed at the given time. Two codes leave no room for chance.
func findOffsetOfTwo(t motp.Token, first, second string, now time.Time) (offset time.Duration, ok bool) {
	t.Offset = 0
	center := t.Step(now)
	for n := range offsetsToTry() {
		if t.CodeAt(center+n) != second {
			continue
		}
		for before := int64(1); before <= codesApart; before++ {
			if t.CodeAt(center+n-before) == first {
				return time.Duration(n) * motp.StepLength, true
			}
		}
	}
	return 0, false
}
