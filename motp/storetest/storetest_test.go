package storetest_test

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"github.com/pam-motp/pam-motp/motp"
	"github.com/pam-motp/pam-motp/motp/memory"
	"github.com/pam-motp/pam-motp/motp/storetest"
)

// A faulty store breaks the contract in one way.
type faulty struct {
	motp.Store
	fault string

	mu   sync.Mutex
	seen map[string]motp.Current
}

// faults name the test that must find each.
var faults = map[string]string{
	"keeps what a failed change returns":   "FailedChange",
	"keeps the bytes that it has returned": "BytesAreCopied",
	"cuts what is too long":                "Room",
	"takes names in capitals for others":   "Names",
	"takes any name":                       "NoName",
	"forgets nothing":                      "Forget",
	"prepares what is there":               "Prepare",
	"has no turns":                         "Races",
	"has one turn for all":                 "UsersDoNotWait",
	"shows what it showed before":          "NeverStale",
	"is never canceled":                    "Canceled",
	"waits for ever":                       "CanceledWhileWaiting",
	"does no work for strangers":           "Rehearse",
	"has strangers go at once":             "StrangersWait",
	"lists strangers":                      "Strangers",
}

func (s *faulty) is(fault string) bool { return s.fault == fault }

func (s *faulty) Update(ctx context.Context, user string, change motp.Change) error {
	switch {
	case s.is("keeps what a failed change returns"):
		var failed error
		err := s.Store.Update(ctx, user, func(c motp.Current) (next motp.Next, err error) {
			next, failed = change(c)
			return next, nil
		})
		if err == nil {
			err = failed
		}
		return err
	case s.is("cuts what is too long"):
		return s.Store.Update(ctx, user, func(c motp.Current) (next motp.Next, err error) {
			next, err = change(c)
			next.Record = next.Record[:min(len(next.Record), c.Room)]
			return next, err
		})
	case s.is("takes any name") && motp.CheckName(user) != nil:
		return nil
	case s.is("has no turns"):
		c, err := s.View(ctx, user)
		if err != nil {
			return err
		}
		next, err := change(c)
		if err != nil {
			return err
		}
		return s.Store.Update(ctx, user, func(motp.Current) (motp.Next, error) {
			return next, nil
		})
	case s.is("has one turn for all"):
		s.mu.Lock()
		defer s.mu.Unlock()
	case s.is("is never canceled") || s.is("waits for ever") && ctx.Err() == nil:
		ctx = context.WithoutCancel(ctx)
	case s.is("takes names in capitals for others"):
		user = strings.ToLower(user)
	}
	return s.Store.Update(ctx, user, change)
}

func (s *faulty) View(ctx context.Context, user string) (motp.Current, error) {
	if s.is("takes names in capitals for others") {
		user = strings.ToLower(user)
	}
	c, err := s.Store.View(ctx, user)
	s.mu.Lock()
	defer s.mu.Unlock()
	seen, ok := s.seen[user]
	if s.seen == nil {
		s.seen = map[string]motp.Current{}
	}
	if s.is("keeps the bytes that it has returned") && ok &&
		bytes.HasPrefix([]byte("mine"), c.Record) {
		return seen, err
	}
	if s.is("shows what it showed before") && ok {
		return seen, err
	}
	s.seen[user] = c
	return c, err
}

func (s *faulty) Prepare(ctx context.Context, user string, first motp.Change) error {
	if s.is("prepares what is there") {
		return s.Store.Update(ctx, user, first)
	}
	return s.Store.Prepare(ctx, user, first)
}

func (s *faulty) Forget(ctx context.Context, user string) error {
	if s.is("forgets nothing") {
		return ctx.Err()
	}
	return s.Store.Forget(ctx, user)
}

func (s *faulty) Rehearse(ctx context.Context, name string, change motp.Change) {
	switch {
	case s.is("does no work for strangers"):
	case s.is("has strangers go at once"):
		_, _ = change(motp.Current{Room: memory.Room})
	case s.is("lists strangers"):
		_ = s.Store.Update(ctx, name, change)
	default:
		s.Store.Rehearse(ctx, name, change)
	}
}

const faultVariable = "STORETEST_FAULT"

// TestFaulty is the suite on a faulty store, in a process of its own.
func TestFaulty(t *testing.T) {
	fault := os.Getenv(faultVariable)
	storetest.Run(t, func(t *testing.T) storetest.Subject {
		return storetest.Subject{Store: &faulty{Store: new(memory.Store), fault: fault}}
	})
}

// The suite finds each fault.
func TestFaultsAreFound(t *testing.T) {
	for fault, test := range faults {
		t.Run(fault, func(t *testing.T) {
			t.Parallel() // some wait until the suite gives up
			cmd := exec.Command(os.Args[0], "-test.run=^TestFaulty$/^"+test+"$",
				"-test.timeout=5s")
			cmd.Env = append(os.Environ(), faultVariable+"="+fault)
			out, err := cmd.CombinedOutput()
			if err == nil {
				t.Errorf("%s finds nothing:\n%s", test, out)
			}
		})
	}
}
