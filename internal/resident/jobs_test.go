package resident

import (
	"strings"
	"testing"

	"github.com/pam-motp/pam-motp/internal/ask"
	"golang.org/x/sys/unix"
)

// Root is told how motpd stands, whatever names there are in what it judges: each fits, and there
// are as many as are told.
func TestStateFitsAPacket(t *testing.T) {
	l := newLab(t, "")
	for _, c := range []struct{ name, want string }{
		{strings.Repeat("\x01", 1024), strings.Repeat("\x01", nameShown) + "…"},
		{strings.Repeat("\xff", 1024), "…"},
		{strings.Repeat("é", 512), strings.Repeat("é", nameShown/2) + "…"},
		{strings.Repeat("<", nameShown), strings.Repeat("<", nameShown)},
		{"alice", "alice"},
	} {
		var ends []func()
		for range ask.MaxJobs + 1 {
			peer := unix.Ucred{Pid: 1 << 22, Uid: 1 << 31}
			ends = append(ends, l.server.jobs.begin(connection{peer: peer}, c.name,
				c.name))
		}
		reply := l.server.reply(connection{root: true}, ask.Query{Verb: ask.Motpd})
		packet, err := reply.Packet()
		must(t, err)
		if len(packet) > ask.MaxPacket {
			t.Errorf("%.9q: a packet of %d bytes", c.name, len(packet))
		}
		jobs := reply.Motpd.Jobs
		if len(jobs) != ask.MaxJobs || jobs[0].User != c.want || jobs[0].Service != c.want {
			t.Errorf("%.9q: %d jobs, the first %+v", c.name, len(jobs), jobs[0])
		}
		for _, end := range ends {
			end()
		}
	}
}
