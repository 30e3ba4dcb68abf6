package setup

import (
	"bytes"
	"embed"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/pam-motp/pam-motp/internal/pamstack"
)

// shipped holds PAM's services as distributions ship them, without their comments: a folder for
// each release.
//
//go:embed shipped
var shipped embed.FS

// An UnexpectedError says that a file is not what setup knows, which it leaves alone.
type UnexpectedError struct {
	Path string
	Why  []string // lines that are unexpected, or missing
}

func (e *UnexpectedError) Error() string {
	return e.Path + " is not what a distribution ships:\n  " + strings.Join(e.Why, "\n  ")
}

// originals are the texts that a file may have before it is set up.
func (f file) originals() [][]byte {
	all := f.siblings()
	releases, err := shipped.ReadDir("shipped")
	if err != nil {
		panic(err) // it is part of the program
	}
	for _, release := range releases {
		text, err := shipped.ReadFile(path.Join("shipped", release.Name(), f.name()))
		if err == nil && f.path != dropIn {
			all = append(all, text)
		}
	}
	return all
}

// same says whether two files say the same: comments and blanks do not count.
func same(a, b []byte) bool { return slices.Equal(says(a), says(b)) }

// Says is what a file says, a line each, without comments and needless blanks.
func Says(text []byte) []byte {
	var b bytes.Buffer
	for _, line := range says(text) {
		b.WriteString(line + "\n")
	}
	return b.Bytes()
}

// ours says whether a text says the same as an example for the file: an earlier setup wrote it,
// also one that was interrupted, or after which somebody has written a comment.
func (f file) ours(text []byte) bool {
	return slices.ContainsFunc(f.siblings(), func(s []byte) bool { return same(s, text) })
}

func says(text []byte) []string {
	var all []string
	for _, s := range pamstack.Statements(string(text)) {
		all = append(all, s.Text)
	}
	return all
}

// expect returns an error unless a file's text is one that setup may replace.
func (f file) expect(text []byte) error {
	var nearest []string
	for i, original := range f.originals() {
		why := differences(text, original)
		if len(why) == 0 {
			return nil
		}
		if i == 0 || len(why) <= len(nearest) {
			nearest = why
		}
	}
	return &UnexpectedError{f.path, nearest}
}

// differences says in words what a text says otherwise than another; nothing if they say the same.
func differences(text, original []byte) []string {
	var why []string
	have, want := says(text), says(original)
	for _, s := range pamstack.Statements(string(text)) {
		if !slices.Contains(want, s.Text) {
			why = append(why,
				fmt.Sprintf("line %d is unexpected: %s", s.Number, s.Text))
		}
	}
	for _, line := range want {
		if !slices.Contains(have, line) {
			why = append(why, "this line is missing: "+line)
		}
	}
	if len(why) == 0 && !slices.Equal(have, want) {
		why = append(why, "its lines stand in another order, or more than once")
	}
	return why
}
