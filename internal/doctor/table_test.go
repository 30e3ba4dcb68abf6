package doctor

import (
	"os"
	"strings"
	"testing"

	"github.com/pam-motp/pam-motp/conf"
)

func chmod(p *patient, name string, mode os.FileMode) error { return os.Chmod(p.path(name), mode) }

func users(text string) func(*patient) {
	return func(p *patient) {
		p.file(conf.DefaultPath, text, 0o600)
		// which want root in the table
		for _, service := range []string{"login", "su", "su-l"} {
			p.remove("/etc/pam.d/" + service)
		}
	}
}

func TestTable(t *testing.T) {
	t.Parallel()
	const at = " table /etc/security/motp.conf:"
	user := func(name, secret, pin string) string {
		return "[" + name + "]\nsecret = " + secret + "\npin = " + pin + "\n"
	}
	const good = "5a1f0c9be27d4836"
	findAll(t, []sickness{
		{"missing", func(p *patient) {
			p.remove(conf.DefaultPath)
		}, []string{"error" + at + "0 nobody gets in: cannot open: no such file"}},
		{"open to others", func(p *patient) {
			p.must(chmod(p, conf.DefaultPath, 0o644))
		}, []string{"error" + at + "0 nobody gets in: has mode 0644, must be 0600"}},
		{"a folder that others can write", func(p *patient) {
			p.folder("/etc/security", 0o777)
		}, []string{"error table /etc/security:0 others than root can change it"}},
		{"a link", func(p *patient) {
			p.remove(conf.DefaultPath)
			p.must(os.Symlink("/dev/null", p.path(conf.DefaultPath)))
		}, []string{"error" + at + "0 nobody gets in: is a symbolic link"}},
		{"a bad setting", users("windw = 3m\n"),
			[]string{"error" + at + "1 nobody gets in: windw unknown setting"}},
		{"one bad entry", users(user("alice", good, "4917") +
			"[bob]\nsecret = 9d3b6e20f8c15a74\n"),
			[]string{"error" + at + "4 bob cannot log in: pin is missing"}},
		{"a user twice", users(user("alice", good, "4917") +
			user("alice", "9d3b6e20f8c15a74", "4917")), []string{
			"error" + at + "1 alice cannot log in: this user is also at " +
				"/etc/security/motp.conf:4",
			"error" + at + "4 alice cannot log in: this user is also at " +
				"/etc/security/motp.conf:1",
		}},
		{"a file of a user", func(p *patient) {
			p.folder(conf.DefaultPath+".d", 0o700)
			p.file(conf.DefaultPath+".d/carol.conf", "[dave]\n", 0o600)
			p.must(chmod(p, conf.DefaultPath+".d", 0o700))
		}, []string{"error table /etc/security/motp.conf.d/carol.conf:1 carol cannot log " +
			"in: this section's file would be named dave.conf"}},
		{"weak PINs", users(user("a", "1f2e3d4c5b6a7988", "123") + user("b",
			"2f2e3d4c5b6a7988", "7777") + user("c", "3f2e3d4c5b6a7988", "9876") +
			user("d", "4f2e3d4c5b6a7988", "no row at all") +
			user("e", "5f2e3d4c5b6a7988", "1212") +
			user("f", "6f2e3d4c5b6a7988", "7890")), []string{
			"warning" + at + "1 the PIN of a is shorter than four characters",
			"warning" + at + "4 the PIN of b is one character over and over",
			"warning" + at + "7 the PIN of c is a row of neighboring digits",
			"warning" + at + "13 the PIN of e has only two different characters",
			"warning" + at + "16 the PIN of f is a row of neighboring digits",
		}},
		{"invitations", users(
			"[a]\nsecret = 1f2e3d4c5b6a7988\npin = 12\ninvitation = " +
				"2999-01-01T00:00:00Z/" + strings.Repeat("01", 16) + "/" +
				strings.Repeat("02", 16) + "\n" +
				"[b]\nsecret = 2f2e3d4c5b6a7988\npin = 12\ninvitation = " +
				"1999-01-01T00:00:00Z/" + strings.Repeat("01", 16) + "/" +
				strings.Repeat("02", 16) + "\n"), []string{
			"note" + at + "1 a was invited, and has yet to set up a token",
			"warning" + at + "5 an invitation of b is good no more",
		}},
		{"a weak PIN of the user's own", func(p *patient) {
			p.setPIN(alice, alice.Tokens[0].Code(noon), "7777", noon)
		}, []string{"warning" + at + "3 the PIN of alice is one character over and over"}},
		{"secrets", users(user("short", "abc123", "4917") +
			user("capitals", "AB12CD34EF56AB78", "4917") +
			user("text", "not hexadecimal, long"[4:15]+"-long-enough", "4917") +
			user("zero", "0000000000000000", "4917") +
			user("known", "0123456789ABCDEF", "4917")), []string{
			"warning" + at + "1 the secret of short has fewer than 16 characters",
			"warning" + at + "4 the secret of capitals has capital letters",
			"note" + at + "7 the secret of text is not hexadecimal",
			"error" + at + "10 the secret of zero is one character over and over",
			"error" + at + "13 the secret of known stands in the documentation",
			"warning" + at + "13 the secret of known has capital letters",
		}},
		{"one secret for two", users(user("alice", good, "4917") +
			user("bob", good, "8350")),
			[]string{"warning" + at +
				"4 a token of bob has the same secret as one of alice"}},
		{"one secret for two tokens of a user", users(user("alice", good, "4917") +
			user("alice/travel", good, "4917")), nil},
		{"keys of TOTP", users("[a]\ntype = totp\n" +
			"secret = GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ\n[b]\ntype = totp\n" +
			"secret = MFRGGZDFMZTWQ2LK\n[c]\ntype = totp\n" +
			"secret = KRUGKIDROVUWG2ZAMJZG653OEBTG66BA\npin = 4917\n[d]\n" +
			"type = totp\nsecret = JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP\npin = 4917\n"),
			[]string{
				"error" + at + "1 the secret of a stands in the documentation",
				"warning" + at + "4 the secret of b has fewer than 16 bytes",
				"error" + at + "11 the secret of d stands in the documentation",
				"note" + at + "0 2 tokens without a PIN",
			}},
		{"a name that is not to be printed", users(user("a\x1bb", good, "123")),
			[]string{"warning" + at + `1 the PIN of "a\x1bb" is shorter`}},
	})
}

func TestLimits(t *testing.T) {
	t.Parallel()
	const at = "note table /etc/pam.d/sudo:1 maxtries=5, while /etc/security/motp.conf locks " +
		"after 8"
	findAll(t, []sickness{
		{"another limit than the table's", auth("auth requisite pam_motp.so maxtries=5\n"),
			[]string{at}},
		{"the table's own limit", auth("auth requisite pam_motp.so maxtries=8\n"), nil},
		{"another than the table sets", func(p *patient) {
			users("max_failures = 5\n[alice]\nsecret = 5a1f0c9be27d4836\npin = 4917\n")(
				p)
			auth("auth requisite pam_motp.so maxtries=5\n")(p)
			p.file("/etc/pam.d/cron",
				"auth requisite pam_motp.so maxtries=8\naccount required "+
					"pam_permit.so\n", 0o644)
		}, []string{"note table /etc/pam.d/cron:1 maxtries=8, while " +
			"/etc/security/motp.conf locks after 5"}},
		{"of no table that can be read", func(p *patient) {
			auth("auth requisite pam_motp.so maxtries=5 conf=/etc/gone.conf\n")(p)
		}, []string{"error table /etc/gone.conf:0 nobody gets in: cannot open"}},
	})
}
