package doctor

import (
	"bytes"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"unicode"

	"github.com/pam-motp/pam-motp/internal/regular"
)

// ErrNoProgram means that the program which was to be asked is not installed.
var ErrNoProgram = errors.New("not installed")

// A NotRunningError means that sshd says nothing of its configuration while it does not run.
type NotRunningError struct{ Words string }

func (e NotRunningError) Error() string { return e.Words }

// AskSSHD is a [System].SSHD: it has sshd print its configuration, includes and defaults in it.
// With a user it prints what holds for one who comes from an address of documentation.
func AskSSHD(user string) (string, error) { return askSSHD(user) }

// SSHDBy is AskSSHD for another file of configuration; "" is sshd's own.
func SSHDBy(config string) func(user string) (string, error) {
	if config == "" {
		return AskSSHD
	}
	return func(user string) (string, error) { return askSSHD(user, "-f", config) }
}

func askSSHD(user string, arguments ...string) (string, error) {
	path, err := exec.LookPath("sshd")
	if err != nil {
		if path, err = exec.LookPath("/usr/sbin/sshd"); err != nil {
			return "", ErrNoProgram
		}
	}
	cmd := exec.Command(path, append([]string{"-T"}, arguments...)...)
	if user != "" {
		cmd.Args = append(cmd.Args, "-C", "user="+user+
			",host=client.example.org,addr=192.0.2.1,laddr=192.0.2.2,lport=22")
	}
	var output, complaint bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &complaint
	if err := cmd.Run(); err != nil {
		if words, _, _ := strings.Cut(strings.TrimSpace(complaint.String()),
			"\n"); words != "" {
			return "", complaintOf(strings.TrimSpace(words))
		}
		return "", err
	}
	return output.String(), nil
}

// complaintOf makes an error of sshd's own words, which are all that it gives.
func complaintOf(words string) error {
	if strings.Contains(words, "privilege separation directory") {
		return NotRunningError{words}
	}
	return errors.New(words)
}

const sshdConfig = "/etc/ssh/sshd_config"

// An sshdAnswer is what sshd said when it was asked for its settings.
type sshdAnswer struct {
	settings sshdSettings
	err      error
}

// sshdFor returns the settings that hold for a user, or with "" those outside of any Match block.
// It asks once for each.
func (v *visit) sshdFor(user string) (sshdSettings, error) {
	if v.System.SSHD == nil {
		return nil, ErrNoProgram
	}
	if user != "" && len(v.sshdBlocks()) == 0 {
		user = ""
	}
	if v.sshdAnswers == nil {
		v.sshdAnswers = map[string]sshdAnswer{}
	}
	answer, asked := v.sshdAnswers[user]
	if !asked {
		output, err := v.System.SSHD(user)
		answer = sshdAnswer{parseSSHD(output), err}
		v.sshdAnswers[user] = answer
	}
	return answer.settings, answer.err
}

// sshdService is the service that sshd asks, if its lines name the module.
func (v *visit) sshdService(c sshdSettings) (s service, found bool) {
	name := "sshd"
	if other := c["pamservicename"]; len(other) == 1 {
		name = other[0]
	}
	return v.named(name)
}

// sshdAt tells what is wrong with a setting for everybody, where it stands or else belongs.
func (v *visit) sshdAt(severity Severity, keyword, what, mend string) {
	f := Finding{Severity: severity, File: sshdConfig, What: what, Mend: mend}
	for _, l := range v.sshdLines() {
		if strings.EqualFold(l.words[0], keyword) && !l.match {
			f.File, f.Line = l.file, l.number
			break
		}
	}
	v.found(f)
}

// sshdMethodsAt warns of the methods that are demanded of some, where that stands, block or not.
func (v *visit) sshdMethodsAt(what, mend string) {
	f := Finding{Severity: Warning, File: sshdConfig, What: what, Mend: mend}
	inBlock := true // so far, or nowhere
	for _, l := range v.sshdLines() {
		if !strings.EqualFold(l.words[0], "AuthenticationMethods") {
			continue
		}
		if f.Line == 0 || inBlock && !l.match {
			f.File, f.Line, inBlock = l.file, l.number, l.match
		}
	}
	v.found(f)
}

