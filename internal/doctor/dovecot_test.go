package doctor

import (
	"strings"
	"testing"
)

func TestDovecot(t *testing.T) {
	t.Parallel()
	const (
		folder = "/etc/dovecot/conf.d/"
		size   = folder + "10-auth.conf"
		// What Debian 12 and 13 have, but for what is said otherwise.
		older = "passdb {\n  driver = pam\n  args = ARGS\n}\n" +
			"userdb {\n  driver = passwd\n}\n"
		newer = "passdb pam {\nARGS}\nuserdb passwd {\n}\n"
		head  = "dovecot_config_version = 2.4.1\n"
		keyed = "cache_key=%u dovecot"
	)
	says := func(version, passwords, arguments, cache string) func(*patient) {
		return func(p *patient) {
			p.file("/etc/dovecot/dovecot.conf", version+"# comment\n"+
				"!include_try /usr/share/dovecot/protocols.d/*.protocol\n"+
				"!include conf.d/*.conf\n!include_try local.conf\n", 0o644)
			p.file(size, "#auth_cache_size = 5 M\n"+cache+
				"!include auth-system.conf.ext\n", 0o644)
			p.file(folder+"auth-system.conf.ext", strings.Replace(passwords, "ARGS",
				arguments, 1), 0o644)
			fileMap("dovecot", aCode)(p)
		}
	}
	warns := func(file, service string) []string {
		return []string{"warning Dovecot " + file + " " + service +
			": Dovecot keeps what was typed (auth_cache_size = 10 M)"}
	}
	const on = "auth_cache_size = 10 M # mail\n"
	findAll(t, []sickness{
		{"as Debian has it", says("", older, "", ""), nil},
		{"a cache", says("", older, keyed, on), warns(size+":2", "dovecot")},
		{"a cache that PAM has no key for", says("", older, "dovecot", on), nil},
		{"a key, and no cache", says("", older, keyed, "auth_cache_size = 0\n"), nil},
		{"none of it, in other words", says("", older, keyed, "auth_cache_size = 0 k\n"),
			nil},
		{"in a file that is read later", both(says("", older, keyed, "auth_cache_size=0\n"),
			func(p *patient) {
				p.file("/etc/dovecot/local.conf", on, 0o644)
			}), warns("/etc/dovecot/local.conf:1", "dovecot")},
		{"taken back in a file that is read later", both(says("", older, keyed, on),
			func(p *patient) {
				p.example("dovecot/99-motp.conf", folder+"99-motp.conf")
			}), nil},
		{"a service that asks for no code", both(says("", older, "cache_key=%u mail", on),
			fileMap("mail", passwordAlone)), nil},
		{"a service of the protocol's name", both(says("", older, "cache_key=%u %s", on),
			fileMap("imap", aCode, "pop3", aCode)), warns(size+":2", "imap and pop3")},
		{"no PAM", says("", strings.Replace(older, "pam", "passwd-file", 1), keyed, on),
			nil},
		{"2.4, as Debian has it", says(head, newer, "", ""), nil},
		{"2.4, with a cache", says(head, newer, "", on), warns(size+":2", "dovecot")},
		{"2.4, with a service", both(says(head, newer, "  service_name = mail\n", on),
			fileMap("mail", aCode)), warns(size+":2", "mail")},
		{"2.4, not for PAM", says(head, newer, "  use_cache = no\n", on), nil},
		{"2.4, by a driver", says(head, strings.Replace(newer, "pam", "people", 1),
			"  driver = pam\n", on), warns(size+":2", "dovecot")},
		{"2.4, without PAM", says(head, strings.Replace(newer, "pam", "passwd-file", 1),
			"", on), nil},
		{"a file that names itself", both(says("", older, keyed, on), func(p *patient) {
			p.file(folder+"99-again.conf", "!include 99-again.conf\n", 0o644)
		}), warns(size+":2", "dovecot")},
	})
}
