package motp

import (
	"context"
	"encoding/binary"
	"errors"
	"slices"
	"strings"
	"time"
)

// ErrSealed means that a secret or a PIN is sealed, and nothing here opens it. The errors that wrap
// it say why.
var ErrSealed = errors.New("is sealed, and nothing here opens it")

// A Sealer seals what is secret of a user, so that it is of no use without a key, and opens it.
// What belongs to one user, token, or field does not open for another.
type Sealer interface {
	// Seal returns a value sealed, which begins with "sealed:", or as it is where there is no
	// key.
	Seal(user, token, field, value string) (string, error)

	// Open returns a value that was sealed for this place. The error wraps [ErrSealed].
	Open(user, token, field, sealed string) (string, error)

	// Fresh says whether a value is sealed with the key that Seal uses now.
	Fresh(sealed string) bool

	// RefusesPlain says whether a value that is not sealed is refused: everything was sealed,
	// and nobody but a stranger to the key would write one.
	RefusesPlain() bool
}

// ErrPlain is wrong with a value that is refused because it is not sealed. It is an [ErrSealed].
var ErrPlain error = plainError{}

type plainError struct{}

func (plainError) Error() string {
	return "is plain, where everything was sealed: if you have put it there, \"motp seal\" " +
		"seals it"
}

func (plainError) Unwrap() error { return ErrSealed }

// sealedMark begins a value that is sealed.
const sealedMark = "sealed:"

// ownField is the field of a PIN in a record.
const ownField = "own-pin"

func (p ownPIN) sealed() bool { return strings.HasPrefix(p.pin, sealedMark) }

// token is what a PIN in a record belongs to: the secret, and the PIN that it replaced, whatever
// the table calls the token. It is a few bytes.
func (p ownPIN) token() string {
	b := binary.LittleEndian.AppendUint64(nil, p.key)
	return string(binary.LittleEndian.AppendUint64(b, p.replaced))
}

// openPIN returns the PIN that an entry of a user's record holds.
func (v Verifier) openPIN(user string, p ownPIN) (string, error) {
	switch {
	case !p.sealed() && v.refusesPlain():
		return "", ownError{ErrPlain}
	case !p.sealed():
		return p.pin, nil
	case v.Sealer == nil:
		return "", ErrSealed
	}
	pin, err := v.Sealer.Open(user, p.token(), ownField, p.pin)
	if err != nil {
		return "", ownError{err}
	}
	if pin == "" || len(pin) > MaxPIN {
		return "", ownError{ErrSealed}
	}
	return pin, nil
}

func (v Verifier) refusesPlain() bool { return v.Sealer != nil && v.Sealer.RefusesPlain() }

// An ownError says that it is the PIN in the record that does not open.
type ownError struct{ error }

func (e ownError) Error() string { return "the PIN that the user has set " + e.error.Error() }

func (e ownError) Unwrap() error { return e.error }

// sealPINs seals what stands open in a record, which is what was set now, and what was set before
// there was a key; but not what is refused for being open, which would be in force then.
func (v Verifier) sealPINs(user string, r *record) error {
	if v.Sealer == nil {
		return nil
	}
	for i := range r.pins {
		p := &r.pins[i]
		if p.sealed() || !p.isNew && v.Sealer.RefusesPlain() {
			continue
		}
		if err := v.sealPIN(user, r, p); err != nil {
			return err
		}
	}
	return nil
}

// sealPIN puts the sealed form of an open PIN in its place. No record from before may be read again
// then, and none stays on the disk.
func (v Verifier) sealPIN(user string, r *record, p *ownPIN) error {
	sealed, err := v.Sealer.Seal(user, p.token(), ownField, p.pin)
	if err != nil {
		return ownError{err}
	}
	if sealed != p.pin {
		p.pin, r.beyond = sealed, true
	}
	return nil
}

// Reseal has a user's record hold each PIN as the Sealer seals it now: one that stands open, and
// one that is sealed with an earlier key; of a Sealer that returns values as they are, open. It
// returns how many were another way. One that does not open, and that is in force for none of the
// user's tokens, is left as it is: it was set for a secret that the user has no more, by a key that
// may be lost. One that is open where the Sealer refuses it stays, and the error is [ErrPlain],
// with all others done; with any other error all is as it was. A record without PINs is not
// touched. One with PINs is written in any case, since a change that was cut off may have left the
// record before beside it.
func (v Verifier) Reseal(ctx context.Context, u User, now time.Time) (n int, err error) {
	current, err := v.Store.View(ctx, u.Name)
	if err != nil {
		return 0, err
	}
	if _, err := current.read(); err != nil || current.Record == nil || v.Sealer == nil {
		return 0, err
	}
	// also where no PIN stands there yet: a login that is under way may have sealed one with
	// the key from before, which is given up behind this
	var refused error
	err = v.update(ctx, u, now, nil, func(r *record, _ bool) error {
		if len(r.pins) == 0 {
			return errNothing
		}
		n, r.beyond, refused = 0, true, nil
		for i := range r.pins {
			p := &r.pins[i]
			before := p.pin
			if p.sealed() && v.Sealer.Fresh(before) {
				continue
			}
			pin, err := v.openPIN(u.Name, *p)
			switch {
			case err == nil:
				p.pin = pin
			case errors.Is(err, ErrPlain):
				refused = err
				continue
			case p.isLeftOver(u):
				continue
			default:
				return err
			}
			if err := v.sealPIN(u.Name, r, p); err != nil {
				return err
			}
			if p.pin != before {
				n++
			}
		}
		return nil
	})
	if errors.Is(err, errNothing) {
		err = nil
	}
	if err == nil {
		err = refused
	}
	return n, err
}

// isLeftOver says whether a PIN is in force for none of a user's tokens, which are known.
func (p ownPIN) isLeftOver(u User) bool {
	return len(u.Tokens) > 0 && !slices.ContainsFunc(u.Tokens, p.replaces)
}

// SealedPINs returns the PINs in a user's record as they stand there, if they are sealed, and how
// many stand open: for programs that look after keys.
func (v Verifier) SealedPINs(
	ctx context.Context,
	user string,
) (sealed []string, open int, err error) {
	current, err := v.Store.View(ctx, user)
	if err != nil {
		return nil, 0, err
	}
	r, err := current.read()
	for _, p := range r.pins {
		if p.sealed() {
			sealed = append(sealed, p.pin)
		} else {
			open++
		}
	}
	return sealed, open, err
}
