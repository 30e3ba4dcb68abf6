package radius

import (
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/pam-motp/pam-motp/test/stage"
)

// controlNames are names of alice as the network may send them, in the words of radclient.
// FreeRADIUS's "files" and PAM take most of them for alice.
var controlNames = []string{
	`alice\000`, `alice\000x`, `alice\000bob`, `alice\n`, `alice\tx`, `alice\001`, `alice\177`,
	`\000alice`, `alice\302\205`,
}

// Nobody's name holds a control character: such a name is refused before anything is looked up,
// and the code that came with it is as good as before, once.
func TestControlNames(t *testing.T) {
	t.Parallel()
	for site, install := range map[string]func(t *testing.T, m *stage.Machine, c *cast){
		"pam": func(t *testing.T, m *stage.Machine, _ *cast) { installPAM(t, m) },
		"exec": func(t *testing.T, m *stage.Machine, _ *cast) {
			installExec(t, m)
		},
		"attributes": installAttributes,
	} {
		t.Run(site, func(t *testing.T) {
			t.Parallel()
			stage.Test(t, func(t *testing.T, m *stage.Machine) {
				c := newCast()
				install(t, m, c)
				c.writeTable(t, maxFailures)
				s := start(t, m)
				code := c.Alice.NewCode()
				var names sync.WaitGroup
				for _, name := range controlNames {
					names.Add(1)
					go func() {
						defer names.Done()
						if s.askAs(t, name, code) {
							t.Errorf("%s is accepted", name)
						}
					}()
				}
				names.Wait()
				lines, err := m.Log.Lines()
				must(t, err)
				if all := strings.Join(lines,
					"\n"); strings.Contains(all, "result=") {
					t.Errorf("a name was looked up:\n%s", all)
				}
				s.expect(t, c.Alice.Name, code, true)
				s.expect(t, c.Alice.Name, code, false)
			})
		})
	}
}

// Where the site lets them through, the command does not. It cannot see a zero byte at the end,
// which FreeRADIUS leaves out: that is the same name then, with the same record.
func TestControlNamesUnfiltered(t *testing.T) {
	t.Parallel()
	stage.Test(t, func(t *testing.T, m *stage.Machine) {
		c := newCast()
		installAttributes(t, m, c)
		unfilter(t)
		s := start(t, m)
		code := c.Alice.NewCode()
		for _, name := range controlNames[1:4] {
			if s.askAs(t, name, code) {
				t.Errorf("%s is accepted", name)
			}
			if _, err := m.Log.Wait("result=denied reason=bad-name user=? "); err !=
				nil {
				t.Error(err)
			}
		}
		s.expect(t, c.Alice.Name, code, true)
	})
}

// unfilter takes what refuses such names out of the site.
func unfilter(t *testing.T) {
	t.Helper()
	const site = folder + "/sites-available/motp"
	insert(t, site, func(old string) string {
		before, rest, found := strings.Cut(old, `if ("%{hex:&User-Name}" =~ `)
		_, after, ended := strings.Cut(rest, "\n\t\t}\n")
		if !found || !ended {
			t.Fatal("the site refuses no names")
		}
		return before + "\n" + after
	})
}

// Where the users are found in any spelling, a code is good once and the guesses are eight,
// whatever the spelling.
func TestSpellings(t *testing.T) {
	t.Parallel()
	stage.Test(t, func(t *testing.T, m *stage.Machine) {
		c := newCast()
		installAttributes(t, m, c)
		insert(t, folder+"/mods-available/files", func(old string) string {
			const begin, key = "files {\n", "\tkey = \"%{tolower:%{User-Name}}\"\n"
			if strings.Count(old, begin) != 1 {
				t.Fatal("no place for the key of files")
			}
			return strings.Replace(old, begin, begin+key, 1)
		})
		s := start(t, m)
		code := c.Alice.NewCode()
		s.expect(t, "ALICE", code, true)
		for _, name := range []string{"alice", "Alice", "ALICE", "aLICE"} {
			s.expect(t, name, code, false)
		}
		var guesses sync.WaitGroup
		for i, code := range c.Bob.WrongCodes(8) {
			guesses.Add(1)
			go func() {
				defer guesses.Done()
				mixed := []byte(c.Bob.Name)
				mixed[i%3] -= 'a' - 'A'
				s.expect(t, string(mixed), code, false)
			}()
		}
		guesses.Wait()
		s.expect(t, "BOB", c.Bob.NewCode(), false)
		if _, err := m.Log.Wait("result=denied reason=locked user=BOB "); err != nil {
			t.Error(err)
		}
	})
}

// askAs sends a name in the words of radclient, in which \000 is a zero byte.
func (s *server) askAs(t *testing.T, name, password string) (accepted bool) {
	t.Helper()
	cmd := exec.Command("radclient", "-x", "127.0.0.1", "auth", sharedSecret)
	cmd.Stdin = strings.NewReader("User-Name = \"" + name + "\"\n" +
		"User-Password = " + strconv.Quote(password) + "\nMessage-Authenticator = 0x00\n")
	accepted, _ = verdict(t, cmd)
	return accepted
}
