package doctor

import (
	"os"
	"strings"
	"testing"
)

// prints makes sshd print other settings: old and new by turns.
func prints(changes ...string) func(*patient) {
	return func(p *patient) {
		text := healthySSHD
		for i := 0; i < len(changes); i += 2 {
			if !strings.Contains(text, changes[i]) {
				p.Fatalf("no %q", changes[i])
			}
			text = strings.Replace(text, changes[i], changes[i+1], 1)
		}
		p.System.SSHD = func(string) (string, error) { return text, nil }
	}
}

// twoQuestions has sshd's service ask for the password before the code.
func twoQuestions(p *patient) {
	p.change("/etc/pam.d/sshd", "auth       requisite    pam_motp.so",
		"auth required pam_unix.so\nauth requisite pam_motp.so")
}

func TestSSHD(t *testing.T) {
	t.Parallel()
	const at = " sshd /etc/ssh/sshd_config:0 "
	const methods = "authenticationmethods any"
	findAll(t, []sickness{
		{"no PAM", prints("usepam yes", "usepam no"), []string{"error" + at + "UsePAM no"}},
		{"never asks", prints("kbdinteractiveauthentication yes",
			"kbdinteractiveauthentication no"),
			[]string{"error" + at + "KbdInteractiveAuthentication and " +
				"PasswordAuthentication are both off"}},
		{"the old name of the setting",
			prints("kbdinteractiveauthentication yes",
				"challengeresponseauthentication yes"), nil},
		{"passwords, too", prints("passwordauthentication no",
			"passwordauthentication yes"),
			[]string{"warning" + at +
				"PasswordAuthentication yes: after a refused code"}},
		{"passwords, for two questions", func(p *patient) {
			prints("passwordauthentication no", "passwordauthentication yes")(p)
			twoQuestions(p)
		}, []string{"warning" + at + "PasswordAuthentication yes, and PAM asks more than " +
			"once"}},
		{"passwords only, for two questions", func(p *patient) {
			prints("kbdinteractiveauthentication yes",
				"kbdinteractiveauthentication no", "passwordauthentication no",
				"passwordauthentication yes")(p)
			twoQuestions(p)
		}, []string{"error" + at + "sshd asks PAM by PasswordAuthentication alone, which " +
			"has one answer for all questions, and PAM asks more than one: nobody " +
			"who is asked gets in | KbdInteractiveAuthentication yes and " +
			"PasswordAuthentication no, which \"motp setup sshd-password-first\""}},
		{"passwords only, for one", prints("kbdinteractiveauthentication yes",
			"kbdinteractiveauthentication no", "passwordauthentication no",
			"passwordauthentication yes"), []string{"warning" + at +
			"PasswordAuthentication yes: after a refused code"}},
		{"a key and a password, for two questions", func(p *patient) {
			prints("passwordauthentication no", "passwordauthentication yes", methods,
				"authenticationmethods publickey,password")(p)
			twoQuestions(p)
		}, []string{"error" + at + "sshd asks PAM by PasswordAuthentication alone"}},
		{"a password or questions, for two", func(p *patient) {
			prints("passwordauthentication no", "passwordauthentication yes", methods,
				"authenticationmethods password keyboard-interactive:pam")(p)
			twoQuestions(p)
		}, []string{"warning" + at + "PasswordAuthentication yes, and PAM asks more"}},
		{"a key alone", prints("pubkeyauthentication no", "pubkeyauthentication yes"),
			[]string{"note" + at + "a key alone lets in"}},
		{"a key and a code", prints("pubkeyauthentication no", "pubkeyauthentication yes",
			methods, "authenticationmethods publickey,keyboard-interactive:pam"), nil},
		{"a key and a code, or a key",
			prints(methods, "authenticationmethods "+
				"publickey,keyboard-interactive:pam publickey"),
			[]string{"note" + at +
				"AuthenticationMethods publickey lets in without a code"}},
		{"keys only", prints(methods, "authenticationmethods publickey"), []string{
			"note" + at + "AuthenticationMethods publickey lets in without a code",
			"error" + at + "AuthenticationMethods names neither keyboard-interactive " +
				"nor password",
		}},
		{"a method that is off", prints(methods,
			"authenticationmethods password"), []string{
			"note" + at + "AuthenticationMethods password lets in without a code",
			"error" + at + "AuthenticationMethods names neither",
		}},
		{"a configuration with a mistake", func(p *patient) {
			p.System.SSHD = func(string) (string, error) {
				return "", complaintOf("line 3: Bad configuration option")
			}
		}, []string{"error" + at + "sshd does not take its configuration: line 3"}},
		{"not running, with a socket", func(p *patient) {
			p.System.SSHD = func(string) (string, error) {
				return "", complaintOf("Missing privilege separation directory: " +
					"/run/sshd")
			}
		}, []string{"note" + at + "sshd cannot be asked while it does not run"}},
		{"a block for some", func(p *patient) {
			p.file("/etc/ssh/sshd_config",
				"#Match User a\nUsePAM yes\nmatch user backup\n  UsePAM no\n",
				0o644)
			p.change("/etc/ssh/sshd_config", "#Match",
				"Include /etc/ssh/sshd_config.d/*.conf\n#Match")
			p.file("/etc/ssh/sshd_config.d/x.conf", "Match all\n", 0o644)
		}, []string{"note sshd /etc/ssh/sshd_config:4 for whom this holds",
			"note sshd /etc/ssh/sshd_config.d/x.conf:1 for whom this holds"}},
		{"a setting where it stands", func(p *patient) {
			prints("usepam yes", "usepam no")(p)
			p.file("/etc/ssh/sshd_config.d/x.conf",
				"# UsePAM no\n\tusepam = no\n", 0o644)
		}, []string{"error sshd /etc/ssh/sshd_config.d/x.conf:2 UsePAM no"}},
		{"a setting outside of blocks", func(p *patient) {
			prints("usepam yes", "usepam no")(p)
			p.file("/etc/ssh/sshd_config",
				"Include sshd_config.d/*.conf\nUsePAM no\n", 0o644)
			p.file("/etc/ssh/sshd_config.d/x.conf",
				"Match User a\n\tUsePAM yes\n", 0o644)
		}, []string{"error sshd /etc/ssh/sshd_config:2 UsePAM no"}},
		{"not installed", func(p *patient) {
			p.System.SSHD = func(string) (string, error) {
				return "", ErrNoProgram
			}
		}, nil},
		{"not for codes", func(p *patient) {
			prints("usepam yes", "usepam no")(p)
			p.file("/etc/pam.d/sshd",
				"@include common-auth\n@include common-account\n", 0o644)
		}, nil},
		{"nullok", func(p *patient) {
			p.file("/etc/pam.d/sshd",
				"auth requisite pam_motp.so nullok\n"+
					"account required pam_permit.so\n", 0o644)
		}, nil}, // who is not in the table has nobody else to be let in by
	})
}