// sshd looks at whether the server asks PAM at all, and by which methods.
func (v *visit) sshd() string {
	c, err := v.sshdFor("")
	s, found := v.sshdService(c)
	if errors.Is(err, ErrNoProgram) || !found {
		return ""
	}
	if errors.As(err, new(NotRunningError)) {
		v.noteAt(sshdConfig, 0, "sshd cannot be asked while it does not run: "+err.Error(),
			"install -d /run/sshd, and ask again")
		return ""
	}
	if err != nil {
		v.errorAt(sshdConfig, 0, "sshd does not take its configuration: "+err.Error(),
			"sshd -t says more; correct it before sshd is started anew")
		return ""
	}
	if c.is("usepam", "no") {
		v.sshdAt(Error, "UsePAM", "UsePAM no: sshd never asks pam_motp, and looks up "+
			"passwords by itself",
			"UsePAM yes, as \"motp setup sshd\" writes it; then "+
				v.manager().ReloadSSHD())
		return ""
	}
	v.sshdMethods(c)
	v.sshdPassword(c, s)
	v.sshdRoot()
	v.sshdKeys(s)
	v.sshdMatches()
	return "PAM asked by " + enumerate(c.asking())
}

const keyAndCode = "AuthenticationMethods publickey,keyboard-interactive:pam"

// sshdMethods looks at the ways of logging in that sshd offers.
func (v *visit) sshdMethods(c sshdSettings) {
	if len(c.asking()) == 0 {
		v.sshdAt(Error, "KbdInteractiveAuthentication", "KbdInteractiveAuthentication and "+
			"PasswordAuthentication are both off: sshd never asks for a code",
			"KbdInteractiveAuthentication yes, as \"motp setup sshd\" writes it; then "+
				v.manager().ReloadSSHD())
		return
	}
	if c.anyMethod() {
		if c.is("pubkeyauthentication", "yes") {
			v.sshdAt(Note, "AuthenticationMethods",
				"a key alone lets in, without a code",
				"if that is not meant: "+keyAndCode)
		}
		return
	}
	codes := false
	for _, list := range c.lists() {
		code := c.asksForCode(list)
		codes = codes || code
		if !code {
			v.sshdAt(Note, "AuthenticationMethods",
				fmt.Sprintf("AuthenticationMethods %s lets in without a code",
					list),
				"if that is not meant: add ,keyboard-interactive:pam")
		}
	}
	if !codes {
		v.sshdAt(Error, "AuthenticationMethods", "AuthenticationMethods names neither "+
			"keyboard-interactive nor password: sshd never asks for a code", keyAndCode)
	}
}

// sshdMatches finds the blocks that sshd -T does not show.
func (v *visit) sshdMatches() {
	for _, l := range v.sshdBlocks() {
		v.noteAt(l.file, l.number, "for whom this holds, it may be otherwise than told "+
			"here",
			"sshd -T -C user=NAME shows what holds for a user")
	}
}

// An sshdLine is a line of sshd's files, in words.
type sshdLine struct {
	file   string
	number int
	words  []string // at least one
	match  bool     // it begins a Match block, or belongs to one
}

// sshdLines are those of sshd's files, in the order in which it reads them: what is included stands
// where the line is that includes it.
func (v *visit) sshdLines() []sshdLine {
	if v.exists(sshdConfig) {
		return v.sshdFile(sshdConfig, 0)
	}
	return v.sshdIncluded("sshd_config.d/*.conf", 0)
}

