package units

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/msteinert/pam/v2"
	"github.com/pam-motp/pam-motp/test/stage"
	"golang.org/x/sys/unix"
)

const (
	// sessions log in at once.
	sessions = 64

	// turns is how often each of the people may log in during a test: their codes run ahead
	// of the clock, and the window ends.
	turns = 12
)

// throng has people log in, so many at once, until that is stopped or everybody has had all turns.
// enter is called for one of them at a time.
func throng(people []*stage.Person, enter func(*stage.Person)) (stop func()) {
	var stopped atomic.Bool
	var all sync.WaitGroup
	for session := range sessions {
		all.Add(1)
		go func() {
			defer all.Done()
			for range turns {
				for i := session; i < len(people); i += sessions {
					if stopped.Load() {
						return
					}
					enter(people[i])
				}
			}
		}()
	}
	return func() {
		stopped.Store(true)
		all.Wait()
	}
}

// TestRestartsUnderLoad: motpd is restarted and upgraded while sessions log in, and not one of them
// notices.
func TestRestartsUnderLoad(t *testing.T) {
	t.Parallel()
	onMachine(t, func(t *testing.T, m *machine) {
		// as many as have turns left while "make install" runs on a slow machine
		people := m.crowd(t, 24*sessions)
		m.byMotpd(t, people[0])
		var logins atomic.Int64
		stop := throng(people, func(p *stage.Person) {
			if err := login(t, auto, p.Name, p.NewCode()); err != nil {
				t.Errorf("%s: %v", p.Name, err)
			}
			logins.Add(1)
		})
		defer stop()
		m.restart(t, &logins, func() { m.systemctl(t, "restart", "motpd") })
		m.restart(t, &logins, func() { m.make(t, "install") })
		m.restart(t, &logins, func() { m.systemctl(t, "restart", "motpd.socket") })
	})
}

// restart puts another motpd in the place of the one that runs, while people log in before and
// after that.
func (m *machine) restart(t *testing.T, logins *atomic.Int64, how func()) {
	t.Helper()
	m.more(t, logins)
	before := m.motpd(t)
	how()
	m.more(t, logins)
	if now := m.motpd(t); now == before {
		t.Errorf("the same motpd runs, process %d", now)
	}
}

// more waits until every session has logged somebody in since now.
func (m *machine) more(t *testing.T, logins *atomic.Int64) {
	t.Helper()
	enough := logins.Load() + 2*sessions
	m.eventually(t, "sessions log in", func() error {
		if n := logins.Load(); n < enough {
			return fmt.Errorf("%d logins, want %d", n, enough)
		}
		return nil
	})
}

// TestKilledUnderLoad: motpd is killed again and again while each code is typed in two sessions at
// the same time. Every session gets an answer, no code gets two in, and systemd brings motpd back.
func TestKilledUnderLoad(t *testing.T) {
	t.Parallel()
	onMachine(t, func(t *testing.T, m *machine) {
		const kills = 8
		people := m.crowd(t, 8*sessions)
		m.byMotpd(t, people[0])
		var logins, accepted, lost atomic.Int64
		stop := throng(people, func(p *stage.Person) {
			code := p.NewCode()
			second := make(chan error, 1)
			go func() { second <- login(t, auto, p.Name, code) }()
			in := 0
			for _, err := range []error{login(t, auto, p.Name, code), <-second} {
				switch {
				case err == nil:
					in++
				case errors.Is(err, pam.ErrAuthinfoUnavail):
					lost.Add(1)
				case !errors.Is(err, pam.ErrAuth):
					t.Errorf("%s: %v", p.Name, err)
				}
			}
			if in > 1 {
				t.Errorf("%s got in twice with a code", p.Name)
			}
			accepted.Add(int64(in))
			logins.Add(2)
		})
		for range kills {
			m.restart(t, &logins, func() {
				must(t, unix.Kill(m.motpd(t), unix.SIGKILL))
				m.returns(t)
			})
		}
		stop()
		t.Logf("%d logins, %d accepted, %d of a motpd that was killed", logins.Load(),
			accepted.Load(), lost.Load())
		if accepted.Load() == 0 {
			t.Error("nobody got in")
		}
		m.expect(t, "after the kills", "active active active")
		for _, p := range people[:sessions] {
			m.byMotpd(t, p)
		}
	})
}

// returns waits until motpd runs, and systemd knows it.
func (m *machine) returns(t *testing.T) {
	t.Helper()
	m.eventually(t, "motpd runs", func() error {
		if got := m.property(t, "motpd.service", "SubState"); got != "running" {
			return errors.New(got)
		}
		return nil
	})
}

// TestCrashLoop: a motpd that cannot start, or is away, keeps nobody out, and costs no socket. When
// a good one is there, it serves, and nobody had to do anything for that.
func TestCrashLoop(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func() error{
		"it ends with 1": func() error { return copyFile("/bin/false", program) },
		"it is away":     func() error { return os.Remove(program) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			onMachine(t, func(t *testing.T, m *machine) { m.crashLoop(t, spoil) })
		})
	}
}

func (m *machine) crashLoop(t *testing.T, spoil func() error) {
	const good = program + ".good"
	people := m.crowd(t, 9)
	must(t, copyFile(program, good))
	must(t, spoil())
	m.eventually(t, "motpd has crashed often enough", func() error {
		m.together(t, people[:8])
		n, err := strconv.Atoi(m.property(t, "motpd.service", "NRestarts"))
		if err == nil && n < crashes {
			err = fmt.Errorf("%d crashes", n)
		}
		return err
	})
	for _, socket := range sockets {
		if got := m.property(t, socket, "ActiveState"); got != "active" {
			t.Errorf("%s is %s", socket, got)
		}
	}
	must(t, os.Rename(good, program))
	m.byMotpd(t, people[8])
	m.expect(t, "with a good motpd", "active active active")
}

// program is motpd, as it is installed.
const program = "/usr/local/sbin/motpd"

// crashes are more than systemd's usual limits: five starts in ten seconds of a service.
const crashes = 8

// together logs people in at once, whoever judges.
func (m *machine) together(t *testing.T, people []*stage.Person) {
	t.Helper()
	var all sync.WaitGroup
	for _, p := range people {
		all.Add(1)
		go func() {
			defer all.Done()
			if err := login(t, auto, p.Name, p.NewCode()); err != nil {
				t.Errorf("%s: %v", p.Name, err)
			}
		}()
	}
	all.Wait()
}

// copyFile puts a copy of a program in the place of another, in one step.
func copyFile(from, to string) error {
	content, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	if err := os.WriteFile(to+".new", content, 0o755); err != nil {
		return err
	}
	return os.Rename(to+".new", to)
}
