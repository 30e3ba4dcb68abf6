package hosts

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pam-motp/pam-motp/test/stage"
)

// The two questions that ssh shows: the module's, and the client's own.
const (
	codePrompt     = "OTP: "
	passwordPrompt = "password: "
)

func TestSSHKeyboardInteractive(t *testing.T) {
	t.Parallel()
	stage.TestWays(t, func(t *testing.T, m *stage.Machine) {
		c := setUp(t, m, "sshd")
		must(t, m.StartSSHD())
		playCases(t, m, c, "sshd", sshLogin(m))
	})
}

func TestSSHPassword(t *testing.T) {
	t.Parallel()
	stage.TestWays(t, func(t *testing.T, m *stage.Machine) {
		c := setUp(t, m, "sshd")
		must(t, m.StartSSHD("PasswordAuthentication yes"))
		playCases(t, m, c, "sshd", func(t *testing.T, user, code string) attempt {
			cmd := m.SSH(user, whoAmI, "PreferredAuthentications=password",
				"NumberOfPasswordPrompts=1")
			return talk(t, cmd, user, answer{passwordPrompt, code})
		})
	})
}

// A client may try both ways in one connection: keyboard-interactive first, as all do unless told
// otherwise, or password first.
//
// A right code after a refused password is not among the cases: sshd 9.2 then accepts the code and
// ends the connection with "fatal: PAM: pam_setcred()", since the refusal stays in the monitor's
// PAM handle. It does so with pam_unix too.
func TestSSHBothInOneConnection(t *testing.T) {
	t.Parallel()
	stage.Test(t, func(t *testing.T, m *stage.Machine) {
		c := setUp(t, m, "sshd")
		must(t, m.StartSSHD("PasswordAuthentication yes"))
		check := func(t *testing.T, user string, in bool, answers ...answer) {
			t.Helper()
			order := "PreferredAuthentications=keyboard-interactive,password"
			if answers[0].prompt == passwordPrompt {
				order = "PreferredAuthentications=password,keyboard-interactive"
			}
			if got := talk(t, m.SSH(user, whoAmI, order, "NumberOfPasswordPrompts=1"),
				user, answers...).in; got != in {
				t.Errorf("%s logged in: %t instead of %t", user, got, in)
			}
		}

		t.Run("side by side", func(t *testing.T) {
			t.Run("wrong, then right; then used up for both", func(t *testing.T) {
				t.Parallel()
				code := c.Alice.NewCode()
				check(t, c.Alice.Name, true,
					answer{codePrompt, c.Alice.WrongCodes(1)[0]},
					answer{passwordPrompt, code})
				check(t, c.Alice.Name, false, answer{codePrompt, code},
					answer{passwordPrompt, code})
			})
			t.Run("the same wrong code twice counts once", func(t *testing.T) {
				t.Parallel()
				code := c.Bob.WrongCodes(1)[0]
				check(t, c.Bob.Name, false, answer{codePrompt, code},
					answer{passwordPrompt, code})
				check(t, c.Bob.Name, true, answer{codePrompt, code},
					answer{passwordPrompt, c.Bob.NewCode()})
			})
			// two wrong codes lock, whichever way they come by
			locks := func(p *stage.Person, first, second string) {
				t.Run(p.Name+" by "+first+"and "+second, func(t *testing.T) {
					t.Parallel()
					codes := p.WrongCodes(maxFailures)
					check(t, p.Name, false, answer{first, codes[0]},
						answer{second, codes[1]})
					check(t, p.Name, false, answer{first, p.NewCode()},
						answer{second, p.NewCode()})
				})
			}
			locks(c.Carol, codePrompt, passwordPrompt)
			locks(c.Frank, passwordPrompt, codePrompt)
			t.Run("user not in the table", func(t *testing.T) {
				t.Parallel()
				code := c.Alice.WrongCodes(1)[0]
				check(t, stage.Outsider, false, answer{codePrompt, code},
					answer{passwordPrompt, code})
			})
		})
		c.checkLog(t, m, "sshd", map[string][]string{
			c.Alice.Name: {"wrong", "ok", "replay", "replay"},
			c.Bob.Name:   {"wrong", "repeated", "repeated", "ok"},
			c.Carol.Name: {"wrong", "wrong", "locked", "locked"},
			c.Frank.Name: {"wrong", "wrong", "locked", "locked"},
			"?":          {"unknown-user", "unknown-user"},
		})
	})
}

