package motp

import (
	"crypto/subtle"
	"slices"
	"time"
)

// A window is the steps whose codes may be right now.
type window struct {
	from, to int64 // both included
}

func (w window) holds(step int64) bool { return w.from <= step && step <= w.to }

// highest is the highest number of some windows.
func highest(windows []window) int64 {
	to := windows[0].to
	for _, w := range windows {
		to = max(to, w.to)
	}
	return to
}

// lowest is the lowest number of some windows.
func lowest(windows []window) int64 {
	from := windows[0].from
	for _, w := range windows {
		from = min(from, w.from)
	}
	return from
}

// center is the step that the token's clock should show now: by its offset, and by what a
// resynchronisation found out.
func (m *memory) center(t Token, now time.Time) int64 {
	_, synced := m.learned(t)
	return t.Step(now) + synced
}

// windows returns the steps to try. Of a token with a clock that is one window around its offset
// and, if drift is followed, one around where its clock was seen last (RFC 6238 section 6). The
// first remains, so that a phone whose clock was put right is not locked out by what was learned
// before. For HOTP it is the look-ahead of RFC 4226 section 7.4, and as much behind, to know a
// replay when it comes.
func (m *memory) windows(t Token, now time.Time, p Policy) []window {
	reach := p.Reach(t)
	if t.counts() {
		next := m.next(t)
		return []window{{max(next-reach, 0), next + reach}}
	}
	center := m.center(t, now)
	around := window{center - reach, center + reach}
	if p.MaxDrift == 0 {
		return []window{around}
	}
	drift := m.boundedDrift(t, p)
	return []window{around, {around.from + drift, around.to + drift}}
}

// boundedDrift is what was learned of the token's clock, in steps, as far as the policy trusts it.
func (m *memory) boundedDrift(t Token, p Policy) int64 {
	limit := int64(p.MaxDrift / t.StepLength())
	drift, _ := m.learned(t)
	return min(max(drift, -limit), limit)
}

// match returns the steps of the windows for which the answer is right, seldom more than one. It
// computes and compares them all, also for a token that admits nobody, of which it returns none.
func (t Token) match(a answer, windows []window) (steps []int64) {
	typed := t.reading(a).code
	c := t.coder()
	expected := append(make([]byte, 0, MaxPIN+maxCode), t.typedPIN()...)
	prefix := len(expected)
	for i, w := range windows {
		for step := w.from; step <= w.to; step++ {
			expected = c.code(expected[:prefix], step)
			right := equal(expected, typed)
			if right && !(i > 0 && windows[0].holds(step)) &&
				!slices.Contains(steps, step) {
				steps = append(steps, step)
			}
		}
	}
	if !t.admits() {
		return nil
	}
	return steps
}

// equal compares in a time that depends on the length of want only.
func equal(want []byte, typed string) bool {
	padded := make([]byte, len(want))
	copy(padded, typed)
	same := subtle.ConstantTimeCompare(want, padded)
	return same&subtle.ConstantTimeEq(int32(len(want)), int32(len(typed))) == 1
}

// weigh says what the numbers that a code matches make of it. A code that matches any used number
// is a replay, even if it matches an unused one too.
func (r *record) weigh(t Token, m *memory, numbers []int64) Verdict {
	v := Wrong
	for _, number := range numbers {
		found := Accepted
		switch r.look(t, m, number) {
		case stepUsed:
			found = Replay
		case stepOld:
			found = Old
		}
		if rank(found) > rank(v) {
			v = found
		}
	}
	return v
}

// rank orders the verdicts on one code that matches several steps or tokens: a replay outweighs all
// else, so that no used code is accepted by way of another step or token.
func rank(v Verdict) int {
	switch v {
	case Accepted:
		return 1
	case Old:
		return 2
	case Replay:
		return 3
	default:
		return 0
	}
}

// accept notes the use of an accepted code, in all the numbers that it matches, and where the
// token's clock was seen. Of numbers from beyond on the older half of the record says nothing: see
// attempt.
func (r *record) accept(t Token, m *memory, numbers []int64, beyond int64, now time.Time) {
	if len(numbers) == 0 {
		return
	}
	r.beyond = r.beyond || slices.Max(numbers) >= beyond
	if t.counts() {
		m.burn(slices.Max(numbers)) // what was passed over is not good any more
		return
	}
	for _, number := range numbers {
		m.use(number)
	}
	_, synced := m.learned(t)
	m.learn(t, numbers[0]-m.center(t, now), synced)
	r.proven = max(r.proven, now.Unix())
}
