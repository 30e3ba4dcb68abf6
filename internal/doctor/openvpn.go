package doctor

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"unicode"

	"github.com/pam-motp/pam-motp/internal/pamstack"
	"github.com/pam-motp/pam-motp/internal/regular"
)

// openvpn looks at the servers' files.
func (v *visit) openvpn() string {
	var servers []string
	for _, pattern := range []string{"/etc/openvpn/*.conf", "/etc/openvpn/server/*.conf"} {
		files, err := filepath.Glob(v.at(pattern))
		if err != nil {
			continue
		}
		for _, file := range files {
			text, err := regular.Read(file, regular.System)
			if err != nil {
				v.noteAt(file, 0, "cannot be read: "+plain(err), "")
				continue
			}
			c := vpnServer{file: file, lines: parseVPN(string(text))}
			if len(c.all("client")) > 0 || len(c.all("plugin")) == 0 &&
				len(c.all("auth-user-pass-verify")) == 0 {
				continue // no server, or one that asks for nothing
			}
			v.vpnServer(c)
			servers = append(servers, v.shown(file))
		}
	}
	return enumerate(servers)
}

// A vpnServer is one file.
type vpnServer struct {
	file  string
	lines []vpnLine
}

type vpnLine struct {
	number int
	words  []string
}

// all returns the lines of an option.
func (c vpnServer) all(option string) []vpnLine {
	var found []vpnLine
	for _, l := range c.lines {
		if l.words[0] == option {
			found = append(found, l)
		}
	}
	return found
}

// has says whether an option stands there, with these words behind it.
func (c vpnServer) has(words ...string) bool {
	return slices.ContainsFunc(c.lines, func(l vpnLine) bool {
		return len(l.words) >= len(words) && slices.Equal(l.words[:len(words)], words)
	})
}

// parseVPN reads a file as OpenVPN does: words, quotes, # and ; for comments. What stands between
// <tags> is a key or a certificate.
func parseVPN(text string) []vpnLine {
	var lines []vpnLine
	inside := ""
	for i, line := range strings.Split(text, "\n") {
		trimmed := strings.TrimSpace(line)
		if inside != "" {
			if trimmed == "</"+inside+">" {
				inside = ""
			}
			continue
		}
		if strings.HasPrefix(trimmed, "<") && strings.HasSuffix(trimmed, ">") {
			inside = strings.Trim(trimmed, "<>")
			continue
		}
		if words := vpnWords(trimmed); len(words) > 0 {
			lines = append(lines, vpnLine{i + 1, words})
		}
	}
	return lines
}

func vpnWords(line string) []string {
	var words []string
	var word strings.Builder
	var quote rune
	started := false
	for _, r := range line {
		switch {
		case quote != 0 && r == quote:
			quote = 0
		case quote != 0:
			word.WriteRune(r)
		case r == '"' || r == '\'':
			quote, started = r, true
		case !started && (r == '#' || r == ';'):
			return words
		case unicode.IsSpace(r):
			if started {
				words = append(words, word.String())
				word.Reset()
				started = false
			}
		default:
			word.WriteRune(r)
			started = true
		}
	}
	if started {
		words = append(words, word.String())
	}
	return words
}

// vpnServer looks at one server.
func (v *visit) vpnServer(c vpnServer) {
	var ours, others []vpnLine
	for _, l := range c.all("plugin") {
		switch {
		case len(l.words) > 1 && strings.Contains(filepath.Base(l.words[1]), "auth-pam"):
			ours = append(ours, l)
		case len(l.words) > 1 && asksToo(filepath.Base(l.words[1])):
			others = append(others, l)
		}
	}
	others = append(others, c.all("auth-user-pass-verify")...)
	if len(ours) == 0 {
		return
	}
	for _, l := range append(slices.Clone(ours[1:]), others...) {
		v.errorAt(c.file, l.number, fmt.Sprintf("a second thing that authenticates (%s): "+
			"OpenVPN lets in whom one of two deferred ones accepts (CVE-2022-0547)",
			l.words[0]),
			"leave one of them, and stack the checks in /etc/pam.d")
	}
	v.vpnPlugin(c, ours[0])
}

