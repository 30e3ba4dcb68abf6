package importers

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/pam-motp/pam-motp/motp"
)

// settle makes one user of those who stand there several times, or leaves them out.
func (r *Reading) settle(several bool) {
	byName := make(map[string][]Imported)
	for _, u := range r.Users {
		byName[u.User.Name] = append(byName[u.User.Name], u)
	}
	users := r.Users
	r.Users = nil
	met := make(map[string]bool)
	for _, u := range users {
		same := byName[u.User.Name]
		first := !met[u.User.Name] // of several in one line, too
		met[u.User.Name] = true
		switch {
		case len(same) == 1:
			r.Users = append(r.Users, withSerial(u))
		case several && first:
			r.Users = append(r.Users, withSerial(r.join(same)))
		case several:
		case !allEqual(same):
			reason := "stands here " + times(len(same)) + " with different tokens (" +
				places(same) + "), and which is in use cannot be known: take the " +
				"others out"
			r.skip(Skipped{u.File, u.Line, u.User.Name, reason})
		case first:
			u.Notes = append(u.Notes, "stands here "+times(len(same))+
				", the same each time ("+places(same)+")")
			r.Users = append(r.Users, u)
		}
	}
	slices.SortStableFunc(r.Skipped, func(a, b Skipped) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line))
	})
}

// join makes one user with several tokens. What stands there twice is one token.
func (r *Reading) join(same []Imported) Imported {
	u := same[0]
	repeated := 0
	for _, s := range same[1:] {
		t := s.User.Tokens[0]
		switch {
		case holds(u.User.Tokens, t):
			repeated++
			continue
		case len(u.User.Tokens) == motp.MaxTokens:
			r.skip(Skipped{s.File, s.Line, s.User.Name,
				fmt.Sprintf("is one token too many: a user has %d at the most",
					motp.MaxTokens)})
			continue
		}
		t.Name = nextName(u.User, s.serial)
		u.User.Tokens = append(u.User.Tokens, t)
		u.ExtraTokens = append(u.ExtraTokens, s.Line)
		for _, n := range s.Notes {
			u.Notes = append(u.Notes, t.Name+": "+n)
		}
	}
	if repeated > 0 {
		u.Notes = append(u.Notes,
			fmt.Sprintf("stands here %s, some the same (%s)", times(len(same)),
				places(same)))
	}
	return u
}

// nextName is what a user's next token is called: by its serial number, if it has one that can be a
// name and is none yet.
func nextName(u motp.User, serial string) string {
	name := tokenName(serial)
	taken := func(t motp.Token) bool { return t.Name == name }
	if name == "" || slices.ContainsFunc(u.Tokens, taken) {
		return fmt.Sprintf("token%d", len(u.Tokens)+1)
	}
	return name
}

// holds says whether a token is among others, whatever it is called there.
func holds(all []motp.Token, t motp.Token) bool {
	return slices.ContainsFunc(all, func(other motp.Token) bool {
		other.Name = t.Name
		return other == t
	})
}

func allEqual(users []Imported) bool {
	for _, u := range users[1:] {
		if u.User.Disabled != users[0].User.Disabled ||
			!slices.Equal(u.User.Tokens, users[0].User.Tokens) {
			return false
		}
	}
	return true
}

// places lists where users stand: "lines 3, 7". Those of several files are rare; then the files say
// enough.
func places(users []Imported) string {
	var lines, files []string
	for _, u := range users {
		lines = append(lines, fmt.Sprint(u.Line))
		if file := printable(u.File); !slices.Contains(files, file) {
			files = append(files, file)
		}
	}
	if len(files) > 1 {
		return strings.Join(files, ", ")
	}
	return "lines " + strings.Join(lines, ", ")
}

func times(n int) string {
	if n == 2 {
		return "twice"
	}
	return fmt.Sprintf("%d times", n)
}
