package hosts

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/pam-motp/pam-motp/test/stage"
)

// commonAuth is what Debian's services include to ask for a password.
const commonAuth = "/etc/pam.d/common-auth"

// makeProfiles gives the machine what pam-auth-update works on: the profiles of its packages and
// the project's own, its memory of what it wrote, and a database of answers. The machine's own are
// covered by the stage's memory, or are read-only there. The files of common-auth and the like are
// written anew.
const makeProfiles = `set -e
mkdir /run/whole /run/profiles
mount --bind / /run/whole
mkdir -p /var/lib/pam /var/lib/dpkg/info
cp /run/whole/var/lib/dpkg/info/libpam-runtime.templates /var/lib/dpkg/info/
cp /usr/share/pam-configs/* "$1" /run/profiles/
umount /run/whole
mount --bind /run/profiles /usr/share/pam-configs
for name in config templates; do
	printf 'Name: %sdb\nDriver: File\nFilename: /run/%s.dat\n\n' $name $name
done >/run/databases
{ printf 'Config: configdb\nTemplates: templatesdb\n\n'; cat /run/databases; } >/run/debconf.conf
rm -f /etc/pam.d/common-*
`

// pamAuthUpdate runs the real one, which answers its own questions.
func pamAuthUpdate(t *testing.T, arguments ...string) {
	t.Helper()
	cmd := exec.Command("pam-auth-update", arguments...)
	cmd.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive",
		"DEBCONF_SYSTEMRC=/run/debconf.conf")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("pam-auth-update %q: %v\n%s", arguments, err, out)
	}
}

func setUpProfile(t *testing.T, m *stage.Machine) *cast {
	t.Helper()
	must(t, stage.Need("pam-auth-update", "libpam-runtime"))
	must(t, m.InstallModule())
	c := newCast()
	must(t, m.AddUser(stage.Outsider))
	must(t, m.SetPassword(stage.Outsider, unixPassword))
	for _, p := range c.People() {
		must(t, m.AddUser(p.Name))
		must(t, m.SetPassword(p.Name, unixPassword))
	}
	must(t, m.WriteTable(c.table()))
	script := exec.Command("bash", "-c", makeProfiles, "bash",
		m.Path("packaging/pam-configs/motp"))
	if out, err := script.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	pamAuthUpdate(t, "--force", "--package")
	return c
}

func contentOf(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	must(t, err)
	return string(text)
}

// The profile, switched on: password and code for who is in the table, the password alone for who
// is not, in every program that goes by common-auth; switched off, everything is as it was.
func TestProfile(t *testing.T) {
	t.Parallel()
	stage.Test(t, func(t *testing.T, m *stage.Machine) {
		c := setUpProfile(t, m)
		before := contentOf(t, commonAuth)
		if strings.Contains(before, "pam_motp") {
			t.Fatalf("the profile is on without being asked for:\n%s", before)
		}
		pamAuthUpdate(t, "--enable", "motp")
		if after := contentOf(t, commonAuth); strings.Count(after, "pam_motp.so") != 1 {
			t.Fatalf("the profile is not on:\n%s", after)
		}
		// a screen locker goes by common-auth too, and is not root's
		must(t, m.WriteService("swaylock", "@include common-auth\n"))
		told, _ := exec.Command("motp", "doctor").Output()
		if !strings.Contains(string(told), "swaylock runs as whoever locked the screen") {
			t.Errorf("the doctor does not name swaylock:\n%s", told)
		}
		rules := "Defaults lecture=never, passwd_tries=1\nALL ALL=(ALL) ALL\n"
		must(t, os.WriteFile("/etc/sudoers.d/everybody", []byte(rules), 0o440))
		must(t, m.StartSSHD())
		type login func(t *testing.T, user, password, code string) bool
		for name, try := range map[string]login{
			"sshd": func(t *testing.T, user, password, code string) bool {
				cmd := m.SSH(user, whoAmI, onlyTyped, "NumberOfPasswordPrompts=1")
				return talk(t, cmd, user, answer{unixPrompt, password},
					answer{codePrompt, code}).in
			},
			"sudo": func(t *testing.T, user, password, code string) bool {
				return sudo(t, m, user, answer{"password for " + user, password},
					answer{codePrompt, code}).in
			},
			"su": func(t *testing.T, user, password, code string) bool {
				cmd, err := m.CommandAs(stage.Outsider, "su", user, "-c", whoAmI)
				must(t, err)
				return talk(t, cmd, user, answer{unixPrompt, password},
					answer{codePrompt, code}).in
			},
			"login": logInWithBoth,
		} {
			t.Run(name, func(t *testing.T) {
				alice := c.Alice.Name
				for _, step := range []struct {
					user, password, code string
					in                   bool
				}{
					{alice, unixPassword, c.Alice.NewCode(), true},
					{alice, unixPassword, c.Alice.WrongCodes(1)[0], false},
					{stage.Outsider, unixPassword, "", true},
				} {
					got := try(t, step.user, step.password, step.code)
					if got != step.in {
						t.Errorf("%s with %q: in: %t", step.user, step.code,
							got)
					}
				}
			})
		}
		wrong := m.SSH(c.Bob.Name, whoAmI, onlyTyped, "NumberOfPasswordPrompts=1")
		if talk(t, wrong, c.Bob.Name, answer{unixPrompt, "wrong horse"}).in {
			t.Error("bob gets in with a wrong password")
		}
		pamAuthUpdate(t, "--disable", "motp")
		if after := contentOf(t, commonAuth); after != before {
			t.Errorf("switched off, common-auth is\n%s\nand was\n%s", after, before)
		}
	})
}

// logInWithBoth is somebody in front of a console.
func logInWithBoth(t *testing.T, user, password, code string) (in bool) {
	t.Helper()
	terminal, err := stage.Start(exec.Command("login"))
	must(t, err)
	for _, a := range []answer{{"login: ", user}, {unixPrompt, password}, {codePrompt, code}} {
		terminal.Expect(a.prompt)
		terminal.Send(a.code)
	}
	if _, verdict := terminal.ExpectAny("Login incorrect", "$ "); verdict == "$ " {
		terminal.Send(whoAmI)
		terminal.Expect("in as " + user)
		terminal.Send("exit")
		in = true
	} else {
		terminal.Kill()
	}
	_, err = terminal.Wait()
	must(t, err)
	return in
}

// Where somebody has written a line among its own, pam-auth-update leaves the file as it is, the
// module's line with it, and reports no failure: so whoever takes the module away has to look.
func TestProfileInEditedFile(t *testing.T) {
	t.Parallel()
	stage.Test(t, func(t *testing.T, m *stage.Machine) {
		setUpProfile(t, m)
		pamAuthUpdate(t, "--enable", "motp")
		const end = "# end of pam-auth-update config"
		text := contentOf(t, commonAuth)
		edited := strings.Replace(text, end,
			"auth\toptional\tpam_faildelay.so delay=1\n"+end, 1)
		if edited == text {
			t.Fatalf("no %q in\n%s", end, edited)
		}
		must(t, os.WriteFile(commonAuth, []byte(edited), 0o644))
		pamAuthUpdate(t, "--package", "--remove", "motp")
		if !strings.Contains(contentOf(t, commonAuth), "pam_motp.so") {
			t.Error("the line is gone")
		}
		named, err := exec.Command(m.Path("packaging/services")).Output()
		if err == nil || !strings.Contains(string(named), commonAuth+", line ") {
			t.Errorf("packaging/services: %v, %s", err, named)
		}
	})
}
