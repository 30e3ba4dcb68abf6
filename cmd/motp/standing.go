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
	Offset      int64      `json:"offset_seconds"` // of the first token, as the table has it
	Drift       int64      `json:"drift_seconds"`  // of the same: how far ahead of that its clock was at the last login
	Damaged     bool       `json:"record_damaged"` // half of the record is lost; the next attempt mends it, and assumes the worst
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
	if len(e.User.Tokens) > 0 {
		s.Offset = int64(e.User.Tokens[0].Offset / time.Second)
	}
	record, err := a.verifier(policy).Status(e.User, a.now())
	if err == nil {
		s.Failures, s.Damaged = record.Failures, record.Doubt
		if len(record.Tokens) > 0 {
			s.Drift = int64(record.Tokens[0].Drift / time.Second)
		}
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
