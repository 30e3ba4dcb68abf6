package doctor

import (
	"path/filepath"
	"slices"
	"strings"

	"github.com/pam-motp/pam-motp/internal/regular"
)

// saslauthd looks at whether it keeps what was typed, and lets it in again without asking PAM.
func (v *visit) saslauthd() string {
	var saw []string
	for _, pattern := range []string{"/etc/default/saslauthd*", "/etc/sysconfig/saslauthd"} {
		files, _ := filepath.Glob(v.at(pattern)) // the patterns are good
		for _, file := range files {
			if strings.Contains(filepath.Base(file), ".") {
				continue // the package manager's leftovers
			}
			if text, err := regular.Read(file, regular.System); err == nil &&
				len(v.services) > 0 {
				v.saslauthdFile(file, shellAssignments(string(text)))
				saw = append(saw, v.shown(file))
			}
		}
	}
	return enumerate(saw)
}

// An assignment is one of a shell script, NAME=VALUE.
type assignment struct {
	line  int
	value string
}

// shellAssignments are those of a file that holds nothing else.
func shellAssignments(text string) map[string]assignment {
	all := map[string]assignment{}
	number := 0
	for line := range strings.Lines(text) {
		number++
		name, value, found := strings.Cut(strings.TrimSpace(line), "=")
		if !found || strings.HasPrefix(name, "#") {
			continue
		}
		if value != "" && (value[0] == '"' || value[0] == '\'') {
			value, _, _ = strings.Cut(value[1:], value[:1])
		} else {
			value, _, _ = strings.Cut(value, "#")
		}
		all[strings.TrimPrefix(name, "export ")] = assignment{number,
			strings.TrimSpace(value)}
	}
	return all
}

// saslauthdFile looks at one of its files.
func (v *visit) saslauthdFile(file string, says map[string]assignment) {
	for _, name := range []string{"MECHANISMS", "MECH"} {
		if m := says[name].value; m != "" && m != "pam" {
			return
		}
	}
	option, name := says["OPTIONS"], "OPTIONS"
	if flags, redHat := says["FLAGS"]; redHat && option.line == 0 {
		option, name = flags, "FLAGS"
	}
	rest, caches := withoutCache(option.value)
	if option.value == "" && name == "OPTIONS" &&
		!v.exists("/usr/lib/systemd/system/saslauthd.service") {
		rest, caches = "-m /var/run/saslauthd", true // what Debian's script takes then
	}
	asked := v.bySASL()
	if !caches || len(asked) == 0 {
		return
	}
	v.warnAt(file, option.line, enumerate(asked)+
		": saslauthd keeps what was typed (-c), and lets in "+
		"with a used code, or a user who was disabled or locked since, without asking PAM",
		name+`="`+rest+`" in this file, and then: `+
			v.manager().or("systemctl restart saslauthd", "start saslauthd anew"))
}

// withoutCache takes -c out of saslauthd's arguments, and says whether it was there.
func withoutCache(arguments string) (rest string, caches bool) {
	const withValue = "ahOmnst" // letters that have a value, in the same word or the next
	words := strings.Fields(arguments)
	for i := 0; i < len(words); i++ {
		word := words[i]
		if word == "--" || !strings.HasPrefix(word, "-") {
			continue
		}
		for at := 1; at < len(word); at++ {
			if strings.IndexByte(withValue, word[at]) >= 0 {
				if at+1 == len(word) {
					i++ // the value is the next word
				}
				break
			}
			if word[at] == 'c' {
				caches = true
				word = word[:at] + word[at+1:]
				words[i] = word
				at--
			}
		}
	}
	words = slices.DeleteFunc(words, func(w string) bool { return w == "-" })
	return strings.Join(words, " "), caches
}

// bySASL are the services that may be asked by saslauthd, which takes any name from its clients:
// those of no program that is known to ask PAM itself.
func (v *visit) bySASL() []string {
	var names []string
	for _, s := range v.services {
		_, asksItself := runsAs(s.Name)
		if len(s.lines) > 0 && !asksItself && !slices.Contains(asRoot, s.Name) {
			names = append(names, s.Name)
		}
	}
	return names
}
