package cli

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/pam-motp/pam-motp/conf"
	"github.com/pam-motp/pam-motp/internal/codeformat"
	"github.com/pam-motp/pam-motp/internal/holder"
	"github.com/pam-motp/pam-motp/motp"
)

// A userStatus is what list and status tell of a user. It holds no secret and no PIN. The JSON
// names are a promise to scripts.
type userStatus struct {
	User  string `json:"user"`
	State string `json:"state"` // one of the words below
	File  string `json:"file"`
	Line  int    `json:"line"`

	Local       bool       `json:"local,omitempty"`   // whatever the table says of a fleet
	Problem     string     `json:"problem,omitempty"` // if broken
	Failures    int        `json:"failures"`
	MaxFailures int        `json:"max_failures"`
	LockedSince *time.Time `json:"locked_since"`
	LockedUntil *time.Time `json:"locked_until"`
	LastFailure *time.Time `json:"last_failure"`
	LastLogin   *time.Time `json:"last_login"`
	Offset      int64      `json:"offset_seconds"` // of the first token, as the table has it
	// of the same: how far ahead of that its clock was at the last login
	Drift int64 `json:"drift_seconds"`
	// half of the record is lost; the next attempt mends it, and assumes the worst
	Damaged bool `json:"record_damaged"`

	Tokens []tokenStatus `json:"tokens"` // the first one first
	Paper  *paperStatus  `json:"paper_codes,omitempty"`

	HeldBy *holder.Process `json:"held_by,omitempty"` // if held
}

// A tokenStatus is what is told of one token.
type tokenStatus struct {
	Name  string `json:"name"` // empty for the first
	Line  int    `json:"-"`    // where its section begins
	Type  string `json:"type"` // motp, totp or hotp
	About string `json:"-"`    // the same in words, with what is not as usual
	PIN   bool   `json:"pin"`  // whether there is one
	// whether it is one that the user has set, not the table's
	OwnPIN  bool   `json:"own_pin,omitempty"`
	Offset  int64  `json:"offset_seconds"`
	Drift   int64  `json:"drift_seconds"`
	Counter *int64 `json:"counter,omitempty"` // HOTP: that of the next code
	Lost    bool   `json:"counter_lost,omitempty"`
	Used    bool   `json:"used"` // whether a code of it was ever accepted

	// Invitation is what became of the token's invitation: invited, expired, burnt, claimed.
	Invitation string `json:"invitation,omitempty"`

	// Shown is when the token was shown for the invitation first.
	Shown *time.Time `json:"shown,omitempty"`

	// AcceptedFrom is set if the token shows codes that are too old by now: when it will show
	// others.
	AcceptedFrom *time.Time `json:"accepted_from,omitempty"`
}

// tokenStatuses tells of each token; record may be empty.
func tokenStatuses(e conf.Entry, record motp.Status, now time.Time) []tokenStatus {
	all := make([]tokenStatus, 0, len(e.User.Tokens))
	lines := append([]int{e.Line}, e.Further...)
	for i, t := range e.User.Tokens {
		s := tokenStatus{Line: lines[i], Name: t.Name, Type: t.Type.String(),
			About: codeformat.Kind(t), PIN: t.PIN != "",
			Offset: int64(t.Offset / time.Second)}
		next := t.Counter
		if i < len(record.Tokens) {
			known := record.Tokens[i]
			s.Used, s.Lost = known.Used, known.Lost
			s.OwnPIN = known.OwnPIN
			if known.Invitation != motp.NotInvited {
				s.Invitation = known.Invitation.String()
				s.Shown = moment(known.Shown)
			}
			s.PIN = s.PIN || known.OwnPIN
			s.Drift = int64(known.Drift / time.Second)
			s.AcceptedFrom = moment(known.AcceptedFrom(t, now))
			next = known.Next(t)
		}
		if t.Kind().Counter {
			s.Counter, s.Drift = &next, 0
		}
		all = append(all, s)
	}
	return all
}

// hasOwnPIN says whether the PIN in force is in the record, which may be sealed.
func (t tokenStatus) hasOwnPIN() bool { return t.OwnPIN }

// admits says whether codes of a token may be good: its user has not yet to set it up.
func (t tokenStatus) admits() bool {
	return t.Invitation == "" || t.Invitation == motp.Claimed.String()
}

