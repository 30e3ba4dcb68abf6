package motp

import (
	"errors"
	"time"
)

// ErrInvalid means that a token, a user or a policy is none that codes can be checked with: a zero
// value, say, or a field outside of its range. The errors that wrap it say which.
var ErrInvalid = errors.New("invalid")

// An invalidError wraps ErrInvalid. It never holds a secret or a PIN.
type invalidError string

func (e invalidError) Error() string { return string(e) }

func (e invalidError) Is(target error) bool { return target == ErrInvalid }

// ErrUser is the error for a user that no record can be kept of: an empty name, one too long for a
// file's, or too many tokens. It wraps [ErrInvalid].
var ErrUser error = invalidError("user has no name, too long a name, or too many tokens")

// The limits of what a token and a policy may say.
const (
	MaxSecret = 256 // bytes
	MaxPIN    = 64  // bytes
	// either way: a phone that believes in the year it was made
	MaxOffset    = 10 * 365 * 24 * time.Hour
	MaxPeriod    = time.Hour
	MaxT0        = 1 << 40 // the year 36812
	MaxCounter   = 1 << 62 // leaves room for all the look-aheads of a token's life
	MaxLookAhead = 1000
	MaxDrift     = 24 * time.Hour
	MaxResync    = 24 * time.Hour
)

// Validate says what is wrong with a token, if anything is. The error is [ErrInvalid].
func (t Token) Validate() error {
	switch {
	case !t.makesCodes():
		return invalidError("token has an unknown type, algorithm, number of digits or " +
			"period")
	case t.Secret == "" || len(t.Secret) > MaxSecret:
		return invalidError("token has no secret, or one of more than 256 bytes")
	case t.Kind().PINInCode && t.PIN == "":
		return invalidError(t.Kind().Title + " token has no PIN")
	case len(t.PIN) > MaxPIN:
		return invalidError("token has a PIN of more than 64 bytes")
	case t.Offset%time.Second != 0 || t.Offset < -MaxOffset || t.Offset > MaxOffset:
		return invalidError("token has an offset of broken seconds, or of more than ten " +
			"years")
	case t.T0 < 0 || t.T0 > MaxT0 || t.Counter < 0 || t.Counter > MaxCounter:
		return invalidError("token has a T0 or a counter out of range")
	}
	return t.Invitation.validate()
}

// makesCodes says that a token's codes are defined.
func (t Token) makesCodes() bool {
	k := t.Kind()
	switch {
	case k == nil || t.Algorithm < SHA1 || t.Algorithm > SHA512:
		return false
	case t.Digits != 0 && k.Has("digits") &&
		(t.Digits < k.LeastDigits || t.Digits > k.MostDigits):
		return false
	}
	return t.Period >= 0 && t.Period <= MaxPeriod && t.Period%time.Second == 0
}

// Validate says what is wrong with a policy, if anything is. The error is [ErrInvalid]; the zero
// policy has it.
func (p Policy) Validate() error {
	switch {
	case p.Window < 0 || p.Window > MaxWindow:
		return invalidError("policy has a window of less than 0 or more than an hour")
	case p.LookAhead < 0 || p.LookAhead > MaxLookAhead:
		return invalidError("policy has a look-ahead of less than 0 or more than 1000")
	case p.MaxDrift < 0 || p.MaxDrift > MaxDrift || p.Resync < 0 || p.Resync > MaxResync:
		return invalidError("policy follows drift, or resynchronises, by less than 0 or " +
			"more than a day")
	case p.MaxFailures < 1:
		return invalidError("policy has no limit of failures")
	case p.UnlockAfter < 0:
		return invalidError("policy has a lock of less than no time")
	}
	return nil
}

// Validate says what is wrong with a user, if anything is. The error is [ErrInvalid].
func (u User) Validate() error {
	if CheckName(u.Name) != nil || len(u.Tokens) > MaxTokens {
		return ErrUser
	}
	for _, t := range u.Tokens {
		if err := t.Validate(); err != nil {
			return err
		}
	}
	return u.Paper.Validate()
}

// check refuses what no verdict may be given about.
func (v Verifier) check(u User) error {
	if err := u.Validate(); err != nil {
		return err
	}
	return v.Policy.Validate()
}
