package module

import (
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/msteinert/pam/v2"
	"github.com/pam-motp/pam-motp/test/stage"
)

// rounds is how often the same code is entered twice at once.
const rounds = 200

// crowd is a table of many, one for each round, so that each round has a code that nobody has used.
func crowd(t *testing.T, k kind) *site {
	t.Helper()
	var people []person
	for i := range rounds {
		people = append(people, person{name: fmt.Sprintf("user%03d", i),
			secret: k.secret(i), pin: "Pin-crowd", kind: k})
	}
	return newSite(t, sections("window = 3m\n", people...), people...)
}

// gate lets a number of sessions through together, once all of them have come.
type gate struct{ left sync.WaitGroup }

func newGate(n int) *gate {
	g := &gate{}
	g.left.Add(n)
	return g
}

func (g *gate) pass() {
	g.left.Done()
	g.left.Wait()
}

// crew is a number of sessions at once.
type crew struct{ sync.WaitGroup }

func (c *crew) start(session func()) {
	c.Add(1)
	go func() {
		defer c.Done()
		session()
	}()
}

// entrance logs somebody in, in one of two sessions that meet at a gate after the prompt.
type entrance func(session int, p person, code string, g *gate) int

// A contest is an entrance, and the services that its sessions ask.
type contest struct {
	enter    entrance
	services []string
}

// threads are two sessions in this process.
func threads(t *testing.T, s *site) contest { return s.contest(t, s.service(t)) }

// both are two sessions as well: one that motpd judges, and one that a worker judges.
func both(t *testing.T, s *site) contest {
	return s.contest(t, s.service(t), s.only(t, modulePath()+" motpd=never nodelay"))
}

func (s *site) contest(t *testing.T, services ...string) contest {
	return contest{func(session int, p person, code string, g *gate) int {
		got, _ := s.authenticate(t, try{service: services[session%len(services)],
			user: p.name, answer: code, release: g.pass})
		return got
	}, services}
}

// processes are two hosts.
func processes(t *testing.T, s *site) contest {
	service := s.service(t)
	hosts := [2]*host{startHost(t, s), startHost(t, s)}
	return contest{func(session int, p person, code string, g *gate) int {
		h := hosts[session]
		h.start(s, service, p.name)
		defer h.end()
		return h.authenticate(func(int, string) string {
			g.pass()
			return answer(code)
		})
	}, []string{service}}
}

// contests are by whom a code is typed twice.
func contests() map[string]func(*testing.T, *site) contest {
	pairs := map[string]func(*testing.T, *site) contest{"threads": threads,
		"processes": processes}
	if judge == stage.ByMotpd {
		pairs["motpd and a worker"] = both
	}
	return pairs
}

// TestSameCodeTwice: of two sessions that answer with the same code at the same moment one is let
// in.
func TestSameCodeTwice(t *testing.T) {
	t.Parallel()
	for _, k := range kinds {
		t.Run(string(k), func(t *testing.T) { testSameCodeTwice(t, k) })
	}
}

func testSameCodeTwice(t *testing.T, k kind) {
	t.Parallel()
	for kind, open := range contests() {
		// The record of somebody who has logged in before is locked; that of anybody else
		// is made, by one of the two.
		for _, before := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s, record %t", kind, before), func(t *testing.T) {
				t.Parallel()
				s := crowd(t, k)
				if before {
					service := s.service(t)
					for _, p := range s.people {
						s.enter(t, service, p.name, p.code(-5)).want(t,
							success, "ok")
					}
				}
				c := open(t, s)
				for _, p := range s.people {
					code, g := p.code(0), newGate(2)
					var codes [2]int
					var sessions crew
					for i := range codes {
						sessions.start(func() {
							codes[i] = c.enter(i, p, code, g)
						})
					}
					sessions.Wait()
					slices.Sort(codes[:])
					if codes != [2]int{0, int(pam.ErrAuth)} {
						t.Errorf("%s: codes %v, want one success and one "+
							"refusal", p.name, codes)
					}
				}
				if reasons := s.reasons(t, c.services...); reasons !=
					fmt.Sprint(map[string]int{"ok": rounds, "replay": rounds}) {
					t.Errorf("logged %v", reasons)
				}
			})
		}
	}
}

