package main

import (
	"fmt"
	"slices"
	"strings"
)

// ofTheRuntime are the calls by which Go's runtime gets memory and threads. It ends where it gets
// none, and who supervises motpd starts it anew.
var ofTheRuntime = []string{"mmap", "munmap", "mprotect", "madvise", "clone", "clone3",
	"rt_sigprocmask", "rt_sigaction", "sigaltstack", "set_robust_list", "rseq"}

// motpdFaults has each system call of motpd in a login fail, one after the other, in every way.
// motpd goes on, and serves the next login.
func (l *lab) motpdFaults() error {
	line := l.report.add("each system call of motpd failing, with each of %d errors, in %d "+
		"kinds of login", len(errnos), len(scenes))
	var all []fault
	var some []scene
	for i, sc := range scenes {
		sc.way = byMotpdOnly
		places, err := calls(sc, "motpd")
		if err != nil {
			return err
		}
		all = append(all, faultsOnce(sc, "motpd", places)...)
		if i < 2 {
			some = append(some, sc)
		}
	}
	if err := playFaults(line, all); err != nil {
		return err
	}
	lasting := l.report.add("a kind of system call of motpd failing as long as a login lasts")
	return playFaults(lasting, faultsForGood("motpd", some))
}

// noPoller is what Go's runtime says when it ends because the call failed by which it wakes the
// thread that waits for all files. It is a write to an eventfd.
const noPoller = "runtime: netpollBreak write failed"

// mayEnd says whether the fault leaves Go's runtime nothing but to end.
func (f fault) mayEnd() bool {
	return slices.Contains(ofTheRuntime, f.what[1]) ||
		f.what[0] == "every" && f.what[1] == "write" // its last words are lost, too
}

// isStillThere says whether motpd has ended, and is empty if it has not.
func (r *resident) isStillThere() string {
	words := r.lastWords()
	if n := r.restarts(); n > 0 && !strings.HasPrefix(words, noPoller) {
		return fmt.Sprintf("motpd ended, %d times: %.200q", n, words)
	}
	return ""
}
