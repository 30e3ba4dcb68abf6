package motp

import (
	"context"
	"time"
)

// A User is someone who may log in.
type User struct {
	Name   string
	Tokens []Token    // at most MaxTokens
	Paper  PaperCodes // if there are any

	// Disabled refuses every code.
	Disabled bool
}

// MaxTokens is the number of tokens that one user may have.
const MaxTokens = 8

// A Verifier checks codes against a policy and keeps a record of each user. Its methods may be
// called by any number of goroutines and processes at once.
type Verifier struct {
	// Store keeps the records: that of package files, in most programs.
	Store Store

	Policy Policy

	// Sealer seals the PINs that users have set, which the record holds, and opens them. With
	// nil they stand as they are, and none that is sealed opens.
	Sealer Sealer
}

// A Result is what Verify found out. Only Verdict decides.
type Result struct {
	Verdict  Verdict
	Token    string // name of the token that the code came from, if any
	Failures int    // failures in a row, this attempt included
	Doubt    bool   // the record was damaged, and the worst was assumed of what was lost

	Paper     bool // the code is one of those on paper, and of no token
	PaperLeft int  // how many of those are good still, after this attempt

	// Pending is set if the code was wrong but right for another time, within Policy.Resync:
	// then VerifyNext is worth asking for the next code.
	Pending *Pending

	// Password is what the field held beside the code, if it is one that may. If the answer has
	// the form of no code, it is the whole answer.
	Password Password
}

// An Attempt is an answer, and what is known of how it came.
type Attempt struct {
	Typed string // by a person
	Field Field  // what else was typed into the same field

	// Origin is where the person is and what for, in words of the caller's. If it is not empty,
	// an accepted code begins a time of grace there: see [Verifier.Standing].
	Origin string

	// Grace is how long that is. While it lasts, a code that was used in it is a Replay from
	// there, also where it is too old for any window: a client that sends again what it has
	// kept is not wrong. 0 is no time.
	Grace time.Duration
}

// Verify checks what a person typed, once: after Accepted the same code is never accepted again, by
// any process, whatever happens to this one or to the clock, and a failure is on disk before Verify
// returns. Two calls for one user wait for each other, at most five seconds; two users never do. If
// ctx is over before it is this call's turn, nothing is changed and the error is ctx.Err().
//
// Where a user has set a PIN ([Verifier.ChangePIN]), that is in force, and not the token's; u is as
// the table has it.
//
// With an error the verdict is Refused and nobody may be let in: [ErrBusy], [ErrCorrupt],
// [ErrSealed], or an *fs.PathError from the record's file.
func (v Verifier) Verify(ctx context.Context, u User, typed string, now time.Time) (Result, error) {
	return v.Judge(ctx, u, Attempt{Typed: typed}, now)
}

// Judge is Verify for an answer of which more is known. The user may have tokens with codes of
// different lengths: the split that fits is the one that counts, and where none does it is one
// failure.
func (v Verifier) Judge(ctx context.Context, u User, at Attempt, now time.Time) (Result, error) {
	a := readField(at.Typed, at.Field)
	return v.attempt(ctx, u, a, now, func(r *record, forced User) (Verdict, string, *Pending) {
		if token, ok := r.kept(u, forced, a, at, now, v.Policy); ok {
			return Replay, token, nil
		}
		verdict, token, pending := r.judgeOrFar(forced, a, now, v.Policy)
		if verdict == Accepted && at.Origin != "" {
			r.grant(u, at.Origin, now)
		}
		return verdict, token, pending
	})
}

// judgeOrFar decides one attempt. A wrong code may be pending: right for another time.
func (r *record) judgeOrFar(u User, a answer, now time.Time,
	p Policy) (v Verdict, token string, pending *Pending) {
	if p.Resync > 0 {
		pending = r.findFar(u, a, now, p)
	}
	v, token = r.judge(u, a, now, p)
	if v != Wrong || r.locked(p) {
		pending = nil
	}
	return v, token, pending
}

