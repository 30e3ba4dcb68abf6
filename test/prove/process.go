package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/pam-motp/pam-motp/test/stage"
)

// A size is what a process takes of the machine.
type size struct {
	files, children, threads int
	memory                   int // its own pages, in KB
	resident                 int // all pages, in KB
}

func (h *host) size() (size, error) { return sizeOf(h.pid) }

func sizeOf(pid int) (size, error) {
	var s size
	files, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", pid))
	if err != nil {
		return s, err
	}
	children, err := stage.Children(pid)
	if err != nil {
		return s, err
	}
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
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
		case "VmRSS":
			s.resident = n
		}
	}
	return s, nil
}
