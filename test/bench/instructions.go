package main

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
)

// instructions is what a login with a right code executes in user space, but in motpd.
type instructions struct {
	way    string
	host   int // over pam_permit's
	worker int
}

func (n instructions) all() int { return n.host + n.worker }

func (n instructions) String() string {
	return fmt.Sprintf("by %s %s (host %s over pam_permit, worker %s)", n.way,
		thousands(n.all()), thousands(n.host), thousands(n.worker))
}

// The ways of judging, as budgetFile names them.
var ways = []string{"worker", "motpd"}

// countInstructions counts a login by each way.
func (b *bench) countInstructions() (map[string]instructions, error) {
	worker, motpd, err := b.bothWays("instructions")
	if err != nil {
		return nil, err
	}
	c, err := b.countHosts(worker, motpd)
	for range workerTries {
		if err == nil {
			err = c.countWorker()
		}
	}
	if err != nil {
		return nil, err
	}
	// as many threads as there are without callgrind
	return c.with(slices.Max(slices.Collect(maps.Keys(c.worker)))), nil
}

// countSealed is countInstructions of one table, plain and sealed.
func (b *bench) countSealed() (plain, sealed map[string]instructions, err error) {
	var both [2]*counts
	for i, name := range []string{"plain", "sealed"} {
		worker, motpd, err := b.bothWays(name, (*site).seal, func(s *site) error {
			if name == "plain" {
				return s.motp("unseal") // four columns cannot be sealed
			}
			return nil
		})
		if err != nil {
			return nil, nil, err
		}
		if both[i], err = b.countHosts(worker, motpd); err != nil {
			return nil, nil, err
		}
	}
	for tries := 1; tries <= 10*workerTries; tries++ {
		for _, c := range both {
			if err := c.countWorker(); err != nil {
				return nil, nil, err
			}
		}
		for _, threads := range slices.Sorted(maps.Keys(both[0].worker)) {
			if both[1].worker[threads] != nil && tries >= workerTries {
				return both[0].with(threads), both[1].with(threads), nil
			}
		}
	}
	return nil, nil, errors.New("no worker had as many threads with plain secrets as with " +
		"sealed ones")
}

// seal seals a site's table with a new key.
func (s *site) seal() error { return s.motp("seal", "--new-key", "--sections") }

// workerTries is how often a login by worker is counted, at least.
const workerTries = 5

// counts are the lowest counts of logins.
type counts struct {
	b     *bench
	login *login // by worker

	floor int // pam_permit's
	motpd int
	// The host's and the worker's, by the number of the worker's threads: six, and under
	// callgrind five in some runs. One more takes 9,440 instructions (glibc 2.36, Go 1.26),
	// half of what sealing does, so only workers of as many threads are compared.
	worker map[int][]process
}

// countHosts counts the logins that start no worker.
func (b *bench) countHosts(worker, motpd *login) (*counts, error) {
	c := &counts{b: b, login: worker, floor: math.MaxInt, motpd: math.MaxInt,
		worker: make(map[int][]process)}
	for range 3 {
		for least, l := range map[*int]*login{&c.floor: permit(), &c.motpd: motpd} {
			processes, err := b.callgrind(l, 1)
			if err != nil {
				return nil, err
			}
			*least = min(*least, processes[0].count)
		}
	}
	return c, nil
}

// countWorker counts one login more by worker.
func (c *counts) countWorker() error {
	n, err := c.b.callgrind(c.login, 2)
	if err != nil {
		return err
	}
	threads := n[1].threads
	if had := c.worker[threads]; had == nil || n[1].count < had[1].count {
		c.worker[threads] = n
	}
	return nil
}

// with are the instructions of a login by each way, of a worker with so many threads.
func (c *counts) with(threads int) map[string]instructions {
	n := c.worker[threads]
	return map[string]instructions{
		"worker": {"worker", n[0].count - c.floor, n[1].count},
		"motpd":  {"motpd", c.motpd - c.floor, 0},
	}
}
