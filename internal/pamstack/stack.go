// Package pamstack reads PAM service files and determines who gets through a stack of modules
// without a given one.
//
// A stack is a small program: the control of each line says what its module's answer does. read.go
// reads it as libpam does, includes and all; walk.go runs it as libpam's dispatcher does, for every
// answer that each module could give; proofs.go knows what a module's success proves; ways.go
// combines the results.
//
// It must not know pam_motp's options, table, or records: the module that matters is a parameter,
// of which it knows only what it may answer. It looks at files below a root, and runs nothing.
package pamstack

import (
	"path"
	"strings"
)

// A Line is one module of a stack, where it stands.
type Line struct {
	File   string
	Number int
	Top    int // the line of the service's own file: this one, or the one that includes it

	Module  string // as written: pam_unix.so, or a path
	Options []string
	Control string // as written, for people

	Dash bool // a minus before the task: nobody minds if the module is missing

	actions actions
	level   int  // of the substack that it is in; 0 outside of any
	entry   bool // no module, but where a substack begins
	broken  bool // the line has a mistake: libpam fails here
}

// Name is the module's name without folder and ending: pam_unix.
func (l Line) Name() string { return strings.TrimSuffix(path.Base(l.Module), ".so") }

// A Problem is a mistake in a file that libpam would stumble over: it has a module that refuses in
// the place of the line.
type Problem struct {
	File string
	Line int
	What string

	Fatal bool // the whole service refuses, whatever its other lines say
}

// A Stack is what one service does for one of PAM's four tasks: auth, account, password or session.
type Stack struct {
	Lines []Line
}

// Find returns the lines of a module.
func (s Stack) Find(name string) []Line {
	var found []Line
	for _, l := range s.Modules() {
		if l.Name() == name {
			found = append(found, l)
		}
	}
	return found
}

// Modules returns the lines that call a module.
func (s Stack) Modules() []Line {
	var all []Line
	for _, l := range s.Lines {
		if !l.entry && !l.broken {
			all = append(all, l)
		}
	}
	return all
}
