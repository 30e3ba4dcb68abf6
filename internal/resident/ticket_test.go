package resident

import (
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/pam-motp/pam-motp/pam/login"
	"golang.org/x/sys/unix"
)

// ticketFor is a question's ticket.
func (l *lab) ticketFor(uid int, r request) string {
	l.Helper()
	got := l.ask(uid, r)
	if got.question == "" || got.ticket == "" || len(got.ticket) > ticketMax {
		l.Fatalf("no question: %+v", got)
	}
	return got.ticket
}

// A ticket is good once, for who got it, and for the same request.
func TestTicketIsBoundToItsLogin(t *testing.T) {
	l := newLab(t, table("callers = www-data: sshd\nmax_failures = 100\n", "daemon", "bin"))
	asked := l.request("daemon", "nodelay")
	asked.account, asked.flags = "daemon", 1
	options := func(last ...string) func(*request) {
		return func(r *request) { r.options = append(r.options[:2:2], last...) }
	}
	for what, change := range map[string]func(*request){
		"another user":           func(r *request) { r.user = "bin" },
		"another service":        func(r *request) { r.service = "sudo" },
		"no service":             func(r *request) { r.service = absentText },
		"too long a service":     func(r *request) { r.service = tooLongText },
		"another remote host":    func(r *request) { r.rhost = "192.0.2.8" },
		"an empty remote host":   func(r *request) { r.rhost = "" },
		"another terminal":       func(r *request) { r.tty = "tty1" },
		"other flags":            func(r *request) { r.flags = 0 },
		"another account":        func(r *request) { r.account = "bin" },
		"another lookup":         func(r *request) { r.lookup = 5 },
		"one option more":        options("nodelay", "debug"),
		"one option less":        options(),
		"an option changed":      options("debug"),
		"an option that is none": options(absentText),
		"two options for one":    options("no", "delay"),
		"texts cut elsewhere":    func(r *request) { r.service, r.user = "sshdd", "aemon" },
	} {
		ticket := l.ticketFor(rootUID, asked)
		other := asked.with(ticket, code(0))
		change(&other)
		got := l.ask(rootUID, other)
		if got.is(t, what, unavailable, got.line, "ticket"); got.code == success {
			t.Fatal("and the code is used")
		}
		// which has cost nothing: the ticket is still there for its own login
		got = l.ask(rootUID, asked.with(ticket, wrong()))
		if got.code != authErr {
			t.Errorf("%s: afterwards %+v", what, got)
		}
	}
	empty := asked
	empty.rhost = ""
	missing := empty.with(l.ticketFor(rootUID, empty), code(0))
	missing.rhost = absentText
	got := l.ask(rootUID, missing)
	got.is(t, "a text that is missing, for an empty one", unavailable, got.line, "ticket")
	ticket := l.ticketFor(webUID, asked)
	got = l.ask(daemonUID, asked.with(ticket, code(0)))
	got.is(t, "another account's program", unavailable, l.logged(), "ticket")
	ticket = l.ticketFor(rootUID, asked)
	got = l.ask(daemonUID, asked.with(ticket, code(0)))
	got.is(t, "root's ticket", unavailable, l.logged(), "ticket")
	l.byAnotherProcess(asked, ticket)

	got = l.ask(rootUID, asked.with(ticket, code(0)))
	got.is(t, "in the end", success, got.line, "ok")
	got = l.ask(rootUID, asked.with(ticket, code(1)))
	got.is(t, "a second time", unavailable, got.line, "ticket")
	got = l.ask(rootUID, asked.answered(code(1)))
	got.is(t, "without a ticket", success, got.line, "ok")
}

// byAnotherProcess tries a ticket in another process of the same account.
func (l *lab) byAnotherProcess(asked request, ticket string) {
	l.Helper()
	c, end := l.elsewhere(rootUID, "stay")
	defer end()
	c.hello()
	c.send(asked.with(ticket, code(0)).packet())
	got := c.last()
	got.is(l.T, "another process", unavailable, got.line, "ticket")
}

// later has time pass for tickets.
func (t *tickets) later(d time.Duration) {
	before := t.now
	t.now = func() time.Duration { return before() + d }
}

