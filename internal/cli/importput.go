package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/signal"
	"sync"
	"syscall"

	"github.com/pam-motp/pam-motp/internal/term"
	"github.com/pam-motp/pam-motp/internal/words"
	"github.com/pam-motp/pam-motp/motp"
)

// An importGuard sees to it that an import that is interrupted has taken over all or nobody, and
// says which. The table is replaced in one step; before it, an interruption ends the command at
// once, and after it, as soon as the users who have a record already are counted.
type importGuard struct {
	ctx  context.Context // over when there was an interruption
	done func()

	mu      sync.Mutex
	written bool // or about to be
}

// exitInterrupted is the exit code of what a Ctrl-C has ended, in shells.
const exitInterrupted = 130

// guardImport watches for interruptions.
func (a *app) guardImport() *importGuard {
	g := &importGuard{}
	signals := []os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGHUP}
	over := make(chan struct{})
	var stop func()
	g.ctx, stop = signal.NotifyContext(context.Background(), signals...)
	g.done = sync.OnceFunc(func() { close(over); stop() })
	go func() {
		<-g.ctx.Done()
		select {
		case <-over:
			return
		default:
		}
		g.mu.Lock() // for good, so that nothing begins to be written meanwhile
		if g.written {
			g.mu.Unlock()
			return
		}
		a.freshLine()
		a.say("interrupted: nothing is changed")
		os.Exit(exitInterrupted)
	}()
	return g
}

// writes says that from now on something is written. After an interruption it does not return.
func (g *importGuard) writes() {
	g.mu.Lock()
	g.written = true
	g.mu.Unlock()
}

// put writes the users into the table, and makes their records.
func (a *app) put(guard *importGuard, p plan) error {
	verifier := a.verifier(motp.DefaultPolicy)
	users := p.users()
	bar := term.NewProgress(a.err, "looking at records", len(users))
	for _, u := range users {
		_, err := verifier.Status(context.Background(), u, a.now())
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			bar.End()
			return fmt.Errorf("%w: nothing is changed", a.explain(u.Name, err))
		}
		bar.Step()
	}
	bar.End()
	guard.writes()
	if err := a.begin(); err != nil {
		return fmt.Errorf("%w: nothing is changed", a.explain("", err))
	}
	if err := a.editor().Put(usersOf(p.added), usersOf(p.replaced)); err != nil {
		return fmt.Errorf("%w: nothing is changed", a.explain("", err))
	}
	a.changed()
	bar = term.NewProgress(a.err, "making records", len(users))
	made, err := prepareAll(guard.ctx, verifier, users, bar.Step)
	bar.End()
	switch {
	case guard.ctx.Err() != nil:
		a.say("interrupted: %s all in %s now. %d of %d have a record; the others get "+
			"theirs at their first login",
			words.CountAre(len(users), "user"), a.confPath, made, len(users))
		return exitStatus(exitInterrupted)
	case err != nil:
		var failed *prepareError
		errors.As(err, &failed)
		return fmt.Errorf("all are in %s now, but without a record: %w", a.confPath,
			a.explain(failed.user, failed.err))
	}
	return a.beginPapers(users)
}

// A prepareError is about the record of one user.
type prepareError struct {
	user string
	err  error
}

func (e *prepareError) Error() string { return e.user + ": " + e.err.Error() }

// atOnce is how many records are made at a time. Each is synced to disk several times, and file
// systems sync many files at once nearly as fast as one.
const atOnce = 64

// prepareAll makes the users' records until the context is over, and counts them.
func prepareAll(
	ctx context.Context, v motp.Verifier, users []motp.User, step func(),
) (made int, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	names := make(chan string)
	results := make(chan error)
	var workers sync.WaitGroup
	for range min(atOnce, len(users)) {
		workers.Add(1)
		go func() {
			defer workers.Done()
			for name := range names {
				var failed error
				if err := prepare(ctx, v, name); err != nil {
					failed = &prepareError{name, err}
				}
				results <- failed
			}
		}()
	}
	go func() {
		defer close(results)
		defer workers.Wait()
		defer close(names)
		for _, u := range users {
			select {
			case names <- u.Name:
			case <-ctx.Done():
				return
			}
		}
	}()
	for failed := range results {
		switch {
		case failed == nil:
			made++
			step()
		case err == nil:
			err = failed
			cancel()
		}
	}
	return made, err
}

// prepare makes one record. Several that make the folder at the same time must not fail for it.
func prepare(ctx context.Context, v motp.Verifier, name string) error {
	err := v.Prepare(ctx, name)
	if errors.Is(err, fs.ErrExist) {
		err = v.Prepare(ctx, name)
	}
	return err
}
