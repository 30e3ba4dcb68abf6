package diagnose

import (
	"iter"
	"time"

	"github.com/pam-motp/pam-motp/internal/codeformat"
	"github.com/pam-motp/pam-motp/motp"
)

// offsetsToTry yields clock errors, in steps of a length, up to 14 hours either way, the likely
// ones first: whole time zones and what is near them, from the nearest zone outwards, then all the
// others.
func offsetsToTry(length time.Duration) iter.Seq[int64] {
	zoneSteps := int64(zone / length)
	farthest := int64(FarthestZone / length)
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

// findOffset finds how far a token's clock is ahead, if its code says so. Any offset that the token
// has already is left aside.
func findOffset(t motp.Token, code string, now time.Time) (offset time.Duration, ok bool) {
	t.Offset = 0
	middle := t.Step(now)
	for n := range offsetsToTry(t.StepLength()) {
		if t.CodeAt(middle+n) == code {
			return time.Duration(n) * t.StepLength(), true
		}
	}
	return 0, false
}

// codesApart is how much later than the first the second of two codes may be: somebody who is slow
// misses a few.
const codesApart = 3 * time.Minute

// OffsetOfTwo finds how far a token's clock is ahead, from one code and a later one, which was
// typed at the given time. Two codes leave no room for chance.
func OffsetOfTwo(
	t motp.Token, first, second string, now time.Time,
) (offset time.Duration, ok bool) {
	t.Offset = 0
	middle := t.Step(now)
	apart := max(1, int64(codesApart/t.StepLength()))
	for n := range offsetsToTry(t.StepLength()) {
		if t.CodeAt(middle+n) != second {
			continue
		}
		before := middle + n - 1
		if len(t.Match(codeformat.Answer(t, first), before+1-apart, before)) > 0 {
			return time.Duration(n) * t.StepLength(), true
		}
	}
	return 0, false
}

// farCounters is how many codes may have been made and not used, to be found at all.
const farCounters = 1000

// findCounter finds a code of a token that counts which is beyond the window.
func findCounter(t motp.Token, code string) (counter int64, ok bool) {
	for _, n := range t.Match(codeformat.Answer(t, code), t.Counter, t.Counter+farCounters) {
		return n, true
	}
	return 0, false
}

// CounterOfTwo finds the counter of the second of two codes in a row of a token that counts. Two
// codes leave so little room for chance that all may be searched.
func CounterOfTwo(t motp.Token, first, second string) (counter int64, ok bool) {
	const all = 100_000
	for _, n := range t.Match(codeformat.Answer(t, first), 0, all-1) {
		if t.CodeAt(n+1) == second {
			return n + 1, true
		}
	}
	return 0, false
}
