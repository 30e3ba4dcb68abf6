package main

import (
	"errors"
	"fmt"
	"slices"
	"time"

	fleetstore "github.com/pam-motp/pam-motp/internal/fleet"
	"github.com/pam-motp/pam-motp/test/fleet"
)

// fleets have five servers log people in on one etcd, with everything done to its nodes.
func (l *lab) fleets() error {
	return inTurn(l.fleetServers, l.fleetHistories, l.wrongFleets, l.fleetLeaders, l.fleetOne,
		l.fleetMajority)
}

// histories are what is done to the nodes, each while so many people log in.
var histories = []struct {
	what   string
	faults []fleet.Fault
	quota  int
	disk   int
}{
	{"nodes killed and frozen, and back again", []fleet.Fault{fleet.KillLeader,
		fleet.FreezeLeader, fleet.KillFollower, fleet.FreezeFollower, fleet.KillLeader,
		fleet.FreezeLeader}, 0, 0},
	{"partitions of every kind", []fleet.Fault{fleet.CutLeader, fleet.CutFollower,
		fleet.CutLeaderFromServers, fleet.CutFollowerFromServers, fleet.CutLeaderFromAll,
		fleet.CutFollowerFromAll, fleet.CutAll, fleet.CutOneLink, fleet.MuteLeader,
		fleet.DeafenLeader}, 0, 0},
	{"a slow node, full disks, history removed", []fleet.Fault{fleet.SlowFollower,
		fleet.SlowLeader, fleet.FillFollowersDisk, fleet.FillLeadersDisk, fleet.Compact},
		0, 320 << 20},
	{"etcd full, and a node killed", []fleet.Fault{fleet.FillUp, fleet.KillLeader}, 8 << 20,
		0},
}

// fleetHistories check that what people are told, one server alone could have told them.
func (l *lab) fleetHistories() error {
	const hosts, sessions, users, logins = 5, 8, 300, 10_000
	for _, h := range histories {
		line := l.report.add("%d servers with one memory: %s", hosts, h.what)
		rep, err := fleet.Trial{Hosts: hosts, Sessions: sessions, Users: users,
			Operations: logins, Faults: h.faults, Quota: h.quota, Disk: h.disk}.Run()
		if err != nil {
			return fmt.Errorf("%s: %w", h.what, err)
		}
		line.took(rep.Longest)
		for outcome, n := range map[string]int{"as if by one server": rep.Operations,
			"refused, without a trace": rep.Refused} {
			for range n {
				line.note(outcome)
			}
		}
		line.result = fmt.Sprintf("%d of which nobody knows", rep.Unsure)
		for _, user := range rep.Broken {
			line.broken("no single server could have told this to %s", user)
		}
		for _, err := range rep.Unexpected {
			line.broken("%v", err)
		}
	}
	return nil
}

// wrongFleets has clients log people in that make a mistake each. They are found out.
func (l *lab) wrongFleets() error {
	line := l.report.add("servers with a client that is wrong on purpose")
	for _, c := range []struct {
		what string
		open fleet.Opener
	}{
		{"writes blindly", fleet.Blind},
		{"trusts what was not answered", fleet.Trusting},
		{"does not know its attempts again", fleet.NoIDs},
	} {
		rep, err := fleet.Trial{Hosts: 3, Sessions: 8, Users: 20, Operations: 2000,
			Wrong: c.open}.Run()
		if err != nil {
			return err
		}
		if line.note("found out"); len(rep.Broken) == 0 {
			line.broken("a client that %s is not found out", c.what)
		}
	}
	return nil
}

// drill is what has nodes go while people log in.
var drill = fleet.Drill{Hosts: 5, Sessions: 64}

// fleetLeaders kills leaders. Nobody is refused, nor waits longer than for the election, and a
// moment. A busy machine's elections take longer, and then some may be refused.
func (l *lab) fleetLeaders() error {
	const kills, usual, moment = 20, 2 * time.Second, 1500 * time.Millisecond
	line := l.report.add("%d sessions on %d servers, and the leader killed %d times",
		drill.Sessions, drill.Hosts, kills)
	waits, err := drill.Leaders(kills)
	if err != nil {
		return err
	}
	var longest, elections []time.Duration
	for _, w := range waits {
		longest, elections = append(longest, w.Longest), append(elections, w.Elected)
		line.took(w.Longest)
		if w.Elected+moment < fleetstore.DefaultWait {
			line.accepted(w)
		}
		if w.Longest > w.Elected+moment {
			line.broken("an election took %v, and a login %v", w.Elected, w.Longest)
		}
	}
	slices.Sort(longest)
	slices.Sort(elections)
	middle, last := len(waits)/2, len(waits)-1
	line.result = fmt.Sprintf("longest wait of each kill: median %.2f s, at most %.2f s "+
		"(elections: %.2f s, %.2f s)", longest[middle].Seconds(), longest[last].Seconds(),
		elections[middle].Seconds(), elections[last].Seconds())
	if longest[middle] > usual && elections[middle] < usual/2 {
		line.broken("the longest wait is mostly more than %v: %v", usual, longest)
	}
	return nil
}

// fleetOne kills one node that does not lead: nobody notices.
func (l *lab) fleetOne() error {
	line := l.report.add("%d sessions on %d servers, and one node of three gone",
		drill.Sessions, drill.Hosts)
	w, err := drill.One()
	if err != nil {
		return err
	}
	line.took(w.Longest)
	line.accepted(w)
	return nil
}

// fleetMajority kills two of three nodes: everybody is refused in time, and let in again soon.
func (l *lab) fleetMajority() error {
	const late, soon = time.Second, 5 * time.Second // with what a busy machine adds
	line := l.report.add("%d sessions on %d servers, and two nodes of three gone",
		drill.Sessions, drill.Hosts)
	w, err := drill.Majority()
	if err != nil {
		return err
	}
	line.took(w.Longest)
	for range w.Logins - len(w.Refused) {
		line.broken("somebody was let in, whom nobody remembers")
	}
	for _, err := range w.Refused {
		var known *fleetstore.Error
		if !errors.As(err, &known) {
			line.broken("%v", err)
			continue
		}
		line.note("refused: " + known.Reason())
	}
	line.result = fmt.Sprintf("%.2f s from the start of a node to the next login",
		w.Back.Seconds())
	if w.Longest > fleetstore.DefaultWait+late {
		line.broken("a refusal took %v", w.Longest)
	}
	if w.Back > soon {
		line.broken("nobody is let in for %v", w.Back)
	}
	return nil
}

// accepted notes the logins of a drill, all of which are to be accepted.
func (l *line) accepted(w fleet.Wait) {
	for range w.Logins - len(w.Refused) {
		l.note("accepted")
	}
	for _, err := range w.Refused {
		l.note("refused")
		l.broken("somebody was refused: %v", err)
	}
}
