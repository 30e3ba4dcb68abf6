package motp

import (
	"context"
	"encoding/binary"
	"errors"
	"time"
)

// A PINChange is a change of a PIN that a current code has proven, and that lacks the new PIN: for
// programs that ask for one after the other. It is good for five minutes, and as long as nobody
// else gives the token another PIN.
type PINChange struct {
	user, token string
	at          time.Time
	inForce     uint64 // of the secret and the PIN that made the code, see replacedBy
}

// changeFor is how long a PINChange is good: a person thinks of a PIN, and types it a few times.
const changeFor = 5 * time.Minute

// ErrLapsed means that a [PINChange] is not good any more: it is too old, or the user was locked or
// disabled since, or the token is another or has another PIN.
var ErrLapsed = errors.New("the change of the PIN came too late, or the token was changed since")

// Token is the name of the token whose PIN is to be changed: the one that the code came from.
func (c *PINChange) Token() string { return c.token }

// BeginPINChange judges the code that a change of a PIN begins with, as [Verifier.Verify] judges
// one: a wrong one is a failure, a right one is used up. A code from far off is wrong here,
// whatever Policy.Resync. With Accepted there is a change to end with [Verifier.EndPINChange]; none
// where the token that the code came from has no PIN. Until then the old PIN is in force.
func (v Verifier) BeginPINChange(
	ctx context.Context, u User, typed string, now time.Time,
) (Result, *PINChange, error) {
	a := read(typed)
	var change *PINChange
	judge := func(r *record, forced User) (Verdict, string, *Pending) {
		change = nil
		verdict, token := r.judge(forced.withoutPaper(), a, now, v.Policy)
		for i, t := range u.Tokens {
			if verdict == Accepted && t.Name == token && forced.Tokens[i].PIN != "" {
				change = &PINChange{u.Name, token, now,
					replacedBy(forced.Tokens[i])}
			}
		}
		return verdict, token, nil
	}
	res, err := v.attempt(ctx, u, a, now, judge)
	if err != nil {
		return Result{}, nil, err
	}
	return res, change, nil
}

// EndPINChange gives a token the PIN that its user wants. It is in force as with
// [Verifier.ChangePIN]. With an error the old PIN is: [ErrLapsed] if the change is not good any
// more, [ErrInvalid] if the token cannot have the PIN, or what Verify's errors are.
func (v Verifier) EndPINChange(
	ctx context.Context, u User, change *PINChange, pin string, now time.Time,
) error {
	if err := v.check(u); err != nil {
		return err
	}
	return v.update(ctx, u, now, nil, func(r *record, _ bool) error {
		forced, err := v.inForce(r, u)
		if err != nil {
			return err
		}
		locked := r.locked(v.Policy) && !r.lockEnded(now, v.Policy)
		if change == nil || u.Disabled || locked {
			return ErrLapsed
		}
		for i, t := range u.Tokens {
			if change.isOf(u.Name, forced.Tokens[i], now) {
				return r.changePIN(t, pin)
			}
		}
		return ErrLapsed
	})
}

// isOf says whether a change is one of this token's, with the PIN in force, and still good.
func (c *PINChange) isOf(user string, t Token, now time.Time) bool {
	age := now.Sub(c.at)
	return c.user == user && c.token == t.Name && c.inForce == replacedBy(t) &&
		age >= -clockSlack && age <= changeFor
}

// changePIN sets a PIN that is wanted for a token of the table.
func (r *record) changePIN(t Token, pin string) error {
	one := User{Tokens: []Token{t}}
	if err := one.mayChange(pin); err != nil {
		return err
	}
	r.setPIN(t, pin)
	return nil
}

// errChange means that a text is no PINChange.
var errChange = invalidError("not a change of a PIN")

// MarshalBinary writes a PINChange for a program that cannot keep it until the new PIN comes. Who
// has it can set the PIN, so it must be sealed.
func (c *PINChange) MarshalBinary() ([]byte, error) {
	b := appendString(appendString(nil, c.user), c.token)
	b = binary.LittleEndian.AppendUint64(b, uint64(c.at.UnixNano()))
	return binary.LittleEndian.AppendUint64(b, c.inForce), nil
}

// UnmarshalBinary reads what MarshalBinary wrote. The error is of [ErrInvalid].
func (c *PINChange) UnmarshalBinary(b []byte) error {
	r := pendingReader{rest: b}
	read := PINChange{user: r.string(), token: r.string()}
	read.at = time.Unix(0, int64(r.number()))
	read.inForce = r.number()
	if r.failed || len(r.rest) > 0 {
		return errChange
	}
	*c = read
	return nil
}