// kindOf tells the kind of one of a user's tokens; of one that is not known, Mobile-OTP.
func (s userStatus) kindOf(token string) *motp.Kind {
	for _, t := range s.Tokens {
		if of, ok := motp.ParseType(t.Type); ok && t.Name == token {
			return of.Kind()
		}
	}
	return motp.MobileOTP.Kind()
}

// The states of a user.
const (
	stateOK       = "ok"
	stateLocked   = "locked"
	stateDisabled = "disabled"
	stateHeld     = "held"    // a process keeps the record for itself: every code is refused
	stateLost     = "lost"    // the counter of each token is lost: every code is refused
	stateInvited  = "invited" // nobody has set up any token yet: every code is refused
	stateBroken   = "broken"  // entry, record, or own PIN unreadable: all refused
)

// statusOf finds out how a user stands. What is wrong with the user is part of the answer.
func (a *app) statusOf(policy motp.Policy, e conf.Entry) userStatus {
	s := userStatus{User: e.User.Name, State: stateOK, File: e.File, Line: e.Line,
		Local: e.Local, MaxFailures: policy.MaxFailures}
	record, err := a.verifierOf(e, policy).Status(context.Background(), e.User, a.now())
	s.Tokens = tokenStatuses(e, record, a.now())
	if err == nil {
		s.Paper = paperStatusOf(e.User, record.Paper)
	}
	if len(s.Tokens) > 0 {
		s.Offset, s.Drift = s.Tokens[0].Offset, s.Tokens[0].Drift
	}
	if err == nil {
		s.Failures, s.Damaged = record.Failures, record.Doubt
		s.LastFailure = moment(record.LastFailure)
		s.LastLogin = moment(record.LastLogin)
		s.LockedSince = moment(record.LockedSince)
		s.LockedUntil = moment(record.LockedUntil)
	}
	if e.Err == nil && err == nil && slices.ContainsFunc(s.Tokens, tokenStatus.hasOwnPIN) {
		_, err = a.verifierOf(e, policy).InForce(context.Background(), e.User)
	}
	switch {
	case e.Err != nil:
		s.State, s.Problem = stateBroken, e.Err.Error()
	case err != nil:
		s.State, s.Problem = stateBroken, a.explain(e.User.Name, err).Error()
	case e.User.Disabled:
		s.State = stateDisabled
	case record.Locked:
		s.State = stateLocked
	case len(s.Tokens) > 0 && !slices.ContainsFunc(s.Tokens, tokenStatus.admits):
		s.State = stateInvited
	case len(s.Tokens) > 0 &&
		!slices.ContainsFunc(s.Tokens, func(t tokenStatus) bool { return !t.Lost }):
		s.State = stateLost
	}
	return s
}

// moment is a time as JSON has it: null for never, and UTC.
func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

// find tells how one user stands. A broken entry is an answer, too.
func (a *app) find(name string) (userStatus, error) {
	policy, entries, err := a.table().Users()
	if err != nil {
		return userStatus{}, a.explain(name, err)
	}
	for _, e := range entries {
		if e.User.Name == name {
			s := a.statusOf(policy, e)
			a.lookForHolder(&s, holder.Locks())
			return s, nil
		}
	}
	return userStatus{}, a.explain(name, conf.ErrNoUser)
}

// lookForHolder finds out whether a process keeps the record for itself.
func (a *app) lookForHolder(s *userStatus, locks holder.List) {
	who, held := locks.Of(a.record(s.User))
	if !held {
		return
	}
	s.HeldBy = &who
	if s.State == stateOK || s.State == stateLost {
		s.State = stateHeld
	}
}

// tokensInBrief tells of all tokens in a few letters: "motp", "totp+2"; with a PIN that the user
// has set "motp*".
func tokensInBrief(all []tokenStatus) string {
	if len(all) == 0 {
		return "-"
	}
	brief := all[0].Type
	if further := len(all) - 1; further > 0 {
		brief += fmt.Sprintf("+%d", further)
	}
	if slices.ContainsFunc(all, func(t tokenStatus) bool { return t.OwnPIN }) {
		brief += "*"
	}
	return brief
}
