package hosts

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pam-motp/pam-motp/test/stage"
)

// spellings are names that the directory has for a user's account.
func spellings(name string) []string {
	return []string{name, strings.ToUpper(name), name + "@example.com", `EXAMPLE\` + name,
		`EXAMPLE\` + strings.ToUpper(name)}
}

// installDirectory gives the machine a source of accounts that knows those of /etc/passwd by all
// these names.
func installDirectory(t *testing.T, m *stage.Machine) {
	t.Helper()
	const folder, switches = "/var/lib/spellings", "/etc/nsswitch.conf"
	must(t, stage.Need("cc", "gcc"))
	must(t, os.Mkdir(folder, 0o755))
	for _, command := range [][]string{
		{"cc", "-O1", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC",
			"-o", filepath.Join(folder, "libnss_spellings.so.2"),
			m.Path("test/hosts/testdata/nss_spellings.c")},
		{"/sbin/ldconfig", "-X"},
	} {
		must(t, os.WriteFile("/etc/ld.so.conf.d/spellings.conf", []byte(folder+"\n"),
			0o644))
		out, err := exec.Command(command[0], command[1:]...).CombinedOutput()
		if err != nil {
			t.Fatalf("%s: %v\n%s", command, err, out)
		}
	}
	must(t, os.WriteFile(switches, []byte("passwd: files spellings\ngroup: files\n"+
		"shadow: files\nhosts: files\n"), 0o644))
	for _, name := range spellings(stage.Outsider) {
		out, err := exec.Command("getent", "passwd", name).Output()
		if err != nil || !strings.HasPrefix(string(out), stage.Outsider+":") {
			t.Fatalf("the directory does not know %s: %q, %v", name, out, err)
		}
	}
}

// With names = account, sshd's users have one entry and one record under all names that the
// directory has for them: each lets in, no code is good twice, guesses count together, and who is
// disabled is so under all.
func TestSSHNamesOfOneAccount(t *testing.T) {
	t.Parallel()
	stage.TestWays(t, func(t *testing.T, m *stage.Machine) {
		c := setUp(t, m, "sshd")
		installDirectory(t, m)
		table := strings.Replace(c.table(), "\n[carol]\n", "\n[carol]\ndisabled = yes\n", 1)
		must(t, m.WriteTable("names = account\n"+table))
		must(t, m.StartSSHD())
		ssh := func(t *testing.T, user, as, code string, in bool) {
			t.Helper()
			got := talk(t, m.SSH(user, whoAmI, "NumberOfPasswordPrompts=1",
				"PreferredAuthentications=keyboard-interactive"), as,
				answer{codePrompt, code})
			if got.in != in {
				t.Errorf("%s in: %t instead of %t", user, got.in, in)
			}
		}
		t.Run("side by side", func(t *testing.T) {
			t.Run("each lets in, and a code is good once", func(t *testing.T) {
				t.Parallel()
				all := spellings(c.Alice.Name)
				for i, first := range all {
					code := c.Alice.NewCode()
					ssh(t, first, c.Alice.Name, code, true)
					ssh(t, all[(i+1)%len(all)], c.Alice.Name, code, false)
				}
			})
			t.Run("guesses count together", func(t *testing.T) {
				t.Parallel()
				codes := c.Bob.WrongCodes(maxFailures)
				for i, user := range spellings(c.Bob.Name)[1 : 1+maxFailures] {
					ssh(t, user, c.Bob.Name, codes[i], false)
				}
				ssh(t, `EXAMPLE\bob`, c.Bob.Name, c.Bob.NewCode(), false)
				ssh(t, "bob", c.Bob.Name, c.Bob.NewCode(), false)
			})
			t.Run("disabled", func(t *testing.T) {
				t.Parallel()
				for _, user := range spellings(c.Carol.Name) {
					ssh(t, user, c.Carol.Name, c.Carol.NewCode(), false)
				}
			})
			t.Run("not in the table", func(t *testing.T) {
				t.Parallel()
				for _, user := range spellings(stage.Outsider) {
					ssh(t, user, stage.Outsider, c.Frank.WrongCodes(1)[0],
						false)
				}
			})
		})
		each := len(spellings(""))
		c.checkLog(t, m, "sshd", map[string][]string{
			"alice": slices.Repeat([]string{"ok", "replay"}, each),
			"bob":   {"wrong", "wrong", "locked", "locked"},
			"carol": slices.Repeat([]string{"disabled"}, each),
			"?":     slices.Repeat([]string{"unknown-user"}, each),
		})
		records, err := filepath.Glob("/var/lib/motp/[^.]*")
		must(t, err)
		if got := fmt.Sprint(records); got != "[/var/lib/motp/alice /var/lib/motp/bob "+
			"/var/lib/motp/carol]" {
			t.Errorf("records %s", got)
		}
	})
}

// The command says before it is too late that a name is not the account's own, and finds two
// entries that are one account.
func TestCommandOnNamesOfOneAccount(t *testing.T) {
	t.Parallel()
	stage.Test(t, func(t *testing.T, m *stage.Machine) {
		c := setUp(t, m, "sshd")
		installDirectory(t, m)
		table := strings.Replace(c.table(), "\n[frank]\n", "\n[ALICE]\n", 1)
		// the status of doctor is about other things, too
		motp := func(arguments ...string) string {
			out, _ := exec.Command(m.Path("build/motp"), arguments...).CombinedOutput()
			return strings.Join(strings.Fields(string(out)), " ")
		}
		for names, want := range map[string]struct {
			says       string
			oneAccount bool
		}{
			"account": {"called dave here, and with names = account a login", true},
			"typed":   {"called dave here: services may ask for it", false},
		} {
			must(t, m.WriteTable("names = "+names+"\n"+table))
			out := motp("add", `EXAMPLE\dave`, "--type", "totp", "--no-check",
				"--dry-run")
			if !strings.Contains(out, `the account of EXAMPLE\dave is `+want.says) {
				t.Errorf("names = %s: motp add says\n%s", names, out)
			}
			out = motp("doctor")
			if strings.Contains(out, "alice and ALICE are one account") !=
				want.oneAccount {
				t.Errorf("names = %s: motp doctor says\n%s", names, out)
			}
		}
	})
}
