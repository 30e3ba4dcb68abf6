package motp

import (
	"context"
	"errors"
	"time"
)

// A Store keeps one record for each user: bytes that only this package understands. Package files
// is one, package memory another, and package storetest checks any.
//
// A store is used by any number of goroutines at once, and, where what it keeps outlives a
// process, by any number of processes. It waits for others within a bound of its own, and ends
// sooner if the context does, with the context's error.
//
// The methods are for whoever writes a store. Programs use a [Verifier].
type Store interface {
	// Update is a transaction on a user's record: it hands the record to change, and keeps what
	// that returns. When it returns nil, the next reader finds the new record, whatever becomes
	// of this process or its machine. With an error nobody may rely on the change; most often
	// it was not made. If the context is over before it is this call's turn, nothing is
	// changed.
	//
	// Changes of one user's record are made one after the other, those of two users at once.
	//
	// The error of change is returned, wrapped or not, and nothing is kept then. [ErrBusy]
	// means that others held the record for too long, [ErrUser] that no record of that name can
	// be kept (see [CheckName]).
	Update(ctx context.Context, user string, change Change) error

	// View returns a user's record without waiting for anyone who changes it. It is never
	// stale: it has every change whose Update returned before View was called. A record that is
	// lost is an error, [ErrCorrupt].
	View(ctx context.Context, user string) (Current, error)

	// Prepare has all ready for a user whose first login is to be no slower than later ones:
	// the record, which first makes if there is none, and what records are kept in. A record
	// that is there is left as it is.
	Prepare(ctx context.Context, user string, first Change) error

	// Forget removes a user's record. One that is not there is no error.
	Forget(ctx context.Context, user string) error

	// Rehearse does the work of Update for a name that is no user's, so that the time it takes
	// tells nobody who is a user: those who ask with one name wait for each other, and for
	// nobody else. It changes no user's record, and no name has one afterwards that had none.
	// What it hands to change is the record of all such names, or none; nothing that goes wrong
	// matters.
	Rehearse(ctx context.Context, name string, change Change)

	// Names returns the users who have a record, in no order.
	Names(ctx context.Context) ([]string, error)
}

// A Change makes a new record out of the current one. It may be called more than once for one
// Update, each time from the beginning, as where another change came first or there is less room
// than was hoped for; the last call is the one that counts. It must not keep what it was given.
type Change func(Current) (Next, error)

// Current is a user's record as it stands.
type Current struct {
	// Record is nil if there is none, or if it is lost.
	Record []byte

	// Doubt says that a newer record than this one may have been lost.
	Doubt bool

	// Lost says that there was a record, and that nothing of it can be read.
	Lost bool

	// Room is how many bytes the next record may have.
	Room int
}

// Next is what a record becomes.
type Next struct {
	Record []byte

	// Only says that no record from before this change may ever be read again, not even with
	// Doubt after a damage. Stores that keep no older record need not look at it.
	Only bool
}

var (
	// ErrBusy means that others, of this process or another, held the user's record for too
	// long.
	ErrBusy = errors.New("record is locked by another process")

	// ErrCorrupt means that nothing in the user's record can be trusted. Unlock makes it anew.
	ErrCorrupt = errors.New("record is corrupt")

	// ErrFull means that what the record must not forget is more than the store has room for.
	ErrFull = errors.New("record is full")
)

// A LockBreaker is a store whose records are held by processes, which may never let go.
type LockBreaker interface {
	Store

	// BreakLock gets past a process that holds a user's record. Nothing that was answered for
	// is lost, and if the process goes on later, its Update fails. A record that nobody holds
	// is left as it is.
	BreakLock(ctx context.Context, user string) error
}

// next is the record as the store keeps it.
func (r *record) next(room int) (Next, error) {
	b, ok := r.encode(room)
	if !ok {
		return Next{}, ErrFull
	}
	return Next{Record: b, Only: r.beyond}, nil
}

// read reads a record. One that does not exist is empty, and of one that was moved all is known.
func (c Current) read() (record, error) {
	if c.Lost {
		return record{}, ErrCorrupt
	}
	if c.Record == nil {
		return record{}, nil
	}
	r, ok := decode(c.Record)
	if !ok {
		return record{}, ErrCorrupt
	}
	if r.moved {
		return r, ErrMoved
	}
	return r, nil
}

// An alteration is made to a record, once or more often, each time to the record as it stands.
type alteration func(r *record, doubt bool) error

// update alters a record that was brought up to date before: what version 1 left is taken over, a
// PIN that the table has overruled is forgotten, and where half of it is lost the worst is assumed.
// anew makes one in the place of a record that cannot be read; without it that is [ErrCorrupt], and
// so it is of a user without tokens, since nobody knows then whose codes to take for used.
func (v Verifier) update(ctx context.Context, u User, now time.Time, anew func(r *record),
	alter alteration) error {
	return v.Store.Update(ctx, u.Name, func(c Current) (Next, error) {
		r, err := c.read()
		switch {
		case r.moved:
			return Next{}, err
		case err != nil && (anew == nil || len(u.Tokens) == 0):
			return Next{}, err
		case err != nil:
			r = record{}
			anew(&r)
		default:
			r.mend(u, now, v.Policy, c.Doubt)
		}
		if err := alter(&r, c.Doubt); err != nil {
			return Next{}, err
		}
		if err := v.sealPINs(u.Name, &r); err != nil {
			return Next{}, err
		}
		return r.next(c.Room)
	})
}

// mend brings a record up to date.
func (r *record) mend(u User, now time.Time, p Policy, doubt bool) {
	r.carryOn(u, now)
	r.dropOverruled(u)
	if doubt {
		r.assumeWorst(u, now, p)
	}
}
