package stage

import (
	"errors"
	"fmt"
	"os/exec"
	"strings"
)

// BridgeAddress is the stage's own address in the network of [Bridge]: one that no real host has
// (RFC 5737).
const BridgeAddress = "192.0.2.254"

// Bridge lays a network on the stage, in which other machines have their place (see [Plug]).
func Bridge() error {
	return ip("link add br0 type bridge", "address add "+BridgeAddress+"/24 dev br0",
		"link set br0 up")
}

// Plug gives a machine an address of that network (192.0.2.1 to 192.0.2.253). The machine is a
// process that has a network namespace of its own by now.
func Plug(pid int, name, address string) error {
	link := "to-" + name
	return errors.Join(
		ip(fmt.Sprintf("link add %s type veth peer name eth0 netns %d", link, pid),
			"link set "+link+" master br0 up"),
		ipOf(pid, "link set lo up", "address add "+address+"/24 dev eth0",
			"link set eth0 up"),
	)
}

// ip calls ip(8), until it fails.
func ip(calls ...string) error { return each([]string{"ip"}, calls) }

// ipOf calls it in a machine's network namespace.
func ipOf(pid int, calls ...string) error {
	return each([]string{"nsenter", "-t", fmt.Sprint(pid), "-n", "ip"}, calls)
}

func each(program, calls []string) error {
	for _, call := range calls {
		words := append(program[1:len(program):len(program)], strings.Fields(call)...)
		if out, err := exec.Command(program[0], words...).CombinedOutput(); err != nil {
			return fmt.Errorf("%s %q: %w: %s", program[0], words, err, out)
		}
	}
	return nil
}
