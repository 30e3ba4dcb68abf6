package motp

import "math"

// replayReach is how many numbers below the highest used one are remembered one by one. At 10
// seconds a step that is 42 minutes, seven times the default window; with a wider window older
// codes are refused after a newer one was used.
const replayReach = 256

// replay remembers which numbers (steps or counters) of a secret were used: the lowest, the
// highest, and a bitmap of those below the highest, like the anti-replay window of IPsec (RFC 4303
// section 3.4.3). It only ever grows, so no change of the clock makes it forget.
type replay struct {
	low  int64 // the lowest used number; math.MinInt64 if that is not known
	high int64 // the highest used number
	// bit i of the whole: number high-i was used; all zero if none was
	used [replayReach / 64]uint64
}

// blank says that no number was used yet: bit 0 is that of the highest used number itself.
func (r *replay) blank() bool { return r.used[0]&1 == 0 }

// usable tells what may be said of a number.
type usable int

const (
	stepFresh usable = iota // may be accepted
	stepUsed                // was accepted before
	stepOld                 // below all memory: it may have been used
)

func (r *replay) look(step int64) usable {
	switch back := r.high - step; {
	case r.blank() || step > r.high:
		return stepFresh
	case back >= replayReach:
		return stepOld
	case r.used[back/64]>>(back%64)&1 == 1:
		return stepUsed
	default:
		return stepFresh
	}
}

// covers says that a number lies between the lowest and the highest used one.
func (r *replay) covers(step int64) bool { return !r.blank() && r.low <= step && step <= r.high }

// lowestFresh is the lowest number that may be accepted; some above it may be used. It has no
// meaning while none was used.
func (r *replay) lowestFresh() int64 {
	step := r.high - replayReach + 1
	for r.look(step) != stepFresh {
		step++
	}
	return step
}

// use marks a number as used.
func (r *replay) use(step int64) {
	switch {
	case r.blank():
		r.low, r.high = step, step
	case step > r.high:
		r.raise(step - r.high)
		r.high = step
	default:
		r.low = min(r.low, step)
	}
	if back := r.high - step; back < replayReach { // what is further back is covered by low
		r.used[back/64] |= 1 << (back % 64)
	}
}

// raise moves the bitmap up by n numbers.
func (r *replay) raise(n int64) {
	for ; n >= 64; n -= 64 {
		if r.used == [replayReach / 64]uint64{} {
			return
		}
		copy(r.used[1:], r.used[:])
		r.used[0] = 0
	}
	if n == 0 {
		return
	}
	for i := len(r.used) - 1; i > 0; i-- {
		r.used[i] = r.used[i]<<n | r.used[i-1]>>(64-n)
	}
	r.used[0] <<= n
}

// burn treats every number up to and including step as used.
func (r *replay) burn(step int64) {
	if r.blank() || step > r.high {
		r.high = step
	}
	r.low = math.MinInt64
	for i := range r.used {
		r.used[i] = ^uint64(0)
	}
}

// burnt says that every number that is remembered one by one counts as used.
func (r *replay) burnt() bool {
	all := ^uint64(0)
	return r.used == [replayReach / 64]uint64{all, all, all, all}
}

// merge adds what another memory of the same numbers knows.
func (r *replay) merge(o replay) {
	if o.blank() {
		return
	}
	if r.blank() || o.high > r.high {
		*r, o = o, *r
	}
	if o.blank() {
		return
	}
	for back := range int64(replayReach) {
		if o.used[back/64]>>(back%64)&1 == 1 {
			r.use(o.high - back)
		}
	}
	r.low = min(r.low, o.low)
}
