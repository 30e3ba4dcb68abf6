package main

import (
	"fmt"

	"github.com/pam-motp/pam-motp/test/fleet"
)

// fleets have five servers log people in on one etcd, with everything done to its nodes. What
// people are told, one server alone could have told them. Clients that are wrong are found out.
func (l *lab) fleets() error {
	const hosts, sessions, users, logins = 5, 8, 300, 10_000
	trial := fleet.Trial{Hosts: hosts, Sessions: sessions, Users: users, Operations: logins}
	nodes := trial
	nodes.Faults = []fleet.Fault{fleet.KillLeader, fleet.CutLeader, fleet.KillFollower,
		fleet.CutFollower, fleet.CutLeaderFromAll, fleet.CutLeaderFromServers,
		fleet.FreezeLeader}
	space := trial
	space.Quota = 8 << 20
	space.Faults = []fleet.Fault{fleet.FillUp, fleet.KillLeader}
	for _, c := range []struct {
		what string
		fleet.Trial
	}{
		{"nodes killed, cut off, and frozen, and back again", nodes},
		{"etcd full, and a node killed", space},
	} {
		line := l.report.add("%d servers with one memory: %s", hosts, c.what)
		rep, err := c.Run()
		if err != nil {
			return err
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
	return l.wrongFleets()
}

// wrongFleets has clients log people in that make a mistake each.
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
