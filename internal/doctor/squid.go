package doctor

import (
	"path/filepath"
	"slices"
	"strings"

	"github.com/pam-motp/pam-motp/internal/regular"
)

const squidFile = "/etc/squid/squid.conf"

// squid looks at for how long Squid lets in again with what was typed, without asking PAM.
func (v *visit) squid() string {
	if !v.exists(squidFile) || len(v.services) == 0 {
		return ""
	}
	s := &squidConfig{lasts: "2 hours", strict: map[string]bool{}, read: map[string]bool{}}
	v.readSquid(s, v.at(squidFile))
	asks := slices.ContainsFunc(v.services, func(one service) bool {
		return one.Name == s.service && len(one.lines) > 0
	})
	if !asks {
		return squidFile
	}
	from, tell, mend := "every address", v.warnAt, "in this file, above every line with "+
		"http_access allow: "+strings.Join(squidOneAddress, "; ")+
		"; or take pam_motp.so out of /etc/pam.d/"+s.service
	if s.oneAddress && s.remembers {
		from, tell, mend = "one address", v.noteAt, ""
	}
	tell(s.file, s.line, s.service+": Squid keeps what was typed for "+s.lasts+
		" (credentialsttl), and lets in with it from "+from+", also a user who was "+
		"disabled or locked since, without asking PAM", mend)
	return squidFile
}

// squidOneAddress is what leaves a code to the address that it came from. Of itself, Squid forgets
// that address after a second.
var squidOneAddress = []string{"authenticate_ip_ttl 2 hours", "acl elsewhere max_user_ip -s 1",
	"http_access deny elsewhere"}

// A squidConfig is what is of interest in Squid's files.
type squidConfig struct {
	service    string // of PAM, that it asks
	lasts      string
	file       string // where that is said
	line       int
	strict     map[string]bool // lists of access that a second address of a user is on
	oneAddress bool            // such a list is denied
	remembers  bool            // for how long, is said
	read       map[string]bool // files
}

// readSquid reads a file, and those that it names. What cannot be read is Squid's to complain of.
func (v *visit) readSquid(s *squidConfig, file string) {
	text, err := regular.Read(file, regular.System)
	if err != nil || s.read[file] {
		return
	}
	s.read[file] = true
	number := 0
	for line := range strings.Lines(string(text)) {
		number++
		words := strings.Fields(line)
		if len(words) > 1 && words[0] == "include" {
			for _, pattern := range words[1:] {
				files, _ := filepath.Glob(v.at(pattern)) // a bad one names nothing
				for _, other := range files {
					v.readSquid(s, other)
				}
			}
			continue
		}
		s.take(file, number, words)
	}
}

// take takes in one line.
func (s *squidConfig) take(file string, number int, words []string) {
	is := func(want ...string) bool {
		return len(words) > len(want) && slices.Equal(words[:len(want)], want)
	}
	switch {
	case is("auth_param", "basic", "program"):
		if program := words[3:]; filepath.Base(program[0]) == "basic_pam_auth" {
			s.service = pamServiceOf(program[1:])
			if s.file == "" {
				s.file, s.line = file, number
			}
		}
	case is("auth_param", "basic", "credentialsttl"):
		s.lasts, s.file, s.line = strings.Join(words[3:], " "), file, number
	case len(words) > 3 && words[0] == "acl" && words[2] == "max_user_ip":
		s.strict[words[1]] = slices.Equal(words[3:], []string{"-s", "1"})
	case is("authenticate_ip_ttl"):
		s.remembers = true
	case is("http_access", "deny"):
		s.oneAddress = s.oneAddress || len(words) == 3 && s.strict[words[2]]
	}
}

// pamServiceOf is the service that the arguments of Squid's program for PAM name.
func pamServiceOf(arguments []string) string {
	for i, word := range arguments {
		if name, found := strings.CutPrefix(word, "-n"); found {
			if name == "" && i+1 < len(arguments) {
				name = arguments[i+1]
			}
			return name
		}
	}
	return "squid"
}