// Each sshd writes its keywords as it likes. What it writes here is what both print for one
// configuration, but for lists of algorithms.
func TestSSHDOfEachVersion(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"openssh-9.2", "openssh-10.6"} {
		output, err := os.ReadFile("testdata/" + name)
		if err != nil {
			t.Fatal(err)
		}
		c := parseSSHD(string(output))
		for _, is := range [][2]string{{"usepam", "yes"},
			{"kbdinteractiveauthentication", "yes"},
			{"passwordauthentication", "yes"}, {"pubkeyauthentication", "yes"}} {
			if !c.is(is[0], is[1]) {
				t.Errorf("%s: %s is %q, want %q", name, is[0], c[is[0]], is[1])
			}
		}
		if !c.codeOnly() {
			t.Errorf("%s: %q does not ask for a code", name, c.lists())
		}
	}
	upper := func(p *patient) {
		capitals := strings.NewReplacer("usepam", "UsePAM", "kbdinteractive",
			"KbdInteractive")
		text := capitals.Replace(healthySSHD)
		p.System.SSHD = func(string) (string, error) {
			return strings.ToUpper(text[:20]) + text[20:], nil
		}
	}
	findAll(t, []sickness{{"keywords in capitals", upper, nil}})
}

// keysAndCodes is a server that wants both, on a machine with people.
func keysAndCodes(root string, causes ...func(*patient)) func(*patient) {
	return with(func(p *patient) {
		prints("pubkeyauthentication no", "pubkeyauthentication yes\npermitrootlogin "+root+
			"\nauthorizedkeysfile .ssh/authorized_keys /etc/ssh/keys/%u",
			"authenticationmethods any",
			"authenticationmethods publickey,keyboard-interactive:pam")(p)
		p.change("/etc/shadow", "carol:$y$j9T$abc:", "carol:!:")
		both(causes...)(p)
	}, "carol")
}

func key(file string) func(*patient) {
	return func(p *patient) { p.file(file, "# a key\nssh-ed25519 AAAA somebody\n", 0o600) }
}

// holds makes sshd print something else for a user.
func holds(name, old, text string) func(*patient) {
	return func(p *patient) {
		p.file("/etc/ssh/sshd_config.d/x.conf", "Match User "+name+"\n", 0o644)
		all, err := p.System.SSHD("")
		p.must(err)
		p.System.SSHD = func(user string) (string, error) {
			if user == name {
				return strings.Replace(all, old, text, 1), nil
			}
			return all, nil
		}
	}
}