// attempt has a user's record judged, by the PINs in force, and written before the result is told.
func (v Verifier) attempt(
	ctx context.Context, u User, a answer, now time.Time,
	judge func(r *record, u User) (Verdict, string, *Pending),
) (Result, error) {
	if err := v.check(u); err != nil {
		return Result{}, err
	}
	var res Result
	err := v.update(ctx, u, now, nil, func(r *record, doubt bool) error {
		forced, err := v.inForce(r, u)
		if err != nil {
			return err
		}
		verdict, token, pending := judge(r, forced)
		from := token
		if pending != nil {
			from = pending.matches[0].token
		}
		res = Result{Verdict: verdict, Token: token,
			Failures: int(r.failures), Doubt: doubt,
			Paper: r.byPaper, PaperLeft: r.paperLeft(u.Paper),
			Pending: pending, Password: r.password(forced, a, from)}
		return nil
	})
	if err != nil {
		return Result{}, err
	}
	return res, nil
}

// VerifyUnknown does for a name that is no user's what Verify does for a user, and refuses. It
// takes the same time, so that nobody can tell from outside who is a user: attempts with the same
// name wait for each other, too. Its record is one for all unknown names, and no trouble with it
// matters.
func (v Verifier) VerifyUnknown(ctx context.Context, name, typed string, now time.Time) {
	v.JudgeUnknown(ctx, name, Attempt{Typed: typed}, now)
}

// stranger stands for everybody who is no user.
var stranger = User{Tokens: []Token{{Secret: "0000000000000000", PIN: "0000"}}}

// JudgeUnknown is VerifyUnknown for an answer of which more is known. What it returns is what the
// field held beside something like a code.
func (v Verifier) JudgeUnknown(
	ctx context.Context, name string, at Attempt, now time.Time,
) Password {
	a := readField(at.Typed, at.Field)
	v.Store.Rehearse(ctx, name, func(c Current) (Next, error) {
		r, err := c.read()
		if err != nil {
			r = record{}
		}
		if v.Policy.Resync > 0 {
			r.findFar(stranger, a, now, v.Policy)
		}
		r.judge(stranger, a, now, v.Policy)
		r.failures = 0 // a lock would be less work
		return r.next(c.Room)
	})
	return stranger.password(a, "")
}

// A Status is what the record of a user says, for administrators.
type Status struct {
	Exists      bool      // there is a record; without one all else is zero
	Failures    int       // wrong codes in a row
	Locked      bool      // whether the user is locked now
	LockedSince time.Time // zero if not locked
	LockedUntil time.Time // zero if not locked, or if the lock does not end by itself
	Locks       int       // that ended in a row, with no login between them
	LastFailure time.Time // zero if none
	LastLogin   time.Time // zero if none
	// Grace is since when people have been let in by the last codes, newest first, where the
	// service asks nobody again for a time.
	Grace []time.Time
	Doubt bool // one of the record's slots is damaged

	Tokens []TokenStatus // of the user's tokens, in their order
	Paper  PaperStatus
}

// A TokenStatus is what the record knows of one token.
type TokenStatus struct {
	Name     string
	Used     bool  // whether any code of it was ever accepted
	LastStep int64 // the highest used step, or counter
	// its counter was lost with a damaged record: no code is good until the table has another
	Lost   bool
	Lowest int64         // the lowest step, or counter, that may be accepted, if any was used
	Drift  time.Duration // how far its clock is ahead of its offset, as seen last
	OwnPIN bool          // a PIN that the user has set is in force, not the table's

	Invitation InvitationState
	Shown      time.Time // when it was shown for the invitation first; zero if it was not
}