// A ticket ends after two minutes, and with the motpd that made it, unless that has left it to the
// next.
func TestTicketEnds(t *testing.T) {
	l := newLab(t, table("", "alice"))
	asked := l.request("alice")
	ticket, late := l.ticketFor(rootUID, asked), l.ticketFor(rootUID, asked)
	l.server.tickets.later(ticketFor - time.Minute)
	got := l.ask(rootUID, asked.with(ticket, code(0)))
	got.is(t, "after a minute", success, got.line, "ok")
	l.server.tickets.later(time.Minute + time.Second)
	got = l.ask(rootUID, asked.with(late, code(1)))
	got.is(t, "after two minutes", unavailable, got.line, "ticket")

	// a ticket that was used is remembered for as long as it would be good
	ticket = l.ticketFor(rootUID, asked)
	l.ask(rootUID, asked.with(ticket, wrong()))
	for range 3 {
		l.server.tickets.later(ticketFor / 3)
		l.ask(rootUID, asked.with(l.ticketFor(rootUID, asked), wrong()))
		got = l.ask(rootUID, asked.with(ticket, code(1)))
		got.is(t, "used, and later", unavailable, got.line, "ticket")
	}
	l.server.tickets.later(2 * ticketFor)
	l.ask(rootUID, asked.with(l.ticketFor(rootUID, asked), wrong()))
	if n := len(l.server.tickets.used); n != 1 {
		t.Errorf("%d used tickets are remembered", n)
	}

	ticket = l.ticketFor(rootUID, asked)
	l.restart()
	got = l.ask(rootUID, asked.with(ticket, code(1)))
	got.is(t, "after a restart", unavailable, got.line, "ticket")
	got = l.ask(rootUID, asked.with(l.ticketFor(rootUID, asked), code(1)))
	got.is(t, "anew", success, got.line, "ok")
}

// No byte of a ticket may be another.
func TestTicketIsForged(t *testing.T) {
	l := newLab(t, table("", "alice"))
	asked := l.request("alice")
	ticket := l.ticketFor(rootUID, asked)
	other := l.ticketFor(rootUID, asked)
	forged := []string{tooLongText, "x", "\n", "=", strings.Repeat("A", 1024), ticket + "A",
		ticket + "=", ticket + "\n", "\n" + ticket, ticket + ticket,
		ticket[:20] + other[20:], strings.ToUpper(ticket), ticket[1:]}
	for i := range ticket {
		swapped := byte('A')
		if ticket[i] == 'A' {
			swapped = 'B'
		}
		forged = append(forged, ticket[:i]+string(swapped)+ticket[i+1:])
	}
	for n := 1; n < len(ticket); n++ {
		forged = append(forged, ticket[:n])
	}
	for _, f := range forged {
		got := l.ask(rootUID, asked.with(f, code(0)))
		if got.code != unavailable {
			t.Errorf("%q: %+v", f, got)
		}
	}
	got := l.ask(rootUID, asked.with(ticket, code(0)))
	got.is(t, "in the end", success, got.line, "ok")
}

// The way from a first code that was far off to the next one is one login's, too.
func TestTicketOfTheNextCode(t *testing.T) {
	l := newLab(t, table("resync = 1h\n", "alice", "bob"))
	first := func(user string, number int64) (request, string) {
		t.Helper()
		asked := l.request(user)
		got := l.ask(rootUID, asked.answered(code(number)))
		if got.question != "OTP: the next code please: " {
			t.Fatalf("a code far off: %+v", got)
		}
		return asked, got.ticket
	}
	alice, ticket := first("alice", 100)
	bob, _ := first("bob", 100)
	got := l.ask(rootUID, bob.with(ticket, code(101)))
	got.is(t, "another user's", unavailable, got.line, "ticket")
	plain := l.ticketFor(rootUID, alice)
	got = l.ask(rootUID, alice.with(plain, code(300)))
	if got.question == "" {
		t.Errorf("the ticket of a first question is good for the next code: %+v", got)
	}
	got = l.ask(rootUID, alice.with(ticket, code(101)))
	got.is(t, "the next code", success, got.line, "ok")
	got = l.ask(rootUID, alice.with(ticket, code(101)))
	got.is(t, "once more", unavailable, got.line, "ticket")
	got = l.ask(rootUID, alice.answered(code(102)))
	got.is(t, "from then on", success, got.line, "ok")

	// without an answer, and with one that could not be had
	bob, ticket = first("bob", 200)
	failed := bob.with(ticket, "")
	failed.code = convErr
	got = l.ask(rootUID, failed)
	got.is(t, "a conversation that failed", convErr, got.line, "conversation")
	got = l.ask(rootUID, bob.with(ticket, code(201)))
	got.is(t, "and its ticket", unavailable, got.line, "ticket")
}

