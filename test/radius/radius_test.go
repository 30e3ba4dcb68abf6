package radius

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/pam-motp/pam-motp/test/stage"
)

// maxFailures is small in the tables here, since every refusal takes a second.
const maxFailures = 2

// installPAM follows the head of pam.site.
func installPAM(t *testing.T, m *stage.Machine) {
	t.Helper()
	prepare(t, m)
	must(t, m.InstallModule())
	must(t, m.InstallService("radiusd"))
	install(t, m, "pam.site", folder+"/sites-available/motp")
	enable(t, "mods", "pam")
	enable(t, "sites", "motp")
}

// installExec follows the head of exec.site.
func installExec(t *testing.T, m *stage.Machine) {
	t.Helper()
	prepare(t, m)
	install(t, m, "exec.module", folder+"/mods-available/motp")
	install(t, m, "exec.site", folder+"/sites-available/motp")
	enable(t, "mods", "motp")
	enable(t, "sites", "motp")
}

// installAttributes follows the head of attributes.site; the cast stands in the users file as alice
// does in the example.
func installAttributes(t *testing.T, m *stage.Machine, c *cast) {
	t.Helper()
	prepare(t, m)
	install(t, m, "attributes.module", folder+"/mods-available/motp_attributes")
	install(t, m, "attributes.site", folder+"/sites-available/motp")
	enable(t, "mods", "motp_attributes")
	enable(t, "sites", "motp")
	insert(t, folder+"/dictionary", func(old string) string {
		return old + example(t, m, "attributes.dictionary")
	})

	_, entry, found := strings.Cut(example(t, m, "attributes.users"), "#alice")
	if !found {
		t.Fatal("alice is not in attributes.users")
	}
	entry = "alice" + strings.ReplaceAll(entry, "\n#", "\n")
	quoted := strings.NewReplacer(`\`, `\\`, `"`, `\"`)
	var users string
	for _, p := range c.People() {
		users += strings.NewReplacer("alice", p.Name, "7ac61d4736f51a2b", p.Secret, "5555",
			quoted.Replace(p.PIN)).Replace(entry)
	}
	users += "nosecret\tAuth-Type := MOTP\n\tSecret = \"\",\n\tPIN = \"\",\n\tOffset = \"0\"\n"
	insert(t, folder+"/mods-config/files/authorize", func(old string) string {
		return users + old
	})
}

func TestPAM(t *testing.T) { playWay(t, installPAM, "pam_motp(radiusd:auth)", "radiusd") }

func TestExec(t *testing.T) { playWay(t, installExec, " motp[", "radius") }

// playWay plays the cases on a server that asks in one of the ways of examples/freeradius.
func playWay(t *testing.T, install func(*testing.T, *stage.Machine), tag, service string) {
	t.Parallel()
	stage.Test(t, func(t *testing.T, m *stage.Machine) {
		install(t, m)
		c := newCast()
		c.writeTable(t, maxFailures)
		playCases(t, start(t, m), c, maxFailures, reasonsIn(t, m, tag, service))
	})
}

// TestPAMByMotpd: with motpd the server needs no table and no records of its own.
func TestPAMByMotpd(t *testing.T) {
	t.Parallel()
	stage.Test(t, func(t *testing.T, m *stage.Machine) {
		m.RunMotpd(t)
		installPAM(t, m)
		must(t, m.InstallService("radiusd", " conf="+table+" state="+records, ""))
		c := newCast()
		c.place = rootsPlace
		c.writeTable(t, maxFailures)
		playCases(t, start(t, m), c, maxFailures, reasonsIn(t, m, "motpd", "radiusd"))
	})
}

// pam.site says how to keep the server that Debian enables.
func TestPAMInDefaultSite(t *testing.T) {
	t.Parallel()
	stage.Test(t, func(t *testing.T, m *stage.Machine) {
		installPAM(t, m)
		must(t, os.Remove(folder+"/sites-enabled/motp"))
		enable(t, "sites", "default")
		for _, section := range []string{"\n%sauthorize {\n", "\n%sauthenticate {\n"} {
			_, after, found := strings.Cut(example(t, m, "pam.site"),
				fmt.Sprintf(section, "\t"))
			content, _, ended := strings.Cut(after, "\n\t}\n")
			begin := fmt.Sprintf(section, "")
			insert(t, folder+"/sites-available/default", func(old string) string {
				if !found || !ended || strings.Count(old, begin) != 1 {
					t.Fatalf("no section %q here or there", begin)
				}
				return strings.Replace(old, begin, begin+content+"\n", 1)
			})
		}
		c := newCast()
		c.writeTable(t, maxFailures)
		s := start(t, m)
		code := c.Alice.NewCode()
		s.expect(t, c.Alice.Name, code, true)
		s.expect(t, c.Alice.Name, code, false)
		s.expect(t, stage.Outsider, c.Alice.WrongCodes(1)[0], false)
	})
}

// The service's file says how to let in users of this machine only.
func TestPAMWithAccounts(t *testing.T) {
	t.Parallel()
	stage.Test(t, func(t *testing.T, m *stage.Machine) {
		installPAM(t, m)
		c := newCast()
		c.writeTable(t, maxFailures)
		const nobodys, accounts = "account    required     pam_motp.so\n",
			"@include common-account\n"
		must(t, m.InstallService("radiusd", nobodys, "", "#   "+accounts, accounts))
		must(t, m.AddUser(c.Alice.Name))
		must(t, m.AddUser(c.Carol.Name))
		if output, err := exec.Command("usermod", "--expiredate", "1",
			c.Carol.Name).CombinedOutput(); err != nil {
			t.Fatalf("usermod: %v: %s", err, output)
		}
		s := start(t, m)
		s.expect(t, c.Alice.Name, c.Alice.NewCode(), true)
		s.expect(t, c.Bob.Name, c.Bob.NewCode(), false)
		s.expect(t, c.Carol.Name, c.Carol.NewCode(), false)
	})
}

// A user is enrolled with the command that the examples name, and is known to a server that runs
// already.
func TestEnroll(t *testing.T) {
	t.Parallel()
	stage.Test(t, func(t *testing.T, m *stage.Machine) {
		installExec(t, m)
		s := start(t, m)
		const enroll = "runuser -u freerad -- motp --conf " + table + " --state " +
			records + " add alice"
		for _, site := range []string{"pam.site", "exec.site"} {
			if !strings.Contains(example(t, m, site), "\n#   "+enroll+"\n") {
				t.Errorf("%s does not say how to enroll", site)
			}
		}
		alice := newCast().Alice
		s.expect(t, alice.Name, alice.NewCode(), false)
		cmd := exec.Command("sh", "-c",
			enroll+" --pin-stdin --no-check --secret "+alice.Secret)
		cmd.Stdin = strings.NewReader(alice.PIN + "\n")
		if output, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v: %s", enroll, err, output)
		}
		s.expect(t, alice.Name, alice.NewCode(), true)
	})
}