// asksToo says whether a plugin, by the name of its file, authenticates.
func asksToo(name string) bool {
	for _, part := range []string{"auth", "radius", "ldap", "duo", "otp", "okta"} {
		if strings.Contains(strings.ToLower(name), part) {
			return true
		}
	}
	return false
}

// vpnPlugin looks at the line of the PAM plugin, and at what a server with one-time passwords needs
// besides.
func (v *visit) vpnPlugin(c vpnServer, l vpnLine) {
	arguments := strings.Fields(strings.Join(l.words[2:], " "))
	if len(arguments) == 0 {
		v.errorAt(c.file, l.number, "the plugin's line names no PAM service",
			`plugin openvpn-plugin-auth-pam.so "openvpn login USERNAME OTP PASSWORD"`)
		return
	}
	name := arguments[0]
	if _, err := pamstack.Find(v.at(""), name); err != nil {
		v.errorAt(c.file, l.number, "PAM has no service "+name+
			", so /etc/pam.d/other decides, which refuses or asks for a password",
			setUp(name, "motp setup openvpn, and openvpn in the place of "+name+
				" in this line"))
		return
	}
	at := slices.IndexFunc(v.services, func(s service) bool {
		return s.Name == name && len(s.lines) > 0
	})
	if at < 0 {
		v.noteAt(c.file, l.number, "the service "+name+
			" does not name pam_motp.so: this server asks for no code", "")
		return
	}
	v.vpnRuns(c, name)
	v.vpnQuestions(c, l, v.services[at], arguments[1:])
	if optional := c.all("auth-user-pass-optional"); len(optional) > 0 {
		v.errorAt(c.file, optional[0].number,
			"auth-user-pass-optional: a client that sends no name and no code gets in",
			"remove the line")
	}
	if len(c.all("auth-gen-token")) == 0 && !c.has("reneg-sec", "0") {
		v.warnAt(c.file, l.number, "after an hour the client sends the same code again, "+
			"which is refused, and the connection ends", "auth-gen-token 43200")
	}
	if !c.has("setenv", "deferred_auth_pam", "1") {
		v.noteAt(c.file, l.number, "while somebody is refused, nobody's traffic goes on, "+
			"for two seconds", "setenv deferred_auth_pam 1")
	}
	if c.has("verify-client-cert", "none") || c.has("client-cert-not-required") {
		v.noteAt(c.file, l.number, "clients need no certificate: the code is all that "+
			"protects this server", "")
	}
}

// vpnQuestions looks at whether the plugin can answer the module's question: with a list, by the
// beginning of the prompt; without, any hidden question gets the password.
func (v *visit) vpnQuestions(c vpnServer, l vpnLine, s service, list []string) {
	if len(list) == 0 {
		if s.auth.Questions() > 1 {
			v.warnAt(c.file, l.number,
				"PAM asks more than once, and the plugin has the same answer for "+
					"every question", `add the list: "`+s.Name+
					` login USERNAME Password PASSWORD OTP OTP"`)
		}
		return
	}
	for _, m := range s.lines {
		// the plugin skips what is no letter or digit at the beginning of a question
		prompt := strings.TrimLeftFunc(m.says.Prompt, func(r rune) bool {
			return !unicode.IsLetter(r) && !unicode.IsDigit(r)
		})
		answered := false
		for i := 0; i+1 < len(list); i += 2 {
			answered = answered || len(list[i]) <= len(prompt) &&
				strings.EqualFold(prompt[:len(list[i])], list[i])
		}
		if !answered && !m.says.UseFirstPass {
			v.errorAt(c.file, l.number,
				fmt.Sprintf("the plugin's list has no answer for the question "+
					"%q, so every login fails", m.says.Prompt),
				"put its first word into the list: OTP PASSWORD")
		}
	}
}

// vpnRuns notes in which unit a server runs that asks a service.
func (v *visit) vpnRuns(c vpnServer, service string) {
	kind := "openvpn"
	if filepath.Base(filepath.Dir(c.file)) == "server" {
		kind = "openvpn-server"
	}
	if v.vpnUnits == nil {
		v.vpnUnits = map[string][]string{}
	}
	instance := strings.TrimSuffix(filepath.Base(c.file), ".conf")
	v.vpnUnits[service] = append(v.vpnUnits[service], "+"+kind+"@"+instance+".service")
}