// sshd answers for a name without an account itself, with a text that no phone makes. Nobody may
// see the difference.
func TestSSHNameWithoutAccount(t *testing.T) {
	t.Parallel()
	stage.Test(t, func(t *testing.T, m *stage.Machine) {
		c := setUp(t, m, "sshd")
		must(t, m.StartSSHD())
		got := talk(t, m.SSH("nobody-here", whoAmI,
			"PreferredAuthentications=keyboard-interactive",
			"NumberOfPasswordPrompts=1"),
			"nobody-here", answer{codePrompt, c.Alice.WrongCodes(1)[0]})
		if want := "(nobody-here@localhost) " + codePrompt; got.in || got.prompt != want {
			t.Errorf("in: %t after %q instead of a refusal after %q", got.in,
				got.prompt, want)
		}
		c.checkLog(t, m, "sshd", map[string][]string{"?": {"unknown-user"}})
	})
}

// A user may try again in the same connection.
func TestSSHSecondTryInOneConnection(t *testing.T) {
	t.Parallel()
	stage.TestWays(t, func(t *testing.T, m *stage.Machine) {
		c := setUp(t, m, "sshd")
		must(t, m.StartSSHD())
		cmd := m.SSH(c.Alice.Name, whoAmI, "PreferredAuthentications=keyboard-interactive",
			"NumberOfPasswordPrompts=3")
		got := talk(t, cmd, c.Alice.Name,
			answer{codePrompt, c.Alice.WrongCodes(1)[0]}, answer{codePrompt, ""},
			answer{codePrompt, c.Alice.NewCode()})
		if !got.in {
			t.Error("alice did not get in with her third answer")
		}
		c.checkLog(t, m, "sshd", map[string][]string{c.Alice.Name: {"wrong",
			"empty", "ok"}})
	})
}

// The example's line for a key and then a code lets nobody in with one of them.
func TestSSHKeyAndCode(t *testing.T) {
	t.Parallel()
	stage.Test(t, func(t *testing.T, m *stage.Machine) {
		c := setUp(t, m, "sshd")
		const directive = "AuthenticationMethods publickey,keyboard-interactive:pam"
		example, err := os.ReadFile(m.Path("examples/sshd_config.d/motp.conf"))
		must(t, err)
		if !strings.Contains(string(example), "#   "+directive+"\n") {
			t.Fatalf("examples/sshd_config.d/motp.conf does not show %q", directive)
		}
		must(t, m.StartSSHD(directive))
		key := makeKey(t, c.Alice.Name)

		withKey := m.SSH(c.Alice.Name, whoAmI, "IdentityFile="+key,
			"NumberOfPasswordPrompts=1")
		if !talk(t, withKey, c.Alice.Name, answer{codePrompt, c.Alice.NewCode()}).in {
			t.Error("alice did not get in with her key and a code")
		}
		withKey = m.SSH(c.Alice.Name, whoAmI, "IdentityFile="+key,
			"NumberOfPasswordPrompts=1")
		if talk(t, withKey, c.Alice.Name, answer{codePrompt, c.Alice.WrongCodes(1)[0]}).in {
			t.Error("alice got in with her key and a wrong code")
		}
		if talk(t, m.SSH(c.Alice.Name, whoAmI, "IdentityFile="+key,
			"PreferredAuthentications=publickey"), c.Alice.Name).in {
			t.Error("alice got in with her key alone")
		}
		if talk(t, m.SSH(c.Alice.Name, whoAmI,
			"PreferredAuthentications=keyboard-interactive"), c.Alice.Name).in {
			t.Error("alice got in without a key")
		}
		c.checkLog(t, m, "sshd", map[string][]string{c.Alice.Name: {"ok", "wrong"}})
	})
}

// The example says how to ask for the Unix password too: with one of the two, nobody gets in.
func TestSSHPasswordAndCode(t *testing.T) {
	t.Parallel()
	stage.Test(t, func(t *testing.T, m *stage.Machine) {
		c := setUp(t, m, "sshd")
		must(t, m.InstallService("sshd", "#   @include common-auth\n", "", codeLine,
			"@include common-auth\n"+codeLine))
		must(t, m.SetPassword(c.Alice.Name, unixPassword))
		must(t, m.StartSSHD())
		for _, step := range []struct {
			what    string
			in      bool
			answers []answer
		}{
			{"both", true, []answer{{unixPrompt, unixPassword},
				{codePrompt, c.Alice.NewCode()}}},
			{"a right password and a wrong code", false,
				[]answer{{unixPrompt, unixPassword},
					{codePrompt, c.Alice.WrongCodes(1)[0]}}},
			{"a wrong password", false, []answer{{unixPrompt, "wrong"}}},
			{"a code as password", false, []answer{{unixPrompt, c.Alice.NewCode()}}},
		} {
			cmd := m.SSH(c.Alice.Name, whoAmI,
				"PreferredAuthentications=keyboard-interactive",
				"NumberOfPasswordPrompts=1")
			if got := talk(t, cmd, c.Alice.Name, step.answers...).in; got != step.in {
				t.Errorf("with %s, alice logged in: %t instead of %t",
					step.what, got, step.in)
			}
		}
		c.checkLog(t, m, "sshd", map[string][]string{c.Alice.Name: {"ok", "wrong"}})
	})
}

