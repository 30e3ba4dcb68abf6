package pamstack

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pam-motp/pam-motp/internal/regular"
)

// Folders are where libpam looks for services, the first first.
var Folders = []string{"/etc/pam.d", "/usr/lib/pam.d"}

// maxDepth of includes is libpam's (PAM_MAX_INCLUDE_DEPTH is less in old versions).
const maxDepth = 32

// A Service is one file of a service, with everything that it includes.
type Service struct {
	Name     string
	File     string
	Includes []string // names of the files that it includes, at any depth
	Problems []Problem

	stacks map[string]*Stack
}

// Dropped says whether libpam drops the service for a mistake, and refuses everyone.
func (s *Service) Dropped() bool {
	return slices.ContainsFunc(s.Problems, func(p Problem) bool { return p.Fatal })
}

// Mentions says whether any line names a module, and whether one does so that has a mistake.
func (s *Service) Mentions(module string) (mentions, mistaken bool) {
	for _, stack := range s.stacks {
		for _, l := range stack.Lines {
			if l.Name() == module && !l.entry {
				mentions, mistaken = true, mistaken || l.broken
			}
		}
	}
	return mentions, mistaken
}

// Stack is what the service does for a task. Where its file says nothing of one, libpam takes that
// of the service "other"; then own is false.
func (s *Service) Stack(task string) (stack Stack, own bool) {
	if found := s.stacks[task]; found != nil && len(found.Lines) > 0 {
		return *found, true
	}
	return Stack{}, false
}

// Services lists the services that have a file under root. What ends like a package manager's or an
// editor's leftover is none.
func Services(root string) ([]string, error) {
	var names []string
	for _, folder := range Folders {
		files, err := os.ReadDir(filepath.Join(root, folder))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		for _, f := range files {
			name := f.Name()
			if f.IsDir() || strings.HasPrefix(name, ".") ||
				strings.HasSuffix(name, "~") || leftover(filepath.Ext(name)) ||
				slices.Contains(names, name) {
				continue
			}
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names, nil
}

func leftover(extension string) bool {
	switch extension {
	case ".bak", ".old", ".orig", ".swp", ".rpmsave", ".rpmnew", ".dpkg-dist", ".dpkg-old",
		".dpkg-new", ".dpkg-tmp", ".ucf-dist", ".ucf-old":
		return true
	}
	return false
}

// Find returns the file of a service under root, as a path without it.
func Find(root, name string) (string, error) {
	for _, folder := range Folders {
		file := filepath.Join(folder, name)
		if info, err := os.Stat(filepath.Join(root, file)); err == nil &&
			info.Mode().IsRegular() {
			return file, nil
		}
	}
	return "", &fs.PathError{Op: "open", Path: filepath.Join(Folders[0], name),
		Err: fs.ErrNotExist}
}

// Read reads a service under root.
func Read(root, name string) (*Service, error) {
	file, err := Find(root, name)
	if err != nil {
		return nil, err
	}
	r := reader{root: root, service: &Service{Name: name, File: file,
		stacks: map[string]*Stack{}}}
	if err := r.file(file, "", 0, 0); err != nil {
		return nil, err
	}
	return r.service, nil
}

type reader struct {
	root    string
	service *Service
	top     int // the line of the service's own file that is read, or that includes what is
}

// file reads one file, or with a task only its lines for that.
func (r *reader) file(file, task string, level, depth int) error {
	text, err := regular.Read(filepath.Join(r.root, file), regular.System)
	if err != nil {
		return err
	}
	for _, l := range logicalLines(string(text)) {
		if depth == 0 {
			r.top = l.number
		}
		r.line(file, l, task, level, depth)
	}
	return nil
}

// line reads one line.
func (r *reader) line(file string, l logicalLine, only string, level, depth int) {
	words := split(l.text)
	if len(words) == 0 {
		return
	}
	if strings.EqualFold(words[0], "@include") {
		if len(words) < 2 {
			r.fatal(file, l, "@include without a file")
			return
		}
		r.include(file, l, words[1], only, level, depth)
		return
	}
	task := strings.ToLower(strings.TrimPrefix(words[0], "-"))
	if !slices.Contains([]string{"auth", "account", "password", "session"}, task) {
		r.problem(file, l, only, level,
			fmt.Sprintf("%q is none of auth, account, password, session", words[0]))
		return
	}
	if only != "" && task != only {
		return
	}
	if len(words) < 3 {
		r.problem(file, l, task, level,
			"the line ends too early: a task, a control and a module are wanted")
		return
	}
	switch control := strings.ToLower(words[1]); control {
	case "include":
		r.include(file, l, words[2], task, level, depth)
	case "substack":
		r.add(task, Line{File: file, Number: l.number, Module: words[2], Control: control,
			level: level, entry: true})
		r.include(file, l, words[2], task, level+1, depth)
	default:
		actions, known := parseControl(words[1])
		if !known {
			r.problem(file, l, task, level, fmt.Sprintf("%q is no control", words[1]))
			return
		}
		r.add(task, Line{File: file, Number: l.number, Module: words[2], Options: words[3:],
			Control: words[1],
			Dash:    strings.HasPrefix(words[0], "-"), actions: actions, level: level})
	}
}

func (r *reader) add(task string, l Line) {
	if r.service.stacks[task] == nil {
		r.service.stacks[task] = &Stack{}
	}
	l.Top = r.top
	r.service.stacks[task].Lines = append(r.service.stacks[task].Lines, l)
}

// include goes on in another file.
func (r *reader) include(file string, l logicalLine, name, task string, level, depth int) {
	target := name
	if !strings.HasPrefix(name, "/") {
		found, err := Find(r.root, name)
		if err != nil {
			r.fatal(file, l, "the line includes "+name+", and there is no "+
				filepath.Join(Folders[0], name))
			return
		}
		target = found
	}
	if depth >= maxDepth {
		r.fatal(file, l, "includes go round in a circle")
		return
	}
	if !slices.Contains(r.service.Includes, name) {
		r.service.Includes = append(r.service.Includes, name)
	}
	if err := r.file(target, task, level, depth+1); err != nil {
		r.fatal(file, l, "cannot include "+name+": "+cause(err))
	}
}

// cause is an error without its path, which may be longer than people know it.
func cause(err error) string {
	var path *fs.PathError
	if errors.As(err, &path) {
		err = path.Err
	}
	return err.Error()
}

// fatal notes a mistake for which libpam drops the service.
func (r *reader) fatal(file string, l logicalLine, what string) {
	p := Problem{File: file, Line: l.number, What: what, Fatal: true}
	if !slices.Contains(r.service.Problems, p) {
		r.service.Problems = append(r.service.Problems, p)
	}
}

// problem notes a mistake. libpam puts a module that fails in the place of the line; where it
// cannot tell of which task, of all.
func (r *reader) problem(file string, l logicalLine, task string, level int, what string) {
	p := Problem{File: file, Line: l.number, What: what}
	if !slices.Contains(r.service.Problems, p) {
		r.service.Problems = append(r.service.Problems, p)
	}
	tasks := []string{task}
	if task == "" {
		tasks = []string{"auth", "account", "password", "session"}
	}
	for _, t := range tasks {
		broken := Line{File: file, Number: l.number, Control: "required",
			actions: words["required"], level: level, broken: true}
		if w := split(l.text); len(w) > 2 {
			broken.Module = w[2] // as it was meant
		}
		r.add(t, broken)
	}
}
