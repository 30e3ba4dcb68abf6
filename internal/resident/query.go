package resident

import (
	"os"
	"strconv"

	"github.com/pam-motp/pam-motp/internal/ask"
	"github.com/pam-motp/pam-motp/internal/version"
)

// readQuery reads what the command asks.
func (s *Server) readQuery(packet []byte) job {
	q, err := ask.ReadQuery(packet)
	if err != nil {
		return job{answer: s.malformed}
	}
	// Nobody's login waits for it.
	return job{talks: true, answer: func(c connection) {
		defer q.Wipe()
		reply, err := s.reply(c, q).Packet()
		if err == nil && len(reply) <= ask.MaxPacket {
			_ = c.Send(reply)
		}
	}}
}

// reply answers a query.
func (s *Server) reply(c connection, q ask.Query) ask.Reply {
	s.served.Add(1)
	switch q.Verb {
	case ask.Motpd:
		if !c.root {
			return ask.Reply{Refused: "only root is told how motpd stands"}
		}
		return ask.Reply{Motpd: s.state()}
	case ask.Status, ask.Sync, ask.PIN:
		return s.serveSelf(c, q)
	}
	return ask.Reply{Refused: "motpd " + version.Text() + " does not know " +
		strconv.Quote(q.Verb) + ": is the command newer?"}
}

// state is how motpd stands.
func (s *Server) state() *ask.State {
	return &ask.State{
		Version: version.Text(), PID: os.Getpid(), Since: s.began,
		Served: s.served.Load(), Table: s.site.Table(), Records: s.site.Records(),
		Fleet: s.site.HasFleets(), Jobs: s.jobs.longest(ask.MaxJobs), Busy: s.busy.Load(),
	}
}
