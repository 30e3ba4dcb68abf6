package main

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"strings"
)

// children are the host's processes that exist or were not waited for.
func (h *host) children() ([]int, error) {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil, err
	}
	var found []int
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if err != nil {
			continue // it has gone
		}
		// The name, in parentheses, may hold anything; state and parent follow it.
		fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
		if len(fields) > 1 && fields[1] == strconv.Itoa(h.pid) {
			found = append(found, pid)
		}
	}
	return found, nil
}

// A size is what a process takes of the machine.
type size struct {
	files, children, threads int
	memory                   int // its own pages, in KB
}

func (h *host) size() (size, error) {
	var s size
	files, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", h.pid))
	if err != nil {
		return s, err
	}
	children, err := h.children()
	if err != nil {
		return s, err
	}
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", h.pid))
	if err != nil {
		return s, err
	}
	s.files, s.children = len(files), len(children)
	for l := range strings.Lines(string(status)) {
		name, rest, _ := strings.Cut(l, ":")
		value := strings.Fields(rest)
		if len(value) == 0 {
			continue
		}
		switch n, _ := strconv.Atoi(value[0]); name {
		case "Threads":
			s.threads = n
		case "RssAnon":
			s.memory = n
		}
	}
	return s, nil
}
