package cli

import (
	"fmt"
	"os"
	"os/signal"
	"sync"
	"syscall"

	"github.com/pam-motp/pam-motp/internal/term"
	"github.com/spf13/cobra"
)

// A ledger knows what a verb has written, for somebody who interrupts it.
type ledger struct {
	mu    sync.Mutex // held while something is being written
	words string     // how things stand
}

// stand notes how things stand while nothing is being written.
func (l *ledger) stand(format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.words = fmt.Sprintf(format, args...)
}

// commit has something written that no interruption leaves half done, and notes how things stand
// when it is. A dry run writes nothing.
func (a *app) commit(words string, write func() error) error {
	a.ledger.mu.Lock()
	defer a.ledger.mu.Unlock()
	err := write()
	if err == nil {
		a.changed()
	}
	if err == nil && !a.dryRun {
		a.ledger.words = words
	}
	return err
}

// watchInterrupts has a verb that is interrupted put the terminal right and, if it is one that
// changes something, say whether anything is changed. It dies of the signal, as if we had not
// caught it. What is being written is finished before.
func (a *app) watchInterrupts(verb *cobra.Command) (done func()) {
	a.ledger.words = "nothing is changed"
	if verb.Flags().Lookup("dry-run") == nil {
		a.ledger.words = ""
	}
	signals := make(chan os.Signal, 2)
	for _, s := range []os.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP,
		syscall.SIGQUIT} {
		if !signal.Ignored(s) { // as nohup has it
			signal.Notify(signals, s)
		}
	}
	over, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		select {
		case s := <-signals:
			a.interrupted(s.(syscall.Signal), signals)
		case <-over:
		}
	}()
	return func() {
		signal.Stop(signals)
		close(over)
		<-ended // never, if there was a signal
	}
}

// interrupted ends the command. Who cannot wait for what is being written interrupts once more.
func (a *app) interrupted(s syscall.Signal, again <-chan os.Signal) {
	term.Restore()
	a.freshLine()
	if !a.ledger.mu.TryLock() {
		a.say("interrupted: this ends when what is being written is whole")
		whole := make(chan struct{})
		go func() {
			a.ledger.mu.Lock()
			close(whole)
		}()
		select {
		case <-whole:
		case <-again:
			a.say("interrupted in the middle of writing: \"motp list\" shows what is " +
				"there")
			dieOf(s)
		}
	}
	if a.ledger.words != "" {
		a.say("interrupted: %s", a.ledger.words)
	}
	dieOf(s)
}

// dieOf ends the process by a signal, which tells shells that it was interrupted. Go's own end by
// SIGQUIT would fill the screen with its goroutines.
func dieOf(s syscall.Signal) {
	if s == syscall.SIGQUIT {
		os.Exit(128 + int(s))
	}
	signal.Reset(s)
	_ = syscall.Kill(os.Getpid(), s)
	select {} // for the instant that it takes
}

// freshLine begins a new line on a terminal, behind a question that was not answered or a bar that
// is half drawn.
func (c *console) freshLine() {
	if term.IsTerminal(c.err) {
		fmt.Fprintln(c.err)
	}
}
