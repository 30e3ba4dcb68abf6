// Package storetest checks that a store keeps to the contract of [motp.Store]. Each store's own
// tests call [Run]; what is particular to one store is tested beside it.
//
// [Twice] and [Losing] make a store misbehave within its contract, for the tests of whoever uses
// one. The package knows no store: whatever it needs to do to one stands in a [Subject].
package storetest

import (
	"context"
	"errors"
	"testing"

	"github.com/pam-motp/pam-motp/motp"
)

// A Subject is a store to be checked, with nothing in it, and what can be done to it. A function
// that is nil cannot be done to it.
type Subject struct {
	motp.Store

	// Again returns another store of the same records, as another process or another host has
	// it.
	Again func(t *testing.T) motp.Store

	// Tear damages a user's record as a crash or a rotten disk may: in the way of that number,
	// from 0 on. It is false if there are fewer ways.
	Tear func(t *testing.T, user string, way int) bool

	// Hold holds a user's record as a process does that does not go on, until release is
	// called. There is a record of the user.
	Hold func(t *testing.T, user string) (release func())
}

// stores are all that the subject may be used through.
func (s Subject) stores(t *testing.T) []motp.Store {
	if s.Again == nil {
		return []motp.Store{s.Store}
	}
	return []motp.Store{s.Store, s.Again(t)}
}

// Run checks a store. open is called for each test, and must return a subject of its own.
func Run(t *testing.T, open func(t *testing.T) Subject) {
	for _, c := range []struct {
		name string
		test func(t *testing.T, open func(t *testing.T) Subject)
	}{
		{"Transaction", on(transaction)},
		{"FailedChange", on(failedChange)},
		{"BytesAreCopied", on(bytesAreCopied)},
		{"Room", on(room)},
		{"Names", on(names)},
		{"NoName", on(noName)},
		{"Forget", on(forget)},
		{"Prepare", on(prepare)},
		{"Races", on(races)},
		{"UsersDoNotWait", on(usersDoNotWait)},
		{"NeverStale", on(neverStale)},
		{"Canceled", on(canceled)},
		{"CanceledWhileWaiting", on(canceledWhileWaiting)},
		{"Held", on(held)},
		{"BreakLock", on(breakLock)},
		{"Rehearse", on(rehearse)},
		{"StrangersWait", on(strangersWait)},
		{"Torn", torn},
		{"TornAfterOnly", tornAfterOnly},
		{"Lost", lost},
		{"OneCodeOnce", on(oneCodeOnce)},
		{"OnePINOnce", on(onePINOnce)},
		{"Guesses", on(guesses)},
		{"LostReply", on(lostReply)},
		{"Strangers", on(strangers)},
	} {
		t.Run(c.name, func(t *testing.T) { c.test(t, open) })
	}
}

// on is a test of one subject.
func on(test func(t *testing.T, s Subject)) func(*testing.T, func(*testing.T) Subject) {
	return func(t *testing.T, open func(t *testing.T) Subject) { test(t, open(t)) }
}

var background = context.Background()

// Twice is a store that makes each change twice, the first time in vain, as one does that is
// overtaken by another change.
func Twice(store motp.Store) motp.Store { return twice{store} }

type twice struct{ motp.Store }

func (s twice) Update(ctx context.Context, user string, change motp.Change) error {
	return s.Store.Update(ctx, user, again(change))
}

func (s twice) Prepare(ctx context.Context, user string, first motp.Change) error {
	return s.Store.Prepare(ctx, user, again(first))
}

func (s twice) Rehearse(ctx context.Context, name string, change motp.Change) {
	s.Store.Rehearse(ctx, name, again(change))
}

func again(change motp.Change) motp.Change {
	return func(c motp.Current) (motp.Next, error) {
		if next, err := change(c); err == nil {
			spoil(next.Record)
		}
		return change(c)
	}
}

// ErrNoReply is the error of a store whose reply is lost.
var ErrNoReply = errors.New("no reply")

// Losing is a store that makes each change, and does not come to say so.
func Losing(store motp.Store) motp.Store { return losing{store} }

type losing struct{ motp.Store }

func (s losing) Update(ctx context.Context, user string, change motp.Change) error {
	if err := s.Store.Update(ctx, user, change); err != nil {
		return err
	}
	return ErrNoReply
}

// spoil has bytes be others.
func spoil(b []byte) {
	for i := range b {
		b[i] ^= 0xff
	}
}

// to is the change to a record, whatever it was.
func to(record string) motp.Change {
	return func(motp.Current) (motp.Next, error) {
		return motp.Next{Record: []byte(record)}, nil
	}
}

// put changes a user's record.
func put(t *testing.T, s motp.Store, user, record string) {
	t.Helper()
	if err := s.Update(background, user, to(record)); err != nil {
		t.Fatalf("Update: %v", err)
	}
}

// none stands for no record in wants.
const none = "(none)"

// wants says what a user's record must be, seen through each store.
func (s Subject) wants(t *testing.T, user, want string) {
	t.Helper()
	for _, store := range s.stores(t) {
		c, err := store.View(background, user)
		if err != nil {
			t.Errorf("View of %q: %v", user, err)
			continue
		}
		if got := text(c); got != want || c.Doubt || c.Lost {
			t.Errorf("View of %q: %.99q, doubt %v, lost %v; want %.99q", user, got,
				c.Doubt, c.Lost, want)
		}
	}
}

func text(c motp.Current) string {
	if c.Record == nil {
		return none
	}
	return string(c.Record)
}
