package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"github.com/pam-motp/pam-motp/test/stage"
)

// newRow is what most rows of motpd's begin with: a room with people and settings, a motpd in it,
// and services of these options.
func newRow(settings string, all []person, options ...string) (
	s *site, motpd *resident, services []string, err error,
) {
	if s, err = newRoom("/tmp", settings, all...); err != nil {
		return nil, nil, nil, err
	}
	if motpd, err = s.startMotpd(); err == nil {
		services, err = s.services(options...)
	}
	if err != nil {
		s.remove()
		return nil, nil, nil, err
	}
	return s, motpd, services, nil
}

// newRoom makes a site that the programs in its room find where motpd's one site is, so that many
// can be tried at once.
func newRoom(parent, settings string, people ...person) (*site, error) {
	s, err := newSite(parent, settings, people...)
	if err != nil {
		return nil, err
	}
	s.room = true
	return s, os.Mkdir(filepath.Join(s.dir, "run"), 0o755)
}

// enter is the program that starts others in the room, if the site has one.
func (s *site) enter() []string {
	if !s.room {
		return nil
	}
	return []string{tool("room"), s.dir}
}

// newHost starts a host that finds the site.
func (s *site) newHost() (*host, error) { return newHost(s.enter()...) }

// services writes a service for each of these options.
func (s *site) services(options ...string) ([]string, error) {
	names := make([]string, len(options))
	for i, option := range options {
		var err error
		if names[i], err = s.service(s.state, option, "nullok"); err != nil {
			return nil, err
		}
	}
	return names, nil
}

// rootSocket is where root's hosts find motpd.
func (s *site) rootSocket() string { return filepath.Join(s.dir, "run", "root.sock") }

// A resident is motpd in the room of a site, with a supervisor who starts it anew when it ends.
type resident struct {
	site *site

	mu      sync.Mutex
	cmd     *exec.Cmd
	program string
	starts  int
	ended   chan struct{} // closed when the one that runs now has
	closing bool
	said    string // by those that ended
	done    chan struct{}
}

// motpdProgram is the motpd that is tried: a copy, as everything of the checkout is read-only here,
// and some of it is to be replaced.
func motpdProgram() string { return tool("motpd") }

// startMotpd starts motpd in the site's room, and waits for its HELLO.
func (s *site) startMotpd() (*resident, error) { return s.startMotpdAs(motpdProgram(), nil) }

// startMotpdAs starts a motpd of this place, and if it is to be made puts it there first.
func (s *site) startMotpdAs(program string, put func(string) error) (*resident, error) {
	r := &resident{site: s, program: program, done: make(chan struct{})}
	if put != nil {
		if err := put(program); err != nil {
			return nil, err
		}
	}
	if err := r.start(); err != nil {
		return nil, err
	}
	go r.supervise()
	return r, r.await()
}

// start starts motpd, unless there is to be none any more.
func (r *resident) start() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closing {
		return errDied
	}
	by := append(r.site.enter(), r.program, "--listen", "/run/motp")
	r.cmd = exec.Command(by[0], by[1:]...)
	said := &bytes.Buffer{}
	r.cmd.Stdout, r.cmd.Stderr = said, said
	if err := r.cmd.Start(); err != nil {
		return err
	}
	r.starts++
	ended := make(chan struct{})
	r.ended = ended
	go func(cmd *exec.Cmd) {
		_ = cmd.Wait()
		r.mu.Lock()
		r.said += said.String()
		r.mu.Unlock()
		close(ended)
	}(r.cmd)
	return nil
}

// restartAfter is how long the supervisor waits, so that a motpd that cannot start takes no
// processor for itself.
const restartAfter = 10 * time.Millisecond

func (r *resident) supervise() {
	defer close(r.done)
	for {
		r.mu.Lock()
		ended := r.ended
		r.mu.Unlock()
		<-ended
		time.Sleep(restartAfter)
		if r.start() != nil {
			return
		}
	}
}

// await waits until motpd says HELLO. Nothing tells that a socket listens.
func (r *resident) await() error {
	for deadline := time.Now().Add(hang); ; time.Sleep(time.Millisecond) {
		err := stage.Greeted(r.site.rootSocket())
		if err == nil {
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("no HELLO: %w; motpd said %q", err, r.lastWords())
		}
	}
}

func (r *resident) lastWords() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.said
}

func (r *resident) pid() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.cmd.Process.Pid
}

// signal sends the motpd that runs a signal, and returns what is closed when that one has ended.
func (r *resident) signal(sig syscall.Signal) <-chan struct{} {
	r.mu.Lock()
	defer r.mu.Unlock()
	_ = r.cmd.Process.Signal(sig)
	return r.ended
}

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// restarts is how often motpd had to be started anew.
func (r *resident) restarts() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.starts - 1
}

// stop ends motpd for good, and returns an error if it does not end well.
func (r *resident) stop() error {
	if r.restarts() > 0 { // a signal ends one that starts as it ends any program
		if err := r.await(); err != nil {
			return err
		}
	}
	r.mu.Lock()
	r.closing = true
	r.mu.Unlock()
	ended := r.signal(syscall.SIGTERM)
	early := isClosed(ended)
	select {
	case <-ended:
	case <-time.After(hang):
		<-r.signal(syscall.SIGKILL)
		return errors.New("motpd does not end")
	}
	<-r.done
	if state := r.cmd.ProcessState; !early && !state.Success() {
		return fmt.Errorf("motpd ended with %v: %q", state, r.lastWords())
	}
	return nil
}