func (v *visit) sshdIncluded(pattern string, depth int) []sshdLine {
	if !filepath.IsAbs(pattern) {
		pattern = filepath.Join("/etc/ssh", pattern)
	}
	files, err := filepath.Glob(v.at(pattern))
	if err != nil || depth > maxIncludes {
		return nil
	}
	var lines []sshdLine
	for _, file := range files {
		lines = append(lines, v.sshdFile(v.shown(file), depth)...)
	}
	return lines
}

// maxIncludes is sshd's own limit.
const maxIncludes = 16

func (v *visit) sshdFile(file string, depth int) []sshdLine {
	text, err := regular.Read(v.at(file), regular.System)
	if err != nil {
		return nil
	}
	var lines []sshdLine
	number, match := 0, false
	for line := range strings.Lines(string(text)) {
		number++
		line, _, _ = strings.Cut(line, "#")
		words := strings.FieldsFunc(line, func(r rune) bool {
			return unicode.IsSpace(r) || r == '='
		})
		if len(words) == 0 {
			continue
		}
		match = match || strings.EqualFold(words[0], "match")
		lines = append(lines, sshdLine{file, number, words, match})
		if strings.EqualFold(words[0], "include") {
			for _, pattern := range words[1:] {
				lines = append(lines,
					v.sshdIncluded(strings.Trim(pattern, `"`), depth+1)...)
			}
		}
	}
	return lines
}

// sshdBlocks are the lines with which a Match block begins.
func (v *visit) sshdBlocks() []sshdLine {
	return slices.DeleteFunc(v.sshdLines(), func(l sshdLine) bool {
		return len(l.words) < 2 || !strings.EqualFold(l.words[0], "match")
	})
}

// sshdSettings are what sshd -T prints: a keyword, here in small letters, and what follows it.
// Newer servers print keywords as their manual has them (OpenSSH 10.6: UsePAM), older ones in
// small letters.
type sshdSettings map[string][]string

func parseSSHD(output string) sshdSettings {
	c := sshdSettings{}
	for line := range strings.Lines(output) {
		words := strings.Fields(line)
		if len(words) > 0 {
			keyword := strings.ToLower(words[0])
			c[keyword] = append(c[keyword], words[1:]...)
		}
	}
	return c
}

func (c sshdSettings) is(keyword, value string) bool {
	return len(c[keyword]) == 1 && strings.EqualFold(c[keyword][0], value)
}

// asking are the methods by which sshd asks PAM.
func (c sshdSettings) asking() []string {
	var methods []string
	if c.is("kbdinteractiveauthentication", "yes") ||
		c.is("challengeresponseauthentication", "yes") {
		methods = append(methods, "keyboard-interactive")
	}
	if c.is("passwordauthentication", "yes") {
		methods = append(methods, "password")
	}
	return methods
}

// anyMethod says whether one method is enough, whichever it is.
func (c sshdSettings) anyMethod() bool {
	lists := c["authenticationmethods"]
	return len(lists) == 0 || len(lists) == 1 && strings.EqualFold(lists[0], "any")
}

// lists are the lists of methods that are enough, each as sshd writes it: with commas.
func (c sshdSettings) lists() []string {
	if !c.anyMethod() {
		return c["authenticationmethods"]
	}
	lists := c.asking()
	if c.is("pubkeyauthentication", "yes") {
		lists = append(lists, "publickey")
	}
	return lists
}

// asksForCode says whether a list of methods has one that asks PAM.
func (c sshdSettings) asksForCode(list string) bool {
	return slices.ContainsFunc(methods(list), func(name string) bool {
		return slices.Contains(c.asking(), name)
	})
}

// methods are the names in a list of methods, without what a method is done by.
func methods(list string) (names []string) {
	for method := range strings.SplitSeq(list, ",") {
		name, _, _ := strings.Cut(method, ":")
		names = append(names, name)
	}
	return names
}

// codeOnly says whether nobody gets in without asking PAM. Settings that are not known say no.
func (c sshdSettings) codeOnly() bool {
	lists := c.lists()
	return len(lists) > 0 && !slices.ContainsFunc(lists,
		func(l string) bool { return !c.asksForCode(l) })
}