const (
	// codeLine is the line of the examples that asks for the code.
	codeLine     = "auth       requisite    pam_motp.so\n"
	unixPassword = "sesame-open"
)

// makeKey makes a key that the user may log in with, and returns its file.
func makeKey(t *testing.T, user string) string {
	t.Helper()
	key := filepath.Join(t.TempDir(), "key")
	if output, err := exec.Command("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f",
		key).CombinedOutput(); err != nil {
		t.Fatalf("ssh-keygen: %v: %s", err, output)
	}
	public, err := os.ReadFile(key + ".pub")
	must(t, err)
	folder := fmt.Sprintf("/home/%s/.ssh", user)
	must(t, os.Mkdir(folder, 0o755))
	must(t, os.WriteFile(folder+"/authorized_keys", public, 0o644))
	return key
}

// What the example says beside its line for a key and a code: whom the line shuts out, and the
// blocks that let them in.
func TestSSHKeyAndCodeForOthers(t *testing.T) {
	t.Parallel()
	stage.Test(t, func(t *testing.T, m *stage.Machine) {
		c := setUp(t, m, "sshd")
		root := &stage.Person{Name: "root", Secret: "ab54d1e2c3f40596", PIN: "rt90v"}
		table := c.table() + "\n[root]\nsecret = " + root.Secret + "\npin = " +
			root.PIN + "\n"
		must(t, m.WriteTable(table))
		must(t, m.StartSSHD())
		key := makeKey(t, stage.Outsider)
		must(t, os.CopyFS("/root/.ssh", os.DirFS("/home/"+stage.Outsider+"/.ssh")))

		line := []string{"#   AuthenticationMethods publickey",
			"AuthenticationMethods publickey"}
		blocks := append(line,
			"#   Match User root\n#       PermitRootLogin",
			"Match User root\n    PermitRootLogin",
			"#   Match User backup Address 192.0.2.10\n#    ",
			"Match User "+stage.Outsider+"\n    ")
		for _, step := range []struct {
			what, port string
			changes    []string
			in         bool
		}{{"the line alone", "2201", line, false},
			{"the line and the blocks", "2202", blocks, true}} {
			withKey := startSecondSSHD(t, m, step.port, step.changes...)
			got := talk(t, withKey("root", key), "root",
				answer{codePrompt, root.NewCode()})
			if got.in != step.in {
				t.Errorf("%s: root with a key and a code got in: %t",
					step.what, got.in)
			}
			var answers []answer
			if !step.in {
				answers = []answer{{codePrompt, root.WrongCodes(1)[0]}}
			}
			if got := talk(t, withKey(stage.Outsider, key), stage.Outsider,
				answers...); got.in != step.in {
				t.Errorf("%s: %s got in with a key alone: %t", step.what,
					stage.Outsider, got.in)
			}
			if talk(t, withKey("root", "none"), "root").in {
				t.Errorf("%s: root got in without a key", step.what)
			}
		}
		c.checkNothingLeaked(t, m)
	})
}

// startSecondSSHD starts another server, with the example after the changes, and returns its
// client.
func startSecondSSHD(
	t *testing.T, m *stage.Machine, port string, changes ...string,
) func(user, key string) *exec.Cmd {
	t.Helper()
	const dropIn = "/etc/ssh/sshd_config.d/motp.conf"
	must(t, m.InstallExample("sshd_config.d/motp.conf", dropIn, changes...))
	must(t, exec.Command("/usr/sbin/sshd", "-D", "-p", port).Start())
	_, err := m.Log.Wait("Server listening on 127.0.0.1 port " + port)
	must(t, err)
	return func(user, key string) *exec.Cmd {
		return m.SSH(user, whoAmI, "Port="+port, "HostKeyAlias=localhost",
			"IdentityFile="+key,
			"NumberOfPasswordPrompts=1")
	}
}