// reasons counts the log lines of services by reason.
func (s *site) reasons(t *testing.T, services ...string) string {
	t.Helper()
	count := map[string]int{}
	for _, service := range services {
		records, others := journal.records(t, service, s.secrets())
		if others != 0 {
			t.Errorf("%d log lines beside the results", others)
		}
		for _, r := range records {
			count[r.reason()]++
		}
	}
	return fmt.Sprint(count)
}

// TestFiftyGuessesAtOnce: guessing in parallel gives no more guesses than one after another, and
// locks as well.
func TestFiftyGuessesAtOnce(t *testing.T) {
	t.Parallel()
	for _, k := range kinds {
		t.Run(string(k), func(t *testing.T) { testFiftyGuesses(t, k) })
	}
}

func testFiftyGuesses(t *testing.T, k kind) {
	t.Parallel()
	const guesses = 50
	s, alice, bob := couple(t, k)
	service := s.service(t)
	g := newGate(guesses)
	var codes [guesses]int
	var sessions crew
	for i := range guesses {
		guess := alice.wrong(i)
		sessions.start(func() {
			codes[i], _ = s.authenticate(t,
				try{
					service: service,
					user:    "alice",
					answer:  guess,
					release: g.pass,
				})
		})
	}
	sessions.Wait()
	for i, code := range codes {
		if code != int(pam.ErrAuth) {
			t.Errorf("guess %d: code %d", i, code)
		}
	}
	if reasons := s.reasons(t, service); reasons !=
		fmt.Sprint(map[string]int{"wrong": 8, "locked": guesses - 8}) {
		t.Errorf("logged %v, want 8 wrong and the rest locked", reasons)
	}
	s.enter(t, service, "alice", alice.code(0)).want(t, pam.ErrAuth, "locked")
	s.enter(t, service, "bob", bob.code(0)).want(t, success, "ok")
}

// TestRightOneAmongGuesses: whoever guesses in parallel cannot make two sessions of the real user's
// one code, nor keep the count from rising.
func TestRightOneAmongGuesses(t *testing.T) {
	t.Parallel()
	for _, k := range kinds {
		t.Run(string(k), func(t *testing.T) { testRightOne(t, k) })
	}
}

func testRightOne(t *testing.T, k kind) {
	t.Parallel()
	s, alice, _ := couple(t, k)
	service := s.service(t, "maxtries=3")
	s.enter(t, service, "alice", alice.code(-1)).want(t, success, "ok")
	const sessions = 20
	g, right := newGate(sessions), alice.code(0)
	codes := make([]int, sessions)
	var all crew
	for i := range sessions {
		answer := alice.wrong(i)
		if i%2 == 0 {
			answer = right
		}
		all.start(func() {
			codes[i], _ = s.authenticate(t,
				try{
					service: service,
					user:    "alice",
					answer:  answer,
					release: g.pass,
				})
		})
	}
	all.Wait()
	accepted := 0
	for i, code := range codes {
		switch {
		case code == 0 && i%2 == 0:
			accepted++
		case code != int(pam.ErrAuth):
			t.Errorf("session %d: code %d", i, code)
		}
	}
	// None, if three guesses came first and locked the user.
	if accepted > 1 {
		t.Errorf("one code was accepted %d times", accepted)
	}
	records, _ := journal.records(t, service, s.secrets())
	wrong := 0
	for _, r := range records {
		if r.reason() == "wrong" {
			wrong++
		}
	}
	if wrong > 3+2 {
		t.Errorf("%d guesses were looked at: three lock, and a right one in between "+
			"forgives at most two", wrong)
	}
}

// TestTwoUsersAtOnce: people who log in at the same moment do not wait for, refuse, or lock each
// other.
func TestTwoUsersAtOnce(t *testing.T) {
	t.Parallel()
	s := standard(t)
	service := s.service(t, "maxtries=1000")
	for round := range 25 {
		g := newGate(2)
		var right, wrong int
		var sessions crew
		sessions.start(func() {
			right, _ = s.authenticate(t,
				try{
					service: service,
					user:    "alice",
					answer:  alice.code(int64(round - 10)),
					release: g.pass,
				})
		})
		sessions.start(func() {
			wrong, _ = s.authenticate(t,
				try{
					service: service,
					user:    "bob",
					answer:  bob.wrong(round),
					release: g.pass,
				})
		})
		sessions.Wait()
		if right != 0 || wrong != int(pam.ErrAuth) {
			t.Errorf("round %d: alice %d, bob %d", round, right, wrong)
		}
	}
}
