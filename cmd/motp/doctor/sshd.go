package doctor

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// ErrNoProgram means that the program which was to be asked is not installed.
var ErrNoProgram = errors.New("not installed")

// AskSSHD is a [System].SSHD: it has sshd print its configuration, includes and defaults in it.
func AskSSHD() (string, error) {
	path, err := exec.LookPath("sshd")
	if err != nil {
		if path, err = exec.LookPath("/usr/sbin/sshd"); err != nil {
			return "", ErrNoProgram
		}
	}
	cmd := exec.Command(path, "-T")
	var output, complaint bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &complaint
	if err := cmd.Run(); err != nil {
		if words, _, _ := strings.Cut(strings.TrimSpace(complaint.String()), "\n"); words != "" {
			return "", errors.New(strings.TrimSpace(words))
		}
		return "", err
	}
	return output.String(), nil
}

const sshdConfig = "/etc/ssh/sshd_config"

// sshd looks at whether the server asks PAM at all, and by which methods.
func (v *visit) sshd() string {
	at := slices.IndexFunc(v.services, func(s service) bool { return s.Name == "sshd" && len(s.lines) > 0 })
	if at < 0 || v.System.SSHD == nil {
		return ""
	}
	output, err := v.System.SSHD()
	if errors.Is(err, ErrNoProgram) {
		return ""
	}
	if err != nil && strings.Contains(err.Error(), "privilege separation directory") {
		v.noteAt(sshdConfig, 0, "sshd cannot be asked while it does not run: "+err.Error(), "install -d /run/sshd, and ask again")
		return ""
	}
	if err != nil {
		v.errorAt(sshdConfig, 0, "sshd does not take its configuration: "+err.Error(), "sshd -t says more; correct it before sshd is started anew")
		return ""
	}
	c := parseSSHD(output)
	if c.is("usepam", "no") {
		v.errorAt(sshdConfig, 0, "UsePAM no: sshd never asks pam_motp, and looks up passwords by itself", "UsePAM yes; see examples/sshd_config.d/motp.conf")
		return ""
	}
	v.sshdMethods(c)
	v.sshdPassword(c, v.services[at])
	v.sshdMatches()
	if v.services[at].lines[0].says.NullOK && !c.is("permitemptypasswords", "yes") {
		v.noteAt(v.services[at].lines[0].File, v.services[at].lines[0].Number, "nullok is not in force in sshd without PermitEmptyPasswords yes: who is not in the table is refused", "")
	}
	return "PAM asked by " + enumerate(c.asking())
}

// sshdMethods looks at the ways of logging in that sshd offers.
func (v *visit) sshdMethods(c sshdSettings) {
	asking := c.asking()
	if len(asking) == 0 {
		v.errorAt(sshdConfig, 0, "KbdInteractiveAuthentication and PasswordAuthentication are both off: sshd never asks for a code", "KbdInteractiveAuthentication yes; see examples/sshd_config.d/motp.conf")
		return
	}
	lists := c["authenticationmethods"]
	if len(lists) == 0 || slices.Equal(lists, []string{"any"}) {
		if c.is("pubkeyauthentication", "yes") {
			v.noteAt(sshdConfig, 0, "a key alone lets in, without a code", "if that is not meant: AuthenticationMethods publickey,keyboard-interactive:pam")
		}
		return
	}
	codes := false
	for _, list := range lists {
		code := false
		for method := range strings.SplitSeq(list, ",") {
			name, _, _ := strings.Cut(method, ":")
			code = code || slices.Contains(asking, name)
		}
		codes = codes || code
		if !code {
			v.noteAt(sshdConfig, 0, fmt.Sprintf("AuthenticationMethods %s lets in without a code", list), "if that is not meant: add ,keyboard-interactive:pam")
		}
	}
	if !codes {
		v.errorAt(sshdConfig, 0, "AuthenticationMethods names neither keyboard-interactive nor password: sshd never asks for a code", "AuthenticationMethods publickey,keyboard-interactive:pam")
	}
}

// sshdPassword looks at the method for which one answer has to do for every question.
func (v *visit) sshdPassword(c sshdSettings, s service) {
	if !c.is("passwordauthentication", "yes") {
		return
	}
	if s.auth.Questions() > 1 {
		v.warnAt(sshdConfig, 0, "PasswordAuthentication yes, and PAM asks more than once: a client that uses it has one answer for all, and never gets in", "PasswordAuthentication no")
		return
	}
	v.warnAt(sshdConfig, 0, "PasswordAuthentication yes: after a refused code, a client that also tries keyboard-interactive is cut off even with a right one",
		"PasswordAuthentication no, unless a client knows no better")
}

// sshdMatches finds the blocks that sshd -T does not show.
func (v *visit) sshdMatches() {
	files, _ := filepath.Glob(v.at("/etc/ssh/sshd_config.d/*.conf")) // the pattern is good
	for _, file := range append(files, v.at(sshdConfig)) {
		text, err := os.ReadFile(file)
		if err != nil {
			continue
		}
		number := 0
		for line := range strings.Lines(string(text)) {
			number++
			if words := strings.Fields(line); len(words) > 1 && strings.EqualFold(words[0], "match") {
				v.noteAt(file, number, "for whom this holds, it may be otherwise than told here", "sshd -T -C user=NAME shows what holds for a user")
			}
		}
	}
}

// sshdSettings are what sshd -T prints: a keyword in small letters, and what follows it.
type sshdSettings map[string][]string

func parseSSHD(output string) sshdSettings {
	c := sshdSettings{}
	for line := range strings.Lines(output) {
		words := strings.Fields(line)
		if len(words) > 0 {
			c[words[0]] = append(c[words[0]], words[1:]...)
		}
	}
	return c
}

func (c sshdSettings) is(keyword, value string) bool {
	return slices.Equal(c[keyword], []string{value})
}

// asking are the methods by which sshd asks PAM.
func (c sshdSettings) asking() []string {
	var methods []string
	if c.is("kbdinteractiveauthentication", "yes") || c.is("challengeresponseauthentication", "yes") {
		methods = append(methods, "keyboard-interactive")
	}
	if c.is("passwordauthentication", "yes") {
		methods = append(methods, "password")
	}
	return methods
}
