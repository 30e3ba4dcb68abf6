package motp

// replayReach is how many steps below the highest used one are remembered one by one. At 10 seconds a step that is 42 minutes, seven times
// the default window; with a wider window older codes are refused after a newer one was used.
const replayReach = 256

// replay remembers which of a token's codes were used: the highest used step and a bitmap of those below it, like the anti-replay window of
// IPsec (RFC 4303 section 3.4.3). It only ever grows upwards, so no change of the clock makes it forget.
type replay struct {
	high int64                    // the highest used step
	used [replayReach / 64]uint64 // bit i of the whole: step high-i was used; all zero if none was used yet
}

// blank says that no code was used yet: bit 0 is that of the highest used step itself.
func (r *replay) blank() bool { return r.used[0]&1 == 0 }

// usable tells what may be said of a step.
type usable int

const (
	stepFresh usable = iota // may be accepted
	stepUsed                // was accepted before
	stepOld                 // below all memory: it may have been used
)

func (r *replay) look(step int64) usable {
	switch back := r.high - step; {
	case r.blank() || back < 0:
		return stepFresh
	case back >= replayReach:
		return stepOld
	case r.used[back/64]>>(back%64)&1 == 1:
		return stepUsed
	default:
		return stepFresh
	}
}

// lowestFresh is the lowest step that may be accepted; some above it may be used. It has no meaning while none was used.
func (r *replay) lowestFresh() int64 {
	step := r.high - replayReach + 1
	for r.look(step) != stepFresh {
		step++
	}
	return step
}

// use marks a step as used.
func (r *replay) use(step int64) {
	if r.blank() {
		r.high = step
	} else if step > r.high {
		r.raise(step - r.high)
		r.high = step
	}
	if back := r.high - step; back < replayReach { // what is further back is old, and never fresh again
		r.used[back/64] |= 1 << (back % 64)
	}
}

// raise moves the bitmap up by n steps.
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

// burn treats every step up to and including step as used.
func (r *replay) burn(step int64) {
	if r.blank() || step > r.high {
		r.high = step
	}
	for i := range r.used {
		r.used[i] = ^uint64(0)
	}
}
