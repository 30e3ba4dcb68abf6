package doctor

import (
	"errors"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/pam-motp/pam-motp/conf"
	"github.com/pam-motp/pam-motp/motp"
)

// inhabit gives the patient people, as Debian's adduser does: all have a password, and root as
// well. Those of the table are there; alice may become root.
func inhabit(p *patient, more ...string) {
	passwd := "root:x:0:0:root:/root:/bin/bash\n" +
		"www-data:x:33:33::/var/www:/usr/sbin/nologin\n" +
		"nobody:x:65534:65534::/nonexistent:/usr/sbin/nologin\n"
	shadow := "root:$y$j9T$abc:19000:0:99999:7:::\nwww-data:*:19000:0:99999:7:::\n"
	for i, name := range append([]string{"alice", "bob"}, more...) {
		id := string(rune('0' + i))
		passwd += name + ":x:100" + id + ":100" + id + "::/home/" + name + ":/bin/bash\n"
		shadow += name + ":$y$j9T$abc:19000:0:99999:7:::\n"
	}
	p.file("/etc/passwd", passwd, 0o644)
	p.file("/etc/shadow", shadow, 0o640)
	p.file("/etc/group", "root:x:0:\nsudo:x:27:alice\n", 0o644)
	p.file("/etc/sudoers", "Defaults env_reset\nroot ALL=(ALL:ALL) ALL\n"+
		"%sudo ALL=(ALL:ALL) ALL\n@includedir /etc/sudoers.d\n", 0o440)
}

// with is a cause on a machine with people.
func with(cause func(*patient), more ...string) func(*patient) {
	return func(p *patient) { inhabit(p, more...); cause(p) }
}

func nothing(*patient) {}

// without takes somebody out of the table.
func without(name string) func(*patient) {
	return func(p *patient) {
		text, err := os.ReadFile(p.path(conf.DefaultPath))
		p.must(err)
		before, after, found := strings.Cut(string(text), "["+name+"]\n")
		if !found {
			p.Fatalf("%s is not in the table", name)
		}
		_, rest, _ := strings.Cut(after, "\n\n")
		p.file(conf.DefaultPath, before+rest, 0o600)
	}
}

// both are two causes.
func both(causes ...func(*patient)) func(*patient) {
	return func(p *patient) {
		for _, c := range causes {
			c(p)
		}
	}
}

func disable(name string) func(*patient) {
	return func(p *patient) {
		p.change(conf.DefaultPath, "["+name+"]\n", "["+name+"]\ndisabled = yes\n")
	}
}

// lock is eight wrong codes.
func lock(name string) func(*patient) {
	return func(p *patient) {
		for _, typed := range strings.Fields("000001 000002 000003 000004 000005 000006 " +
			"000007 000008") {
			user := alice
			if user.Name = name; name == "root" {
				user.Tokens = []motp.Token{
					{Secret: "c41d7e0b95a26f38", PIN: "6172"}}
			}
			p.record(user, typed, noon)
		}
	}
}

const atTable = " accounts /etc/security/motp.conf:"

// exampleLine is where the module stands in a service's example, or some lines below it.
func exampleLine(service string, below int) string {
	text, err := os.ReadFile("../../examples/pam.d/" + service)
	if err != nil {
		panic(err)
	}
	before, _, _ := strings.Cut(string(text), "\nauth       requisite    pam_motp.so")
	return strconv.Itoa(strings.Count(before, "\n") + 2 + below)
}

// told are the findings at the lines of the module in the examples: "warning login text".
func told(findings ...string) []string {
	var all []string
	for _, f := range findings {
		words := strings.SplitN(f, " ", 3)
		place := "/etc/pam.d/" + words[1] + ":" + exampleLine(words[1], 0)
		all = append(all, words[0]+" accounts "+place+" "+words[2])
	}
	return all
}