func TestSSHDForWhom(t *testing.T) {
	t.Parallel()
	const (
		at   = " sshd /etc/ssh/sshd_config:0 "
		root = "warning" + at + "PermitRootLogin prohibit-password refuses root with a " +
			"right key and a right code"
		carol   = "warning" + at + "carol has a key and is not in the table"
		block   = "note sshd /etc/ssh/sshd_config.d/x.conf:1 for whom this holds"
		methods = "authenticationmethods publickey,keyboard-interactive:pam"
		keyFile = "/home/carol/.ssh/authorized_keys"
	)
	findAll(t, []sickness{
		{"root by key, and a code", keysAndCodes("prohibit-password"), []string{root}},
		{"under its old name", keysAndCodes("without-password"), []string{root}},
		{"root at all", keysAndCodes("no"), nil},
		{"root, by both", keysAndCodes("yes"), nil},
		{"a block for root", keysAndCodes("prohibit-password",
			holds("root", "permitrootlogin prohibit-password", "permitrootlogin yes")),
			[]string{block}},
		{"a block that lets root in by key", keysAndCodes("prohibit-password",
			holds("root", methods, "authenticationmethods publickey")),
			[]string{block}},
		{"both in a block for root", func(p *patient) {
			keysAndCodes("prohibit-password")(p)
			text, _ := p.System.SSHD("")
			anybodys := strings.Replace(text, methods, "authenticationmethods any", 1)
			p.System.SSHD = func(user string) (string, error) {
				if user == "root" {
					return text, nil
				}
				return anybodys, nil
			}
			p.file("/etc/ssh/sshd_config.d/x.conf",
				"Match User root\n\tAuthenticationMethods x\n", 0o644)
		}, []string{block, "note" + at + "a key alone lets in",
			strings.Replace(root, "sshd_config:0",
				"sshd_config.d/x.conf:2", 1)}},
		{"a code alone", func(p *patient) {
			keysAndCodes("prohibit-password")(p)
			text, _ := p.System.SSHD("")
			p.System.SSHD = func(string) (string, error) {
				return strings.Replace(text, "publickey,", "", 1), nil
			}
		}, []string{root}},
		{"where the setting stands", keysAndCodes("prohibit-password", func(p *patient) {
			p.file("/etc/ssh/sshd_config", "UsePAM yes\nAuthenticationMethods "+
				"publickey,keyboard-interactive\n", 0o644)
		}), []string{strings.Replace(root, ":0", ":2", 1)}},
		{"a key of who is not in the table", keysAndCodes("no", key(keyFile)),
			[]string{carol}},
		{"a key in another place", keysAndCodes("no", key("/etc/ssh/keys/carol")),
			[]string{carol}},
		{"no key", keysAndCodes("no", func(p *patient) {
			p.file(keyFile, "# none\n\n", 0o600)
		}), nil},
		{"a block for who has no code", keysAndCodes("no", key(keyFile),
			holds("carol", methods, "authenticationmethods publickey")),
			[]string{block}},
		{"a block for somebody else", keysAndCodes("no", key(keyFile),
			holds("dave", methods, "authenticationmethods publickey")),
			[]string{carol, block}},
		{"a key of who is in the table",
			keysAndCodes("no", key("/home/alice/.ssh/authorized_keys")),
			nil},
		{"root has a key and no code",
			keysAndCodes("yes", key("/root/.ssh/authorized_keys"),
				without("root"), users(strings.Split(table, "[root]")[0])),
			append(told("warning sshd sshd: root has a password and is not in the "+
				"table"),
				"warning"+at+"root has a key and is not in the table")},
		{"who is not in the table needs none",
			keysAndCodes("no", key(keyFile), func(p *patient) {
				p.change("/etc/pam.d/sshd", "auth       requisite    pam_motp.so",
					"@include common-auth\nauth requisite pam_motp.so nullok")
			}), []string{"note PAM services /etc/pam.d/sshd:" + exampleLine("sshd", 1) +
				" sshd: nullok"}},
		{"another service", func(p *patient) {
			prints("usepam yes", "PAMServiceName motp-ssh\nusepam no")(p)
			p.file("/etc/pam.d/motp-ssh",
				"auth requisite pam_motp.so\naccount required pam_permit.so\n",
				0o644)
			p.file("/etc/pam.d/sshd",
				"@include common-auth\n@include common-account\n", 0o644)
		}, []string{"error" + at + "UsePAM no"}},
	})
}
