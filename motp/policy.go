package motp

import "time"

// A Policy says which codes are accepted and when a user is locked.
type Policy struct {
	// Window is how far a code may be from now, either side: 0 to MaxWindow. It is rounded down to whole steps.
	Window time.Duration

	// MaxFailures is the number of wrong codes in a row after which a user is locked: at least 1.
	MaxFailures int

	// UnlockAfter is how long a lock lasts; 0 means until an administrator ends it.
	UnlockAfter time.Duration
}

// DefaultPolicy is that of the original Mobile-OTP server: three minutes either side, and a lock after eight failures that does not end by itself.
var DefaultPolicy = Policy{Window: 3 * time.Minute, MaxFailures: 8}

// MaxWindow limits a policy's window to an hour: with 721 codes valid at a time, one guess in 23,000 is right.
const MaxWindow = time.Hour

// steps is the window in steps, either side of now.
func (p Policy) steps() int64 { return int64(p.Window / StepLength) }