// FreeRADIUS escapes what it puts into the environment.
func TestExecOddNames(t *testing.T) {
	t.Parallel()
	stage.Test(t, func(t *testing.T, m *stage.Machine) {
		installExec(t, m)
		text := ""
		var people []*stage.Person
		for i, name := range []string{`o"neill`, `corp\alice`, `"quoted"`, "müller", "it's",
			"50%", "$HOME", "-360"} {
			p := &stage.Person{Name: name,
				Secret: stage.Code(int64(i), "secret", "of") +
					"0123456789", PIN: "5917"}
			people = append(people, p)
			text += "[" + p.Name + "]\nsecret = " + p.Secret + "\npin = " + p.PIN + "\n"
		}
		must(t, os.WriteFile(table, []byte(text), 0o600))
		giveServer(t, table)
		s := start(t, m)
		for _, p := range people {
			if !s.askOddly(t, p.Name, p.NewCode()) {
				t.Errorf("%s is rejected", p.Name)
			}
		}
	})
}

func TestAttributes(t *testing.T) {
	t.Parallel()
	stage.Test(t, func(t *testing.T, m *stage.Machine) {
		c := newCast()
		installAttributes(t, m, c)
		s := start(t, m)
		const defaultMaxFailures = 8
		playCases(t, s, c, defaultMaxFailures, reasonsIn(t, m, " motp[", "radius"))

		// The code that anyone can make where the secret is missing.
		s.expect(t, "nosecret", stage.Code(stage.Step(), "", ""), false)

		accepted, shown := s.ask(t, "pap", c.Alice.Name, c.Alice.NewCode())
		if !accepted {
			t.Error("alice is not accepted")
		}
		_, reply, _ := strings.Cut(shown, "Received Access-Accept")
		for _, private := range []string{"Secret", "PIN", "Offset", c.Alice.Secret,
			c.Alice.PIN} {
			if strings.Contains(reply, private) {
				t.Errorf("the reply holds %s:\n%s", private, shown)
			}
		}

		// The module's file says how to end a lock.
		unlock := "runuser -u freerad -- motp --state " + records + " otpverify --unlock "
		said := "\t#   " + unlock + "alice\n"
		if !strings.Contains(example(t, m, "attributes.module"), said) {
			t.Error("attributes.module does not say how to end a lock")
		}
		s.expect(t, c.Carol.Name, c.Carol.NewCode(), false)
		if output, err := exec.Command("sh", "-c",
			unlock+c.Carol.Name).CombinedOutput(); err != nil {
			t.Fatalf("%s: %v: %s", unlock, err, output)
		}
		s.expect(t, c.Carol.Name, c.Carol.NewCode(), true)
	})
}
