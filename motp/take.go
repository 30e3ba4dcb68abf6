package motp

import (
	"bytes"
	"context"
	"errors"
	"time"
)

// A movedError is [ErrMoved].
type movedError struct{}

func (movedError) Error() string { return "record was moved to another store" }

// Reason is the word for logs.
func (movedError) Reason() string { return "moved" }

// ErrMoved means that another store has the user's record now: codes are used there, and this one
// does not know of them. [Verifier.Take] brings it back.
var ErrMoved error = movedError{}

// A Source is where [Verifier.Take] takes records from.
type Source struct {
	Store

	// Shared says that other stores may take the same records from there: they stay there for
	// them.
	Shared bool
}

// A Taken is what became of a record that was to be taken.
type Taken int

// The zero value means that there was nothing to take.
const (
	NotThere Taken = iota
	Copied         // the record is here now, and was not before
	Merged         // both had one, and this one has what either knew
	Already        // it was taken before, and nothing is changed
)

// Take brings a user's record from another store into the Verifier's own, with all that it must not
// forget, and leaves a note there that it was moved: who would judge by what is there is refused
// with [ErrMoved], whether they began before or begin later. If both stores have a record, what
// either has used is used. Of two PINs that the user has set for one token, the one here stays; but
// those of a record that was moved from here are of before, and the other store's are in force.
//
// Whatever interrupts it, a code that was used counts as used in one store at least, and that is
// the one in which nothing says that it was moved. To do it again is right.
//
// [ErrMoved] is also the error of a record that was moved from there before and is not here: what
// came of it since is lost, or is in a third store. A record of a user without tokens that is
// beyond reading is [ErrCorrupt]; of others, whatever may have been used then is.
func (v Verifier) Take(ctx context.Context, from Source, u User, now time.Time) (Taken, error) {
	if err := v.check(u); err != nil {
		return NotThere, err
	}
	var taken Taken
	var mine []byte // what was written here where nothing was
	err := from.Update(ctx, u.Name, func(c Current) (Next, error) {
		taken = NotThere
		if c.Record == nil && !c.Lost {
			return Next{}, errNothing
		}
		r, err := c.whole()
		switch {
		case err != nil && len(u.Tokens) == 0:
			return Next{}, err
		case err != nil:
			r = record{}
			r.burnAhead(u, now, v.Policy, unknownReach)
			r.burnPaper(u.Paper)
		default:
			r.mend(u, now, v.Policy, c.Doubt)
		}
		if taken, err = v.put(ctx, r, u, now, from.Shared, &mine); err != nil {
			return Next{}, err
		}
		r.memories(u) // which are kept
		r.moved, r.beyond = true, true
		if !from.Shared {
			r.pins = nil // nobody is judged by them, or seals them, here
		}
		return r.next(c.Room)
	})
	if errors.Is(err, errNothing) {
		err = nil
	}
	return taken, err
}

// errNothing has a store keep what is there.
var errNothing = errors.New("nothing to take")

// put puts a record that another store has into the Verifier's. It may be called again, and finds
// what it has written itself then.
func (v Verifier) put(ctx context.Context, r record, u User, now time.Time, shared bool,
	wrote *[]byte) (taken Taken, err error) {
	err = v.Store.Update(ctx, u.Name, func(c Current) (Next, error) {
		taken = Merged
		mine, err := c.whole()
		if err != nil {
			return Next{}, err
		}
		if mine.moved {
			mine.pins = nil
		}
		if c.Record == nil || *wrote != nil && bytes.Equal(c.Record, *wrote) {
			taken, mine = Copied, record{}
		}
		switch {
		case r.moved && taken == Merged && !mine.moved:
			taken = Already
			return Next{}, errNothing
		case r.moved && taken == Copied && !shared:
			return Next{}, ErrMoved
		case taken == Merged:
			mine.mend(u, now, v.Policy, c.Doubt)
		}
		mine.merge(r.copy())
		if taken == Copied {
			mine.grants = r.grants
		}
		mine.memories(u) // which are kept
		mine.moved, mine.beyond = false, true
		if err := v.sealPINs(u.Name, &mine); err != nil {
			return Next{}, err
		}
		next, err := mine.next(c.Room)
		if taken == Copied {
			*wrote = bytes.Clone(next.Record)
		}
		return next, err
	})
	return taken, err
}

// copy is a record that may be changed without changing this one.
func (r *record) copy() record {
	other, _ := readRecord(r.bytes()) // which reads what was written
	return other
}

// whole reads a record as read does, and one that was moved, too.
func (c Current) whole() (record, error) {
	r, err := c.read()
	if errors.Is(err, ErrMoved) {
		err = nil
	}
	return r, err
}
