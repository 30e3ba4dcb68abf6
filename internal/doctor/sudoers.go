package doctor

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/pam-motp/pam-motp/internal/regular"
)

// A sudoers is what sudo's rules say, as far as it matters here: who is asked, and for whose code.
type sudoers struct {
	users, groups []string // who is asked before a command; #1000 is a number
	asksForRoot   bool     // Defaults rootpw
	asksForOthers bool     // Defaults targetpw, runaspw, or nobody is asked
}

// adminGroups are those whose members become root where no rules can be read.
var adminGroups = []string{"sudo", "wheel", "admin"}

// admins are the people of this machine who may become root by giving a code of their own.
func (v *visit) admins() []account {
	rules := v.sudoers()
	gids := map[int]bool{}
	members := slices.Clone(rules.users)
	for _, group := range v.accounts("/etc/group") {
		if !slices.Contains(rules.groups, group[0]) &&
			!slices.Contains(rules.groups, "#"+group[2]) {
			continue
		}
		if gid, err := strconv.Atoi(group[2]); err == nil {
			gids[gid] = true
		}
		members = append(members, strings.Split(group[3], ",")...)
	}
	var found []account
	for _, group := range rules.groups { // one may have no name
		if number, is := strings.CutPrefix(group, "#"); is {
			if gid, err := strconv.Atoi(number); err == nil {
				gids[gid] = true
			}
		}
	}
	for _, a := range v.people() {
		named := slices.Contains(members, a.name) || slices.Contains(members, "ALL") ||
			slices.Contains(members, "#"+strconv.Itoa(a.uid))
		if a.uid != 0 && (named || gids[a.gid]) {
			found = append(found, a)
		}
	}
	return found
}

// Administrators are the names of those who look after a machine: root, and whom sudo asks for a
// code of their own.
func Administrators(m Machine) []string {
	names := []string{root.name}
	for _, a := range (&visit{Machine: m}).admins() {
		names = append(names, a.name)
	}
	return names
}

// sudoers reads sudo's rules. Where there are none, Debian's are taken.
func (v *visit) sudoers() sudoers {
	if v.rules == nil {
		rules := sudoers{}
		aliases := map[string][]string{}
		lines := v.sudoersLines("/etc/sudoers", 0)
		for _, line := range lines {
			rules.add(line, aliases)
		}
		if len(lines) == 0 {
			rules.groups = adminGroups
		}
		v.rules = &rules
	}
	return *v.rules
}

// sudoersLines are the lines of a file and of those that it includes, without comments.
func (v *visit) sudoersLines(file string, depth int) []string {
	text, err := regular.Read(v.at(file), regular.System)
	if err != nil || depth > 8 {
		return nil
	}
	var lines []string
	for line := range strings.Lines(strings.ReplaceAll(string(text), "\\\n", " ")) {
		words := strings.Fields(line)
		if len(words) == 2 && (words[0] == "@include" || words[0] == "#include") {
			lines = append(lines, v.sudoersLines(beside(file, words[1]), depth+1)...)
			continue
		}
		if len(words) == 2 && (words[0] == "@includedir" || words[0] == "#includedir") {
			folder := beside(file, words[1])
			files, _ := os.ReadDir(v.at(folder))
			for _, f := range files {
				if name := f.Name(); !strings.Contains(name, ".") &&
					!strings.HasSuffix(name, "~") {
					lines = append(lines,
						v.sudoersLines(filepath.Join(folder,
							name), depth+1)...)
				}
			}
			continue
		}
		if line = strings.TrimSpace(withoutComment(line)); line != "" {
			lines = append(lines, line)
		}
	}
	return lines
}

func beside(file, name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(filepath.Dir(file), name)
}

// withoutComment leaves a user id, #1000, where a comment cannot begin.
func withoutComment(line string) string {
	for i := range line {
		if line[i] == '#' && (i+1 == len(line) || line[i+1] < '0' || line[i+1] > '9') {
			return line[:i]
		}
	}
	return line
}

// add takes in one line.
func (s *sudoers) add(line string, aliases map[string][]string) {
	words := strings.Fields(line)
	switch {
	case words[0] == "User_Alias":
		name, members, _ := strings.Cut(strings.TrimSpace(strings.TrimPrefix(line,
			words[0])), "=")
		aliases[strings.TrimSpace(name)] = list(members)
	case words[0] == "Defaults":
		for _, option := range list(strings.TrimPrefix(line, words[0])) {
			s.asksForRoot = s.asksForRoot || option == "rootpw"
			s.asksForOthers = s.asksForOthers ||
				slices.Contains([]string{"rootpw", "targetpw", "runaspw",
					"!authenticate"}, option)
		}
	case strings.HasPrefix(words[0], "Defaults") || strings.HasSuffix(words[0], "_Alias"):
	case strings.Contains(line, "="):
		// WHO HOST = (AS) TAG: COMMAND; where one command wants no code, the others may
		before, after, _ := strings.Cut(line, "=")
		if asked := strings.ReplaceAll(after, "NOPASSWD:", ""); asked == after ||
			strings.Contains(after, ",") && strings.Contains(asked, "PASSWD:") {
			s.who(before, aliases)
		}
	}
}

// who takes in the users before a host: a list, in which blanks stand at commas only.
func (s *sudoers) who(text string, aliases map[string][]string) {
	text = strings.ReplaceAll(strings.ReplaceAll(text, ", ", ","), " ,", ",")
	if words := strings.Fields(text); len(words) > 0 {
		text = words[0]
	}
	for _, name := range list(text) {
		for _, member := range append(slices.Clone(aliases[name]), name) {
			member = strings.Trim(member, `"`)
			if group, isGroup := strings.CutPrefix(member, "%"); isGroup {
				s.groups = append(s.groups, group)
			} else {
				s.users = append(s.users, member)
			}
		}
	}
}

// list takes a list with commas apart.
func list(text string) []string {
	var all []string
	for word := range strings.SplitSeq(text, ",") {
		if word = strings.TrimSpace(word); word != "" {
			all = append(all, word)
		}
	}
	return all
}
