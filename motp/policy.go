package motp

import "time"

// A Policy says which codes are accepted and when a user is locked.
type Policy struct {
	// Window is how far a code may be from now, either side: 0 to MaxWindow, rounded down to
	// whole steps. For TOTP it is one step unless WindowForAll.
	Window       time.Duration
	WindowForAll bool

	// LookAhead is how many HOTP codes may have been made and not used: 0 to 1000.
	LookAhead int

	// MaxDrift is how far from its offset a token's clock is followed, from one login to the
	// next; 0 follows none.
	MaxDrift time.Duration

	// Resync is how far off a code may be for VerifyNext to be worth asking; 0 offers it to
	// nobody.
	Resync time.Duration

	// MaxFailures is the number of wrong codes in a row after which a user is locked: at least
	// 1.
	MaxFailures int

	// UnlockAfter is how long a lock lasts; 0 means until an administrator ends it. Each
	// further lock that no login ended lasts twice as long as the one before, up to a day.
	UnlockAfter time.Duration
}

// longestLock is what doubling leads to, unless UnlockAfter is more.
const longestLock = 24 * time.Hour

// lockLasts is how long a lock lasts after some that ended with no login between them.
func (p Policy) lockLasts(ended uint32) time.Duration {
	lasts := p.UnlockAfter
	for ; ended > 0 && lasts < longestLock; ended-- {
		lasts *= 2
	}
	return max(p.UnlockAfter, min(lasts, longestLock))
}

// DefaultPolicy is that of the original Mobile-OTP server: three minutes either side, and a lock
// after eight failures that does not end by itself.
var DefaultPolicy = Policy{Window: 3 * time.Minute, LookAhead: 10, MaxFailures: 8}

// MaxWindow limits a policy's window to an hour: with 721 Mobile-OTP codes valid at a time, one
// guess in 23,000 is right.
const MaxWindow = time.Hour

// Reach is the window in steps of a token's clock, either side of where it should be; of a token
// that counts it is how far to look ahead.
func (p Policy) Reach(t Token) int64 {
	k := t.Kind()
	switch {
	case k.Counter:
		return int64(p.LookAhead)
	case k.OwnWindow != 0 && !p.WindowForAll:
		return k.OwnWindow
	default:
		return int64(p.Window / t.StepLength())
	}
}
