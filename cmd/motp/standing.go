package main

import (
	"time"

	"github.com/pam-motp/pam-motp/conf"
	"github.com/pam-motp/pam-motp/motp"
)

// A standing is what list and status tell of a user. It holds no secret and no PIN. The JSON names are a promise to scripts.
type standing struct {
	User  string `json:"user"`
	State string `json:"state"` // one of the words below
	File  string `json:"file"`
	Line  int    `json:"line"`

	Problem     string     `json:"problem,omitempty"` // if broken
	Failures    int        `json:"failures"`
	MaxFailures int        `json:"max_failures"`
	LockedSince *time.Time `json:"locked_since"`
	LockedUntil *time.Time `json:"locked_until"`
	LastFailure *time.Time `json:"last_failure"`
	LastLogin   *time.Time `json:"last_login"`
	Offset      int64      `json:"offset_seconds"`
}

// The states of a user.
const (
	stateOK       = "ok"
	stateLocked   = "locked"
	stateDisabled = "disabled"
	stateBroken   = "broken" // the entry or the record cannot be read: every code is refused
)

// standing finds out how a user stands. What is wrong with the user is part of the answer.
func (a *app) standing(policy motp.Policy, e conf.Entry) standing {
	s := standing{User: e.User.Name, State: stateOK, File: e.File, Line: e.Line, MaxFailures: policy.MaxFailures}
	for _, t := range e.User.Tokens {
		s.Offset = int64(t.Offset / time.Second)
	}
	record, err := a.verifier(policy).Status(e.User, a.now())
	if err == nil {
		s.Failures = record.Failures
		s.LastFailure = moment(record.LastFailure)
		s.LastLogin = moment(record.LastLogin)
		s.LockedSince = moment(record.LockedSince)
		if record.Locked && policy.UnlockAfter > 0 {
			s.LockedUntil = moment(record.LockedSince.Add(policy.UnlockAfter))
		}
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