// What one motpd leaves, the next one takes, once: tickets, and that they were used.
func TestTicketsAreHandedOver(t *testing.T) {
	l := newLab(t, table("", "alice"))
	asked := l.request("alice")
	path := handoverIn(t.TempDir())
	open, used := l.ticketFor(rootUID, asked), l.ticketFor(rootUID, asked)
	l.ask(rootUID, asked.with(used, wrong()))
	must(t, l.server.tickets.leave(path))
	must(t, l.server.tickets.leave(path)) // in the place of an older one

	next, err := inherit(path)
	must(t, err)
	if _, err := os.Lstat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("what was left is still there: %v", err)
	}
	l.server.tickets = next
	got := l.ask(rootUID, asked.with(used, code(0)))
	got.is(t, "used before", unavailable, got.line, "ticket")
	got = l.ask(rootUID, asked.with(open, code(0)))
	got.is(t, "handed over", success, got.line, "ok")
	got = l.ask(rootUID, asked.with(open, code(1)))
	got.is(t, "handed over, again", unavailable, got.line, "ticket")
}

// Who is being asked loses nothing by two restarts in a row, between which nobody else was asked.
func TestTicketsAreHandedOn(t *testing.T) {
	l := newLab(t, table("", "alice"))
	asked := l.request("alice")
	path := handoverIn(t.TempDir())
	open, used := l.ticketFor(rootUID, asked), l.ticketFor(rootUID, asked)
	l.ask(rootUID, asked.with(used, wrong()))
	for range 2 {
		must(t, l.server.tickets.leave(path))
		next, err := inherit(path)
		must(t, err)
		l.server.tickets = next
	}
	got := l.ask(rootUID, asked.with(used, code(0)))
	got.is(t, "used before", unavailable, got.line, "ticket")
	got = l.ask(rootUID, asked.with(open, code(0)))
	got.is(t, "handed on", success, got.line, "ok")
}

// What is not whole, or not root's alone, was left by nobody.
func TestHandoverIsRefused(t *testing.T) {
	for name, spoil := range map[string]func(path string) error{
		"readable": func(path string) error { return os.Chmod(path, 0o644) },
		"cut":      func(path string) error { return os.Truncate(path, keySize-1) },
		"half an entry": func(path string) error {
			return os.Truncate(path, keySize+entrySize-1)
		},
		"another's": func(path string) error { return os.Chown(path, 1, 1) },
		"a link": func(path string) error {
			if err := os.Rename(path, path+".real"); err != nil {
				return err
			}
			return os.Symlink(path+".real", path)
		},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLab(t, table("", "alice"))
			asked := l.request("alice")
			ticket, used := l.ticketFor(rootUID, asked), l.ticketFor(rootUID, asked)
			l.ask(rootUID, asked.with(used, wrong()))
			path := handoverIn(t.TempDir())
			must(t, l.server.tickets.leave(path))
			must(t, spoil(path))
			next, err := inherit(path)
			must(t, err)
			l.server.tickets = next
			got := l.ask(rootUID, asked.with(ticket, code(0)))
			got.is(t, name, unavailable, got.line, "ticket")
		})
	}
}

// No account's programs fill the memory with tickets that they have used, nor take anything from
// others that way.
func TestUsedTicketsAreBounded(t *testing.T) {
	l := newLab(t, table("", "daemon", "bin"))
	tickets, req := l.server.tickets, login.Request{}
	use := func(uid uint32) error {
		t.Helper()
		c := connection{peer: unix.Ucred{Uid: uid, Pid: 1}}
		ticket, err := tickets.seal(login.Stage{}, c, req)
		must(t, err)
		_, err = tickets.open(ticket, c, req)
		return err
	}
	for range usedOfOne {
		must(t, use(daemonUID))
	}
	for range 10 {
		if err := use(daemonUID); err != errManyUsed {
			t.Fatalf("one more: %v", err)
		}
	}
	if len(tickets.used) != usedOfOne {
		t.Errorf("%d are remembered", len(tickets.used))
	}
	asked := l.request("daemon")
	got := l.ask(daemonUID, asked.with(l.ticketFor(daemonUID, asked), code(0)))
	got.is(t, "too many", unavailable, l.logged(), "ticket")
	asked = l.request("bin")
	got = l.ask(binUID, asked.with(l.ticketFor(binUID, asked), code(0)))
	got.is(t, "another account", success, l.logged(), "ok")
	got = l.ask(daemonUID, l.request("daemon").answered(code(0)))
	got.is(t, "without a ticket", success, l.logged(), "ok")
	for range usedOfOne + 10 {
		must(t, use(rootUID))
	}
	tickets.later(ticketFor + time.Second)
	must(t, use(daemonUID))
	if len(tickets.used) != 1 || len(tickets.of) != 1 || tickets.of[daemonUID] != 1 {
		t.Errorf("later %d are remembered, of %v", len(tickets.used), tickets.of)
	}
}
