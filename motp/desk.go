package motp

import "time"

// What a desk asks of the engine: it has a token and a code in front of it, and computes nothing
// about windows and counters by itself.

// Match returns the steps of the token's clock, or the counters, from one to another, for which
// what a person typed is right: seldom more than one. No record is asked, so that it says nothing
// of used codes.
func (t Token) Match(typed string, from, to int64) []int64 {
	if !t.makesCodes() {
		return nil
	}
	return t.match(read(typed), []window{{from, to}})
}

// StepTime returns the time on our clock at which a step begins on the token's. It is the zero time
// for a token that counts.
func (t Token) StepTime(step int64) time.Time {
	if t.counts() {
		return time.Time{}
	}
	seconds := step*int64(t.StepLength()/time.Second) - int64(t.Offset/time.Second)
	if t.Kind().Has("t0") {
		seconds += t.T0
	}
	return time.Unix(seconds, 0)
}

// Next returns the counter of the next code of a token that counts, by what the record knows.
func (s TokenStatus) Next(t Token) int64 {
	if !s.Used {
		return t.Counter
	}
	return max(t.Counter, s.LastStep+1)
}

// AcceptedFrom tells when a token whose clock is behind codes that were used will show the first
// that may be accepted. It is the zero time if the token shows such codes now, or counts.
func (s TokenStatus) AcceptedFrom(t Token, now time.Time) time.Time {
	if t.counts() || !s.Used {
		return time.Time{}
	}
	t.Offset += s.Drift
	if t.Step(now) >= s.Lowest {
		return time.Time{}
	}
	return t.StepTime(s.Lowest)
}
