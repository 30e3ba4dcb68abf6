package doctor

import (
	"strings"
	"testing"
)

func TestSquid(t *testing.T) {
	t.Parallel()
	const (
		file    = "/etc/squid/squid.conf"
		more    = "/etc/squid/conf.d/x.conf"
		program = "auth_param basic program /usr/lib/squid/basic_pam_auth"
		ttl     = "authenticate_ip_ttl 2 hours\n"
		one     = "acl elsewhere max_user_ip -s 1\nhttp_access deny elsewhere\n"
	)
	says := func(text string) func(*patient) {
		return func(p *patient) {
			// What Debian has, by and large.
			p.file(file, "acl localnet src 10.0.0.0/8\n"+
				"##auth_param basic credentialsttl 2 hours\n"+
				"http_access deny !Safe_ports\ninclude /etc/squid/conf.d/*.conf\n"+
				"http_access deny all\nhttp_port 3128\n", 0o644)
			p.file(more, text, 0o644)
			fileMap("web", aCode)(p)
		}
	}
	about := func(severity, line, lasts, from string) []string {
		return []string{severity + " Squid " + more + ":" + line +
			" web: Squid keeps what was typed for " + lasts +
			" (credentialsttl), and lets in with it from " + from}
	}
	const every = "every address"
	findAll(t, []sickness{
		{"asks nobody", says(ttl + one), nil},
		{"asks PAM", says("# people\n" + program + " -n web\n"),
			about("warning", "2", "2 hours", every)},
		{"in one word", says(program + " -o -nweb\n"),
			about("warning", "1", "2 hours", every)},
		{"for a while", says(program + " -n web\n" +
			"auth_param basic credentialsttl 5 minutes\n"),
			about("warning", "2", "5 minutes", every)},
		{"at one address", says(program + " -n web\n" + ttl + one),
			about("note", "1", "2 hours", "one address")},
		{"at one address for a second", says(program + " -n web\n" + one),
			about("warning", "1", "2 hours", every)},
		{"at two addresses", says(program + " -n web\n" + ttl +
			strings.Replace(one, " -s 1", " -s 2", 1)),
			about("warning", "1", "2 hours", every)},
		{"another list", says(program + " -n web\n" + ttl +
			strings.Replace(one, "deny elsewhere", "deny others", 1)),
			about("warning", "1", "2 hours", every)},
		{"another program", says(strings.Replace(program, "pam", "ncsa", 1) +
			" -n web\n"), nil},
		{"a service that asks for no code", both(says(program+" -n mail\n"),
			fileMap("mail", passwordAlone)), nil},
		{"its own service", both(says(program+"\n"), fileMap("squid", aCode)), []string{
			"warning Squid " + more + ":1 squid: Squid keeps what was typed",
			"error PAM services /etc/pam.d/squid:1 squid runs as proxy"}},
		{"a file that names itself", says(program + " -n web\ninclude " + more + "\n"),
			about("warning", "1", "2 hours", every)},
	})
}