// Status reads a user's record and changes nothing. A user who never tried to log in has none: the
// zero Status.
func (v Verifier) Status(ctx context.Context, u User, now time.Time) (Status, error) {
	current, err := v.Store.View(ctx, u.Name)
	if err != nil {
		return Status{}, err
	}
	r, err := current.read()
	if err != nil {
		return Status{}, err
	}
	r.carryOn(u, now)
	s := Status{
		Exists:      current.Record != nil,
		Failures:    int(r.failures),
		Locks:       int(r.locks),
		Locked:      r.locked(v.Policy) && !r.lockEnded(now, v.Policy),
		LastFailure: unixTime(r.lastFailure),
		LastLogin:   unixTime(r.lastLogin),
		Doubt:       current.Doubt,
		Paper:       r.paperStatus(u.Paper),
	}
	if s.Locked {
		s.LockedSince = unixTime(max(r.lockedSince, r.lastFailure))
		if v.Policy.UnlockAfter > 0 {
			s.LockedUntil = s.LockedSince.Add(v.Policy.lockLasts(r.locks))
		}
	}
	for _, g := range r.grants {
		s.Grace = append(s.Grace, unixTime(g.since))
	}
	for i, m := range r.memories(u) {
		t := u.Tokens[i]
		drift, synced := m.learned(t)
		if t.counts() {
			drift, synced = 0, 0
		}
		s.Tokens = append(s.Tokens, TokenStatus{
			Name:     t.Name,
			Used:     !m.blank(),
			LastStep: m.high,
			Lost:     m.counterLost(t),
			Lowest:   m.lowestFresh(),
			Drift:    time.Duration(drift+synced) * t.StepLength(),
			OwnPIN:   r.ownPIN(t) != nil,

			Invitation: r.invitation(t, now.Unix()),
			Shown:      r.shownAt(t),
		})
	}
	return s, nil
}

func unixTime(seconds int64) time.Time {
	if seconds == 0 {
		return time.Time{}
	}
	return time.Unix(seconds, 0)
}

// Prepare makes a user's record if there is none, and what records are kept in, so that the first
// login costs no more than any other.
func (v Verifier) Prepare(ctx context.Context, user string) error {
	return v.Store.Prepare(ctx, user, func(c Current) (Next, error) {
		return new(record).next(c.Room)
	})
}

// Unlock sets a user's failures to zero, and the length of the next lock back to UnlockAfter. Used
// codes stay used. A record that is beyond reading is made anew, and since nobody knows what it
// held, every code up to 24 hours beyond a token's offset is taken for used; of a HOTP token every
// one, until the table's counter is raised to that of the next one. So are all codes on paper. A
// PIN that the user had set is lost with such a record.
func (v Verifier) Unlock(ctx context.Context, u User, now time.Time) error {
	if err := v.check(u); err != nil {
		return err
	}
	anew := func(r *record) {
		r.burnAhead(u, now, v.Policy, unknownReach)
		r.burnPaper(u.Paper)
	}
	return v.update(ctx, u, now, anew, func(r *record, _ bool) error {
		r.unlock(now)
		return nil
	})
}

// ForceUnlock is Unlock, past a process that holds the user's record and does not let go of it, if
// the store is one where that can be (a [LockBreaker]): whoever may freeze a program that checks
// codes can have it hold anybody's record. Nothing that was answered for is lost, and if the
// process goes on later, it refuses.
func (v Verifier) ForceUnlock(ctx context.Context, u User, now time.Time) error {
	if err := v.check(u); err != nil {
		return err
	}
	if store, ok := v.Store.(LockBreaker); ok {
		if err := store.BreakLock(ctx, u.Name); err != nil {
			return err
		}
	}
	return v.Unlock(ctx, u, now)
}

// unlock ends a lock. A clock that was ahead once is trusted no longer: what was used then stays
// so.
func (r *record) unlock(now time.Time) {
	r.failures, r.locks, r.lockedSince, r.wrongMark = 0, 0, 0, 0
	r.proven = min(r.proven, now.Unix())
}

// Restored tells a user's record that it is not the latest: that it comes from a backup, or was
// deleted. Every code that may have been accepted since is taken for used: up to the record's own
// reach, or, where that is not known, up to reach beyond a token's offset (0: 24 hours), and every
// one of a HOTP token until the table's counter is raised; and every code on paper. What a token
// accepted further ahead than the record knows, in a service with a wider window that was used
// after the backup, cannot be known.
func (v Verifier) Restored(ctx context.Context, u User, now time.Time, reach time.Duration) error {
	if err := v.check(u); err != nil {
		return err
	}
	if reach == 0 {
		reach = unknownReach
	}
	restored := func(r *record, _ bool) error {
		for i, m := range r.memories(u) {
			if u.Tokens[i].counts() {
				m.loseCounter(u.Tokens[i])
			}
		}
		r.burnAhead(u, now, v.Policy, reach)
		r.burnPaper(u.Paper)
		return nil
	}
	return v.update(ctx, u, now, func(*record) {}, restored)
}
