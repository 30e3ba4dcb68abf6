package motp

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"strings"
	"time"
)

// An ownPIN is a PIN that its user has set. It stands in the record, since no login writes the
// table, and is in force as long as the table has the secret with the PIN that it replaced: whoever
// edits the PIN in the table overrules it.
type ownPIN struct {
	key      uint64 // of the secret, see keyOf
	replaced uint64 // of the table's PIN, see replacedBy
	pin      string // as it stands in the record: sealed, where there is a key
	isNew    bool   // set in this change of the record; it does not stand there
}

// maxSealed is the longest PIN that a record holds, in bytes, if it is sealed; else it is MaxPIN.
const maxSealed = 512

// replacedBy is a fingerprint of the PIN that the table has for a token. It is keyed with the
// secret, which is not in the record: a PIN alone is found from its hash by trying all.
func replacedBy(t Token) uint64 {
	sum := sha256.Sum256([]byte("pin\x00" + hashedSecret(t) + "\x00" + t.PIN))
	return binary.LittleEndian.Uint64(sum[:])
}

// replaces says whether the PIN is one that is in force for a token of the table.
func (p ownPIN) replaces(t Token) bool {
	return p.key == keyOf(t) && p.replaced == replacedBy(t)
}

// ownPIN returns the PIN that the user has set for a token of the table, or nil.
func (r *record) ownPIN(t Token) *ownPIN {
	for i := range r.pins {
		if r.pins[i].replaces(t) {
			return &r.pins[i]
		}
	}
	return nil
}

// inForce returns a user of the table with the PINs that codes are judged by, and with those tokens
// open that the user has set up. The user's own slice stays as it is.
func (v Verifier) inForce(r *record, u User) (User, error) {
	invited := func(t Token) bool { return t.Invitation.Exists() }
	if len(r.pins) == 0 && !slices.ContainsFunc(u.Tokens, invited) {
		return u, nil
	}
	u.Tokens = slices.Clone(u.Tokens)
	for i, t := range u.Tokens {
		if invited(t) && r.admits(t) {
			u.Tokens[i].door = doorOpen
		}
		own := r.ownPIN(t)
		if own == nil {
			continue
		}
		pin, err := v.openPIN(u.Name, *own)
		if err != nil {
			return User{}, err
		}
		u.Tokens[i].PIN = pin
	}
	return u, nil
}

// dropOverruled forgets what the table has overruled: the PINs of secrets that it has with another
// PIN than the one that was replaced. So an edit that is taken back brings none of them back. Those
// of secrets that it does not have are kept, as is all that is known of those.
func (r *record) dropOverruled(u User) {
	if len(r.pins) == 0 {
		return
	}
	r.pins = slices.DeleteFunc(r.pins, func(p ownPIN) bool {
		has := func(t Token) bool { return p.key == keyOf(t) }
		return slices.ContainsFunc(u.Tokens, has) &&
			!slices.ContainsFunc(u.Tokens, p.replaces)
	})
}

// setPIN has a token of the table have another PIN from now on. The table's own needs no entry. No
// record from before may be read again, since the old PIN would be good with it.
func (r *record) setPIN(t Token, pin string) {
	r.pins = slices.DeleteFunc(r.pins, func(p ownPIN) bool { return p.replaces(t) })
	if pin != t.PIN {
		r.pins = append(r.pins, ownPIN{keyOf(t), replacedBy(t), pin, true})
	}
	r.beyond = true
}

// forgetSecret forgets the PINs of a secret of which no memory is left.
func (r *record) forgetSecret(key uint64) {
	if !slices.ContainsFunc(r.lines, func(m *memory) bool { return m.key == key }) {
		r.pins = slices.DeleteFunc(r.pins, func(p ownPIN) bool { return p.key == key })
	}
}

// mayChange says what is wrong with a PIN that a user wants. Nobody knows yet from which token the
// code will come, so it must be good for each. To have none is to have the table's, which has none.
func (u User) mayChange(pin string) error {
	if strings.HasPrefix(pin, sealedMark) {
		return invalidError("a PIN that begins with " + sealedMark + " is taken for a " +
			"sealed one")
	}
	for _, t := range u.Tokens {
		if pin == "" && t.PIN != "" {
			return invalidError("the token needs a PIN")
		}
		t.PIN = pin
		if err := t.Validate(); err != nil {
			return err
		}
	}
	return nil
}

// ChangePIN sets the PIN of one of a user's tokens, if the user proves with a current code to have
// it. The code is judged as [Verifier.Verify] judges one: a wrong one is a failure, a right one is
// used up, a user who is locked or disabled is refused. Only with Accepted the PIN is another, that
// of the token that the code came from (Result.Token), in the same change of the record. A code
// from far off is wrong here, whatever Policy.Resync; [Verifier.Sync] comes first then.
//
// The table is left as it is, and u is as the table has it. The PIN is in force for this secret as
// long as the table has the PIN that was replaced: as soon as an administrator edits that, the
// table's is. A used number stays used, whichever PIN the code was made with. Where the table has
// no PIN, a user may set one, and with "" go without again; one that the table has cannot be gone
// without. To set the table's PIN is to have none of one's own.
//
// A PIN that a token cannot have is [ErrInvalid], as by [Token.Validate], before anything is
// judged: any of the user's tokens, since only the code tells which one it is. Whether it is a wise
// one, and whether a table could hold it, is for the caller to say.
func (v Verifier) ChangePIN(
	ctx context.Context, u User, typed, pin string, now time.Time,
) (Result, error) {
	if err := u.mayChange(pin); err != nil {
		return Result{}, err
	}
	a := read(typed)
	return v.attempt(ctx, u, a, now, func(r *record, forced User) (Verdict, string, *Pending) {
		verdict, token := r.judge(forced.withoutPaper(), a, now, v.Policy)
		at := slices.IndexFunc(u.Tokens, func(t Token) bool { return t.Name == token })
		if verdict == Accepted && at >= 0 {
			r.setPIN(u.Tokens[at], pin)
		}
		return verdict, token, nil
	})
}

// ForgetPIN forgets the PIN that a user has set for one of the tokens, so that the table's is in
// force. An administrator who gives the token a PIN calls it after the edit: it is what makes a
// difference where the table had this very PIN.
func (v Verifier) ForgetPIN(ctx context.Context, u User, token string, now time.Time) error {
	return v.update(ctx, u, now, nil, func(r *record, _ bool) error {
		r.memories(u) // which are kept
		for _, t := range u.Tokens {
			if t.Name == token {
				r.setPIN(t, t.PIN)
			}
		}
		return nil
	})
}

// InForce returns a user's tokens with the PINs in force, in their order: for an administrator's
// program that makes codes, or hands tokens to another server. They are not what the table has, so
// no Verifier may be asked with them: it would take its own PIN for an edit.
func (v Verifier) InForce(ctx context.Context, u User) ([]Token, error) {
	current, err := v.Store.View(ctx, u.Name)
	if err != nil {
		return nil, err
	}
	r, err := current.read()
	if err != nil {
		return nil, err
	}
	u, err = v.inForce(&r, u)
	return slices.Clone(u.Tokens), err
}
