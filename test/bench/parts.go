package main

import (
	"fmt"
	"strings"
)

// A part is what can be measured by itself.
type part struct {
	name, what string
	measure    func(*bench) error
}

var parts = []part{
	{"one", "one user, right, wrong and unknown", (*bench).one},
	{"users", "tables of 1 to 1,000,000 users", (*bench).users},
	{"folder", "1,000,000 users with a file each", (*bench).folder},
	{"sessions", "many sessions at once", (*bench).sessions},
	{"start", "the first login, which starts motpd", (*bench).start},
	{"memory", "motpd's memory", (*bench).memory},
	{"fleet", "records that servers share", (*bench).fleet},
	{"counts", "instructions, system calls, synced writes", (*bench).counts},
	{"host", "what the host keeps", (*bench).host},
}

func choose(only string) ([]part, error) {
	if only == "" {
		return parts, nil
	}
	var chosen []part
	for name := range strings.SplitSeq(only, ",") {
		found := false
		for _, p := range parts {
			if p.name == name {
				chosen, found = append(chosen, p), true
			}
		}
		if !found {
			return nil, fmt.Errorf("there is no part %q", name)
		}
	}
	return chosen, nil
}
