package resident

import (
	"context"
	"errors"
	"os"
	"time"

	"github.com/pam-motp/pam-motp/internal/ask"
	"github.com/pam-motp/pam-motp/internal/site"
	"github.com/pam-motp/pam-motp/pam/login"
	"github.com/pam-motp/pam-motp/pam/remote"
	"github.com/pam-motp/pam-motp/pam/wire"
)

// A job is what a connection wants.
type job struct {
	answer func(connection)
	talks  bool // the program will be asked for something on the way
}

// read reads what a connection wants. The packet is wiped.
func (s *Server) read(c connection, packet []byte) job {
	defer clear(packet)
	if ask.IsQuery(packet) {
		return s.readQuery(packet)
	}
	req, err := wire.ParsePacket(packet)
	if err != nil {
		// No verdict: the program refuses, and says that this side was lost.
		return job{answer: s.malformed}
	}
	l := remote.Request(req)
	return job{
		answer: func(c connection) {
			defer req.Wipe()
			s.judge(c, l, req.Ticket)
		},
		talks: login.Talks(l),
	}
}

// malformed notes a packet that nobody of ours has sent.
func (s *Server) malformed(c connection) {
	line := "a malformed packet from " + c.who() + " was not answered"
	if c.root {
		s.journal.note(priorityNotice, line)
		return
	}
	s.pace.keep(c.account)
	s.journal.tell(priorityNotice, line)
}

// judge runs a login up to its verdict, or to its next question.
func (s *Server) judge(c connection, req login.Request, ticket wire.Text) {
	defer s.jobs.begin(c, req.User.S, req.Service.S)()
	dialogue := wire.Dialogue{Socket: c}
	s.served.Add(1)
	step := s.run(c, &req, ticket)
	if step.Question != "" {
		sealed, err := s.tickets.seal(step.Stage, c, req)
		if err == nil {
			_ = dialogue.Ask(step.Question, sealed)
			return
		}
		step.Outcome = login.Refuse(req, "ticket", err.Error())
	}
	out := step.Outcome
	line := out.Line
	if req.Limited {
		// The program is not root's, and its lines are worth nothing.
		s.journal.tell(out.Priority, line)
		line = ""
	}
	err := dialogue.Verdict(int(out.Code), uint32(out.Delay/time.Microsecond), out.Priority,
		line)
	if err != nil {
		s.journal.note(priorityError, out.Undelivered())
	}
}

// run takes a login one step further, if its caller may have it run.
func (s *Server) run(c connection, req *login.Request, ticket wire.Text) login.Step {
	if !c.root {
		if why := s.limit(c, req); why != "" {
			return login.Step{Outcome: login.Refuse(*req, "caller", why)}
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), loginWait)
	defer cancel()
	heard := new(wire.Heard)
	defer heard.Wipe()
	host := host{remote.Host{Dialogue: wire.Dialogue{Socket: c, Heard: heard}}, s, c,
		req.Limited}
	if ticket.Absent {
		return login.Start(ctx, *req, host, s.open, time.Now)
	}
	stage, err := s.tickets.open(ticket.S, c, *req)
	if err != nil {
		return login.Step{Outcome: login.Refuse(*req, "ticket", err.Error())}
	}
	return login.Continue(ctx, *req, stage, host, s.open, time.Now)
}

// open is the one site there is. Programs decide by themselves that motpd is not to be asked about
// another, so what comes here is no program of ours, and gets a site that is nowhere.
func (s *Server) open(table, records string) *site.Site {
	if table == s.site.Table() && records == s.site.Records() {
		return s.site
	}
	return site.Open("/nonexistent/motpd-serves-the-default-site-only", "/nonexistent")
}

// A host is the program at the other end. What a program that is not root's would write to the log
// is written here.
type host struct {
	remote.Host
	server  *Server
	at      connection
	limited bool
}

// GetAccount has a program of root's that takes too long noted here: it is still busy when its
// verdict comes, and will say no more than that motpd was gone.
func (h host) GetAccount() (uint32, login.Text, error) {
	lookup, own, err := h.Host.GetAccount()
	if errors.Is(err, os.ErrDeadlineExceeded) && !h.limited {
		h.server.journal.note(priorityError, "a login of "+h.at.who()+" was refused: the "+
			"program took more than "+talkWait.String()+" to look up an account, "+
			"which names = account needs: do the sources of passwd in "+
			"/etc/nsswitch.conf answer?")
	}
	return lookup, own, err
}

func (h host) Log(priority int, line string) error {
	if !h.limited {
		return h.Host.Log(priority, line)
	}
	h.server.journal.tell(priority, line)
	return nil
}
