package doctor

import "testing"

// sudo is changed in these tests: its file may say anything, and nothing else depends on it.
const sudoFile = "/etc/pam.d/sudo"

// auth writes sudo's file with these lines for auth.
func auth(lines string) func(*patient) {
	return func(p *patient) {
		p.file(sudoFile, lines+"account required pam_permit.so\n", 0o644)
	}
}

func TestPAMServices(t *testing.T) {
	t.Parallel()
	const at = " PAM services /etc/pam.d/sudo:"
	findAll(t, []sickness{
		{"a password and a code",
			auth("@include common-auth\nauth requisite pam_motp.so\n"), nil},
		{"a code and a password", auth("auth required pam_motp.so\n" +
			"auth required pam_unix.so\n"), nil},
		{"root without a code", auth("auth sufficient pam_rootok.so\n" +
			"auth requisite pam_motp.so\n"), nil},
		{"through a fragment, told once for every service", func(p *patient) {
			p.file("/etc/pam.d/common-auth",
				"auth optional pam_motp.so\nauth required pam_permit.so\n", 0o644)
			p.file(sudoFile, "@include common-auth\n@include common-account\n", 0o644)
			p.file("/etc/pam.d/cron",
				"@include common-auth\n@include common-account\n", 0o644)
		}, []string{
			`error PAM services /etc/pam.d/common-auth:1 cron, sudo: anybody gets ` +
				`in, whatever is typed for a code: "optional" does not end the ` +
				`stack`}},
		{"sufficient, and nothing that denies",
			auth("auth sufficient pam_motp.so\nauth required pam_permit.so\n"),
			[]string{"error" + at + `1 sudo: anybody gets in, whatever is typed for ` +
				`a code: "sufficient"`}},
		{"a module without an opinion is not enough",
			auth("auth sufficient pam_motp.so\nauth optional pam_group.so\n"), nil},
		{"sufficient, before a password",
			auth("auth sufficient pam_motp.so\n@include common-auth\n"),
			[]string{"warning" + at + "1 sudo: the Unix password (pam_unix) is " +
				"enough, whatever is typed for a code"}},
		{"optional, after a password",
			auth("auth required pam_unix.so\nauth optional pam_motp.so\n"),
			[]string{"warning" + at + "2 sudo: the Unix password (pam_unix) is " +
				"enough, whatever is typed for a code"}},
		{"failures that are ignored",
			auth("auth required pam_permit.so\n" +
				"auth [success=ok auth_err=die user_unknown=die default=ignore] " +
				"pam_motp.so\n"),
			[]string{"error" + at +
				"2 sudo: anybody gets in when the table or the record cannot be " +
				"read, an option or a setting is mistyped, the program cannot " +
				"ask and the module is missing"}},
		{"users who are not in the table",
			auth("auth required pam_unix.so\n" +
				"auth [success=ok user_unknown=ignore default=die] pam_motp.so\n"),
			[]string{"note" + at + "2 sudo: for who is not in the table, the Unix " +
				"password (pam_unix) is enough"}},
		{"anybody who is not in the table",
			auth("auth required pam_permit.so\n" +
				"auth [success=ok user_unknown=ignore default=die] pam_motp.so\n"),
			[]string{"error" + at + "2 sudo: anybody who is not in the table gets in"}},
		{"nullok after a password", auth("auth required pam_unix.so\n" +
			"auth requisite pam_motp.so nullok\n"),
			[]string{"note" + at + "2 sudo: nullok: for who is not in the table, " +
				"the Unix password (pam_unix) is enough"}},
		{"nullok and nothing else", auth("auth requisite pam_motp.so nullok\n" +
			"auth required pam_permit.so\n"),
			[]string{"error" + at +
				"1 sudo: nullok: anybody who is not in the table gets in"}},
		{"grace and exempt after a password", auth("auth required pam_unix.so\n" +
			"auth requisite pam_motp.so grace=8h exempt=192.0.2.0/24\n"), []string{
			"note" + at + "2 sudo: exempt: for who comes from its networks, the Unix " +
				"password (pam_unix) is enough",
			"note" + at + "2 sudo: grace: for who comes from where a code came from " +
				"a short time ago, the Unix password (pam_unix) is enough"}},
		{"grace and nothing else", auth("auth requisite pam_motp.so grace=8h\n" +
			"auth required pam_permit.so\n"), []string{"error" + at +
			"1 sudo: grace: anybody who comes from where a code came from a short " +
			"time ago gets in"}},
		{"exempt and nothing else", auth("auth requisite pam_motp.so exempt=::/0\n" +
			"auth required pam_permit.so\n"), []string{"error" + at +
			"1 sudo: exempt: anybody who comes from its networks gets in"}},
		{"nullok=quiet and nothing else", auth("auth requisite pam_motp.so nullok=quiet\n" +
			"auth required pam_permit.so\n"), []string{"error" + at +
			"1 sudo: nullok: anybody who is not in the table gets in"}},
		{"forward_pass, told by time", auth("auth requisite pam_motp.so forward_pass\n" +
			"auth required pam_unix.so use_first_pass\n"), []string{"note" + at +
			"1 forward_pass, and the stack ends or jumps at a wrong code"}},
		{"forward_pass", auth("auth required pam_motp.so forward_pass\n" +
			"auth required pam_unix.so use_first_pass\n"), nil},
		{"forward_pass, told by a delay", auth("auth required pam_motp.so forward_pass " +
			"nodelay\nauth required pam_unix.so use_first_pass\n"), []string{"note" +
			at + "1 forward_pass and nodelay, and pam_unix below " +
			"(/etc/pam.d/sudo:2) waits two seconds"}},
		{"forward_pass without delays", auth("auth required pam_motp.so forward_pass " +
			"nodelay\nauth required pam_unix.so use_first_pass nodelay\n"), nil},
		{"forward_pass, and the password never waits", auth("auth required pam_motp.so " +
			"forward_pass\nauth required pam_unix.so use_first_pass nodelay\n"), nil},
		{"forward_pass, and everybody waits", auth("auth optional pam_faildelay.so " +
			"delay=2000000\nauth required pam_motp.so forward_pass nodelay\n" +
			"auth required pam_unix.so use_first_pass\n"), nil},
		{"let in before", auth("auth sufficient pam_permit.so\n" +
			"auth requisite pam_motp.so\n"), []string{
			"error" + at + "2 sudo: anybody gets in without a code",
			"error" + at + "2 sudo: nobody gets in with a code",
		}},
		{"jumped over", auth("auth [success=1 default=ignore] pam_unix.so\n" +
			"auth requisite pam_motp.so\nauth required pam_permit.so\n"),
			[]string{"warning" + at + "2 sudo: the Unix password (pam_unix) is " +
				"enough, and no code is asked for"}},
		{"an exemption after a password",
			auth("auth required pam_unix.so\n" +
				"auth [success=1 default=ignore] pam_succeed_if.so user ingroup " +
				"nocode\nauth requisite pam_motp.so\n"),
			[]string{"note" + at + "3 sudo: the Unix password (pam_unix) and the " +
				"condition of pam_succeed_if are enough, and no code is asked"}},
		{"an exemption from everything",
			auth("auth sufficient pam_succeed_if.so user ingroup nocode\n" +
				"auth requisite pam_motp.so\n"),
			[]string{"warning" + at + "2 sudo: the condition of pam_succeed_if is " +
				"enough, and no code is asked for"}},
		{"nobody gets in", auth("auth requisite pam_motp.so\nauth required pam_deny.so\n"),
			[]string{"error" + at + "1 sudo: nobody gets in with a code"}},
		{"twice", auth("auth requisite pam_motp.so\nauth requisite pam_motp.so\n"),
			[]string{"warning" + at + "2 sudo: pam_motp.so stands 2 times"}},
		{"not in auth", auth("account required pam_motp.so\n"),
			[]string{"warning" + at +
				"0 names pam_motp.so, but not in a line that begins with auth"}},
		{"a mistyped option, and another",
			auth("auth requisite pam_motp.so nulok conf=x\n"), []string{
				"error" + at + "1 every login is refused (PAM_SERVICE_ERR): " +
					"option nulok is unknown",
				"error" + at + "1 every login is refused (PAM_SERVICE_ERR): " +
					"option conf must be a path",
			}},
		{"use_first_pass, and no first",
			auth("auth requisite pam_motp.so use_first_pass\n"),
			[]string{"error" + at + "1 use_first_pass, and no module above it asks"}},
		{"use_first_pass, after one that looks for an earlier one",
			auth("auth required pam_unix.so try_first_pass\n" +
				"auth requisite pam_motp.so use_first_pass\n"), nil},
		{"a path", auth("auth requisite /opt/pam_motp.so\n"),
			[]string{"note" + at + "1 names the module by a path, /opt/pam_motp.so"}},
		{"a mistyped control", auth("auth requisit pam_motp.so\n"),
			[]string{"error" + at + `1 PAM refuses everyone who gets to this line: ` +
				`"requisit" is no control`}},
		{"a missing include", auth("@include common-ahth\nauth requisite pam_motp.so\n"),
			[]string{"error" + at +
				"1 nobody gets in by sudo: the line includes common-ahth"}},
		{"no account lines, and others that refuse", func(p *patient) {
			p.file(sudoFile, "auth requisite pam_motp.so\n", 0o644)
			p.file("/etc/pam.d/other",
				"auth required pam_deny.so\naccount required pam_deny.so\n", 0o644)
		}, []string{"error" + at + "0 has no account line, and /etc/pam.d/other refuses " +
			"everyone"}},
		{"no account lines, and others that agree", func(p *patient) {
			p.file(sudoFile, "auth requisite pam_motp.so\n", 0o644)
			p.file("/etc/pam.d/other", "@include common-account\n", 0o644)
		}, nil},
		{"no account lines at all", func(p *patient) {
			p.file(sudoFile, "auth requisite pam_motp.so\n", 0o644)
		}, []string{"error" + at + "0 has no account line, nor is there"}},
		{"account lines that refuse", func(p *patient) {
			p.file(sudoFile, "auth requisite pam_motp.so\n"+
				"account required pam_deny.so\n", 0o644)
		},
			[]string{"error" + at + "0 its account lines refuse everyone"}},
		{"others can write a file", func(p *patient) {
			p.must(chmod(p, sudoFile, 0o664))
		}, []string{"error" + at + "0 others than root can change it"}},
		{"others can write an included file", func(p *patient) {
			p.must(chmod(p, "/etc/pam.d/common-account", 0o646))
		},
			[]string{"error PAM services /etc/pam.d/common-account:0 others than " +
				"root can change it"}},
		{"the predecessor", func(p *patient) {
			p.file("/etc/pam.d/ftp", "auth required pam_mobile_otp.so\n", 0o644)
		}, []string{"note PAM services /etc/pam.d/ftp:1 still names pam_mobile_otp.so"}},
		{"one table, two memories", func(p *patient) {
			auth("auth requisite pam_motp.so state=/var/lib/other\n")(p)
			p.folder("/var/lib/other", 0o700)
		}, []string{"error PAM services /etc/security/motp.conf:0 services remember the " +
			"used codes of this table in different folders, /var/lib/motp and " +
			"/var/lib/other"}},
		{"another table is looked at, too", func(p *patient) {
			auth("auth requisite pam_motp.so conf=/etc/motp/users\n")(p)
		}, []string{"error table /etc/motp/users:0 nobody gets in: cannot open"}},
	})
}
