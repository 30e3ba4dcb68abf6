package odds

import (
	"time"

	"github.com/pam-motp/pam-motp/motp"
)

// WithoutPause is the attack of somebody who guesses whenever the user is not locked, for a while.
func WithoutPause(p motp.Policy, span time.Duration) Attack {
	begins := rounds(p, span)
	return Attack{
		Guesses: len(begins) * p.MaxFailures,
		again:   again(begins, p),
		policy:  p,
	}
}

// BetweenLogins is the attack of somebody who knows when the user logs in, which happens as often
// as told and at even distances, and sets the failures back to zero and the locks to their first
// length. He stops one guess short of the lock that the user would notice.
//
// No limit of failures in a row can stop him. It is the log that gives him away.
func BetweenLogins(p motp.Policy, span time.Duration, logins int) Attack {
	between := rounds(p, span/time.Duration(logins+1)-time.Second)
	each := len(between)*p.MaxFailures - 1
	a := Attack{Guesses: logins*each + each + 1, policy: p}
	perDay := float64(a.Guesses) / float64(span) * float64(p.Resync)
	a.again = min(perDay, float64(a.Guesses-1)/2)
	return a
}

// longestLock is what a lock that doubles grows to.
const longestLock = 24 * time.Hour

// lock is how long the n-th lock in a row lasts, from 1.
func lock(p motp.Policy, n int) time.Duration {
	length := p.UnlockAfter
	for ; n > 1 && length < longestLock; n-- {
		length = min(2*length, longestLock)
	}
	return length
}

// rounds are the times at which somebody who guesses without pause begins anew: at the start, and
// whenever a lock has ended.
func rounds(p motp.Policy, span time.Duration) []time.Duration {
	begins := []time.Duration{0}
	if p.UnlockAfter == 0 {
		return begins
	}
	at := time.Duration(0)
	for {
		length := lock(p, len(begins))
		if length > span-at {
			return begins
		}
		at += length
		begins = append(begins, at)
	}
}

// again is the mean, over all guesses, of how many more there are within the time in which a code
// comes true that resync gave away: the rest of the round, and the rounds that begin in time.
func again(begins []time.Duration, p motp.Policy) float64 {
	later, next := 0, 0
	for i, begin := range begins {
		for next < len(begins) && (next == i || begins[next]-begin < p.Resync) {
			next++
		}
		later += next - i - 1
	}
	each := float64(p.MaxFailures)
	return float64(later)/float64(len(begins))*each + (each-1)/2
}