func TestLockouts(t *testing.T) {
	t.Parallel()
	const (
		lockedRoot = "root:$y$j9T$abc:"
		locked     = "note records /var/lib/motp:0 1 user locked"
	)
	rootOut := func(severity, why string) []string {
		return told(severity+" login login: root "+why+": root cannot log in on a console",
			severity+" su su, su-l: root "+why+": it makes nobody root")
	}
	const carol = "carol has a password and is not in the table: the password lets in no more"
	carolOut := told("warning login login: "+carol, "warning sshd sshd: "+carol)
	findAll(t, []sickness{
		{"as it should be", with(nothing), nil},
		{"root is not in the table", with(without("root")),
			rootOut("warning", "is not in the table")},
		{"root is disabled", with(disable("root")), rootOut("warning", "is disabled")},
		{"root is locked", with(lock("root")),
			append(rootOut("warning", "is locked"), locked)},
		{"root has no password, and alice has sudo", with(func(p *patient) {
			without("root")(p)
			p.change("/etc/shadow", lockedRoot, "root:*:")
		}), rootOut("note", "is not in the table")},
		{"root has no password, and alice, who has sudo, is disabled",
			with(func(p *patient) {
				without("root")(p)
				disable("alice")(p)
				p.change("/etc/shadow", lockedRoot, "root:!:")
			}), append(rootOut("warning", "is not in the table"), told(
				"error sudo sudo: nobody who is allowed to use it can: alice is "+
					"disabled",
				"error sudo-i sudo-i: nobody who is allowed to use it can: alice "+
					"is disabled")...)},
		{"root is not in the table, which nobody asks", with(func(p *patient) {
			without("root")(p)
			users("")(p)
			p.file(conf.DefaultPath, strings.Split(table, "[root]")[0], 0o600)
		}), nil},
		{"root is let in by a password instead", with(func(p *patient) {
			without("root")(p)
			for _, service := range []string{"login", "su"} {
				p.change("/etc/pam.d/"+service, "requisite    pam_motp.so",
					"sufficient pam_unix.so\nauth requisite pam_motp.so")
			}
		}), func() []string {
			ways := "warning PAM services /etc/pam.d/"
			return []string{ways + "login:" + exampleLine("login", 1) +
				" login: the Unix password (pam_unix) is enough, and",
				ways + "su:" + exampleLine("su", 1) +
					" su, su-l: the Unix password (pam_unix) is enough, and"}
		}()},
		{"rootpw", with(func(p *patient) {
			without("root")(p)
			p.file("/etc/pam.d/login", "account required pam_permit.so\n", 0o644)
			p.remove("/etc/pam.d/su")
			p.remove("/etc/pam.d/su-l")
			p.file("/etc/sudoers.d/local", "Defaults rootpw\n", 0o440)
		}), told("warning sudo sudo: root is not in the table: sudo asks for root's code",
			"warning sudo-i sudo-i: root is not in the table: sudo-i asks for root's "+
				"code")},
		{"a member of sudo who is not", with(func(p *patient) {
			p.change("/etc/group", "alice", "alice,carol")
		}, "carol"), append(told("warning sudo sudo: carol is allowed to use it, and is "+
			"not in the table",
			"warning sudo-i sudo-i: carol is allowed to use it, and is not in the "+
				"table"), carolOut...)},
		{"whose first group is sudo", with(func(p *patient) {
			p.change("/etc/passwd", "carol:x:1002:1002:", "carol:x:1002:27:")
			p.change("/etc/shadow", "carol:$y$j9T$abc:", "carol:!:")
		}, "carol"), told("warning sudo sudo: carol is allowed to use it, and is not in "+
			"the table",
			"warning sudo-i sudo-i: carol is allowed to use it, and is not in the "+
				"table")},
		{"named in sudoers, by an alias and in a file beside it", with(func(p *patient) {
			p.file("/etc/sudoers.d/local",
				"User_Alias OPS = bob, carol # who\nOPS ALL = (root) /bin/ls, "+
					"\\\n /bin/cat\n", 0o440)
			p.change("/etc/shadow", "carol:$y$j9T$abc:", "carol:!:")
		}, "carol"), told("warning sudo sudo: carol is allowed to use it, and is not in "+
			"the table",
			"warning sudo-i sudo-i: carol is allowed to use it, and is not in the "+
				"table")},
		{"who is not asked", with(func(p *patient) {
			p.file("/etc/sudoers.d/local", "carol ALL=(ALL) NOPASSWD: ALL\n", 0o440)
			p.change("/etc/shadow", "carol:$y$j9T$abc:", "carol:!:")
		}, "carol"), nil},
		{"nobody is asked", with(func(p *patient) {
			p.file("/etc/sudoers.d/local",
				"Defaults !authenticate\ncarol ALL=(ALL) ALL\n", 0o440)
			p.change("/etc/shadow", "carol:$y$j9T$abc:", "carol:!:")
		}, "carol"), nil},
		{"no sudoers that can be read", with(func(p *patient) {
			p.remove("/etc/sudoers")
			p.change("/etc/group", "sudo:x:27:alice", "wheel:x:27:alice,carol")
			p.change("/etc/shadow", "carol:$y$j9T$abc:", "carol:!:")
		}, "carol"), told("warning sudo sudo: carol is allowed to use it, and is not in "+
			"the table",
			"warning sudo-i sudo-i: carol is allowed to use it, and is not in the "+
				"table")},
		{"a user with a password", with(nothing, "carol"), carolOut},
		{"two of them", with(nothing, "carol", "dave"), told(
			"warning login login: carol and dave have a password and are not in the "+
				"table",
			"warning sshd sshd: carol and dave have a password and are not in the "+
				"table")},
		{"without a password", with(func(p *patient) {
			p.change("/etc/shadow", "carol:$y$j9T$abc:", "carol:!$y$j9T$abc:")
		}, "carol"), nil},
		{"with a password and no shell", with(func(p *patient) {
			p.change("/etc/passwd", "/home/carol:/bin/bash",
				"/home/carol:/usr/sbin/nologin")
		}, "carol"), nil},
		{"with a password, and expired", with(func(p *patient) {
			p.change("/etc/shadow", "carol:$y$j9T$abc:19000:0:99999:7:::",
				"carol:$y$j9T$abc:19000:0:99999:7::1:")
		}, "carol"), nil},
		{"with a key that is enough for sshd", with(func(p *patient) {
			prints("pubkeyauthentication no", "pubkeyauthentication yes")(p)
			p.file("/home/carol/.ssh/authorized_keys",
				"ssh-ed25519 AAAA carol\n", 0o600)
		}, "carol"), append(told("warning login login: "+carol),
			"note sshd /etc/ssh/sshd_config:0 a key alone")},
		{"root, by ssh", with(both(without("root"),
			prints("usepam yes", "usepam yes\npermitrootlogin yes"))),
			append(rootOut("warning", "is not in the table"),
				told("warning sshd sshd: root has a password and is not in the "+
					"table")...)},
		{"nullok lets in who is not in the table", with(func(p *patient) {
			for _, service := range []string{"login", "sshd"} {
				p.change("/etc/pam.d/"+service,
					"auth       requisite    pam_motp.so",
					"@include common-auth\nauth requisite pam_motp.so nullok")
			}
		}, "carol"), []string{
			"note PAM services /etc/pam.d/login:" + exampleLine("login", 1) +
				" login: nullok",
			"note PAM services /etc/pam.d/sshd:" + exampleLine("sshd", 1) +
				" sshd: nullok",
		}},
		{"everybody is disabled or locked",
			with(both(disable("alice"), lock("bob"), disable("root"))),
			append(append(rootOut("warning", "is disabled"), locked,
				"error"+atTable+"0 nobody in it can log in: alice is disabled, "+
					"bob is locked and root is disabled"),
				told("error sudo sudo: nobody who is allowed to use it can: "+
					"alice is disabled",
					"error sudo-i sudo-i: nobody who is allowed to use it "+
						"can: alice is disabled")...)},
		{"somebody is left", with(both(disable("alice"), lock("bob"), func(p *patient) {
			p.change("/etc/group", "alice", "root")
		})), []string{locked}},
		{"everybody's account has expired, or is none", with(func(p *patient) {
			p.change(conf.DefaultPath, "[bob]", "[bop]")
			without("root")(p)
			users(strings.Replace(strings.Split(table, "[root]")[0], "[bob]",
				"[bop]", 1))(p)
			p.change("/etc/shadow", "alice:$y$j9T$abc:19000:0:99999:7:::",
				"alice:!:19000:0:99999:7::1:")
			p.change("/etc/shadow", "bob:$y$j9T$abc:", "bob:!:")
		}), []string{
			"error" + atTable + "0 nobody in it can log in: alice has an expired " +
				"account and bop has no account",
			"warning" + atTable + "7 bop has no account on this machine",
		}},
		{"everybody may use sudo", with(func(p *patient) {
			p.file("/etc/sudoers", "ALL ALL=(ALL) ALL\n", 0o440)
			p.change("/etc/shadow", "carol:$y$j9T$abc:", "carol:!:")
		}, "carol"), told("warning sudo sudo: carol is allowed to use it, and is not in "+
			"the table",
			"warning sudo-i sudo-i: carol is allowed to use it, and is not in the "+
				"table")},
		{"a name without an account", with(func(p *patient) {
			p.change(conf.DefaultPath, "[bob]", "[bop]")
			p.change("/etc/shadow", "bob:$y$j9T$abc:", "bob:!:")
		}), []string{"warning" + atTable +
			"7 bop has no account on this machine: login, openvpn, " +
			"sshd, su, su-l, sudo and sudo-i refuse"}},
		{"a name without an account, which one service needs not", with(func(p *patient) {
			p.change(conf.DefaultPath, "[bob]", "[bop]")
			p.change("/etc/shadow", "bob:$y$j9T$abc:", "bob:!:")
			p.change("/etc/pam.d/openvpn", "@include common-account",
				"account required pam_motp.so")
		}), []string{"note" + atTable +
			"7 bop has no account on this machine: login, sshd, su"}},
		{"a name in other letters", with(func(p *patient) {
			p.change(conf.DefaultPath, "[bob]", "[Bob]")
			p.change("/etc/shadow", "bob:$y$j9T$abc:", "bob:!:")
		}), []string{"warning" + atTable + "7 Bob has no account on this machine"}},
		{"accounts that come from elsewhere, and nobody to ask", with(func(p *patient) {
			p.file("/etc/nsswitch.conf", "passwd: files sss\n", 0o644)
			p.change(conf.DefaultPath, "[bob]", "[bop]")
			p.change("/etc/shadow", "bob:$y$j9T$abc:", "bob:!:")
		}), nil},
		{"accounts that come from elsewhere, of whom one is not there",
			with(func(p *patient) {
				p.file("/etc/nsswitch.conf", "passwd: files sss\n", 0o644)
				p.System.Account = func(name string) (string, error) {
					if name == "bop" {
						return name, nil
					}
					return "", nil
				}
				p.change(conf.DefaultPath, "[bob]", "[bop]")
				p.change(conf.DefaultPath, "[alice]", "[alise]")
				p.change("/etc/shadow", "bob:$y$j9T$abc:", "bob:!:")
				p.change("/etc/shadow", "alice:$y$j9T$abc:", "alice:!:")
				p.change("/etc/group", "alice", "root")
			}), []string{"warning" + atTable +
				"3 alise has no account on this machine"}},
		{"accounts that come from elsewhere, which is away", with(func(p *patient) {
			p.file("/etc/nsswitch.conf", "passwd: files ldap\n", 0o644)
			p.System.Account = func(string) (string, error) {
				return "", errors.New("away")
			}
			p.change(conf.DefaultPath, "[bob]", "[bop]")
			p.change("/etc/shadow", "bob:$y$j9T$abc:", "bob:!:")
		}), nil},
	})
}
