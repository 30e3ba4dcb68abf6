// Package fleetsetup is how a fleet is set up: the administrator's folder, which holds its
// authorities and what they have signed, what each node of etcd is given, and what each host is.
//
// plan.go says what a fleet consists of; folder.go has the folder, and hosts.go who has joined and
// left; node.go makes the settings of etcd, and of a program that puts them in their place;
// bundle.go is what a host is given, and place.go where that stands there.
//
// The package must not speak to etcd, which takes a large client, nor know motp.conf and its users.
package fleetsetup

import (
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
)

// A Plan is what a fleet consists of.
type Plan struct {
	Fleet string
	Nodes []Node
}

// A Node is one of the servers that etcd runs on.
type Node struct {
	Name    string
	Address string // by which hosts and the other nodes reach it: a name or an IP address
}

// signs are what names are made of: those of fleets, nodes, and hosts.
const signs = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_"

// mostName leaves room in a certificate for what stands behind it.
const mostName = 56

func checkName(what, name string) error {
	if name == "" || len(name) > mostName || strings.Trim(name, signs) != "" ||
		strings.Trim(name[:1], ".-_") == "" {
		return fmt.Errorf("%s must be named with 1 to %d letters, digits, and . _ -, and "+
			"begin with a letter or digit", what, mostName)
	}
	return nil
}

// ParseNode reads NAME=ADDRESS.
func ParseNode(text string) (Node, error) {
	name, address, ok := strings.Cut(text, "=")
	n := Node{name, strings.Trim(address, "[]")}
	if !ok {
		return n, errors.New("a node must be given as NAME=ADDRESS, like a=192.0.2.1")
	}
	if err := checkName("a node", n.Name); err != nil {
		return n, err
	}
	if net.ParseIP(n.Address) == nil && checkName("", n.Address) != nil {
		return n, fmt.Errorf("node %s: the address must be an IP address or a name of "+
			"DNS, without a port: etcd is at 2379 and 2380", n.Name)
	}
	return n, nil
}

// mostNodes is more than anybody should have: every login waits for a majority.
const mostNodes = 7

// Check says what is wrong with a plan.
func (p Plan) Check() error {
	if err := p.checkFleet(); err != nil {
		return err
	}
	switch n := len(p.Nodes); {
	case n == 0:
		return errors.New("a fleet needs nodes: --node NAME=ADDRESS, three times")
	case n%2 == 0:
		return fmt.Errorf("%d nodes survive no more than %d: take an odd number, best 3",
			n, n-1)
	case n > mostNodes:
		return fmt.Errorf("%d nodes are too many: each login waits for a majority; take 3 "+
			"or 5", n)
	}
	for i, node := range p.Nodes {
		if slices.ContainsFunc(p.Nodes[:i], func(o Node) bool {
			return o.Name == node.Name || o.Address == node.Address
		}) {
			return fmt.Errorf("node %s: its name or address is another node's, too",
				node.Name)
		}
	}
	return nil
}

func (p Plan) checkFleet() error { return checkName("a fleet", p.Fleet) }

// Equal says whether two plans are the same.
func (p Plan) Equal(o Plan) bool { return p.Fleet == o.Fleet && slices.Equal(p.Nodes, o.Nodes) }

// The ports of etcd.
const (
	clientPort = "2379"
	peerPort   = "2380"
)

// Endpoints are where hosts ask the nodes.
func (p Plan) Endpoints() (all []string) {
	for _, n := range p.Nodes {
		all = append(all, n.url(clientPort))
	}
	return all
}

func (n Node) url(port string) string { return "https://" + net.JoinHostPort(n.Address, port) }

// text is a plan as it is kept.
func (p Plan) text() []byte {
	var b strings.Builder
	fmt.Fprintf(&b, "# Made by \"motp fleet init\".\nfleet = %s\n", p.Fleet)
	for _, n := range p.Nodes {
		fmt.Fprintf(&b, "node  = %s=%s\n", n.Name, n.Address)
	}
	return []byte(b.String())
}

// parsePlan reads what text has written.
func parsePlan(text []byte) (p Plan, err error) {
	number := 0
	for line := range strings.Lines(string(text)) {
		number++
		if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
			continue
		}
		key, value, _ := strings.Cut(line, "=")
		value = strings.TrimSpace(value)
		switch strings.TrimSpace(key) {
		case "fleet":
			p.Fleet = value
		case "node":
			var n Node
			n, err = ParseNode(value)
			p.Nodes = append(p.Nodes, n)
		default:
			err = errors.New("neither fleet nor node")
		}
		if err != nil {
			return p, fmt.Errorf("line %d: %w", number, err)
		}
	}
	return p, p.Check()
}
