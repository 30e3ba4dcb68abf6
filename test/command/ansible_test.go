package command

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/pam-motp/pam-motp/test/stage"
)

// play runs the example's role on this machine, and returns how many tasks have changed something,
// and failed: "changed=3 failed=0".
func play(t *testing.T, m *stage.Machine, variables string, flags ...string) (recap, out string) {
	t.Helper()
	folder := t.TempDir()
	book := filepath.Join(folder, "book.yml")
	must(t, os.WriteFile(book, []byte("- hosts: all\n  gather_facts: false\n  roles: [motp]\n"),
		0o600))
	must(t, os.WriteFile(filepath.Join(folder, "vars.yml"), []byte(variables), 0o600))
	cmd := exec.Command("ansible-playbook", append(flags, "-i", "here,", "-c", "local",
		"-e", "@"+filepath.Join(folder, "vars.yml"),
		"-e", "ansible_python_interpreter=/usr/bin/python3", book)...)
	cmd.Env = append(os.Environ(), "ANSIBLE_ROLES_PATH="+m.Path("examples/ansible/roles"),
		"ANSIBLE_LOCAL_TEMP="+folder, "ANSIBLE_REMOTE_TEMP="+folder, "HOME="+folder,
		"ANSIBLE_NOCOLOR=1", "ANSIBLE_PIPELINING=1", "LC_ALL=C.UTF-8")
	said, err := cmd.CombinedOutput()
	numbers := regexp.MustCompile(`changed=\d+|failed=\d+`).FindAllString(string(said), -1)
	if len(numbers) != 2 {
		t.Fatalf("%v\n%s", err, said)
	}
	return strings.Join(numbers, " "), string(said)
}

const ansiblePIN = "2846"

// Ansible enrolls, disables, and removes users and has a service ask for codes; a second run
// changes nothing, nor does a check. What would keep somebody out is refused; packaging tests a
// service that is set up, which needs records on a disk.
func TestAnsible(t *testing.T) {
	t.Parallel()
	stage.Test(t, func(t *testing.T, m *stage.Machine) {
		must(t, stage.Need("ansible-playbook", "ansible-core"))
		setUp(t, m)
		must(t, m.WriteTable(table+"[dave]\nsecret = 6d0c92b4e5f7183a\npin = 7k2p9\n"))
		secrets := t.TempDir()
		users := "motp_secrets: " + secrets + "\nmotp_users:\n" +
			"  - {name: alice, pin: '" + ansiblePIN + "'}\n" +
			"  - {name: bob, pin: '" + ansiblePIN + "', state: disabled}\n" +
			"  - {name: carol, type: totp}\n  - {name: dave, state: absent}\n"
		su := "motp_setup: [su]\n"
		expect := func(want, variables string, flags ...string) {
			t.Helper()
			got, out := play(t, m, variables, flags...)
			if got != want {
				t.Errorf("%s, want %s:\n%s", got, want, out)
			}
			if strings.Contains(out, ansiblePIN) || strings.Contains(out, "otpauth:") {
				t.Errorf("a PIN or a secret is told:\n%s", out)
			}
		}
		before := files(t, secrets)
		expect("changed=2 failed=0", users+su, "--check") // su would be refused
		if got := run(t, "", "status", "bob"); got.status != 1 || len(files(t, secrets)) !=
			len(before) {
			t.Errorf("a check has added bob: %+v", got)
		}
		was, err := os.ReadFile("/etc/pam.d/su")
		must(t, err)
		expect("changed=3 failed=1", users+su)
		is, err := os.ReadFile("/etc/pam.d/su")
		must(t, err)
		if string(is) != string(was) {
			t.Errorf("nobody could become root any more:\n%s", is)
		}
		if got := run(t, "", "status", "bob"); !strings.Contains(got.out, "disabled") {
			t.Errorf("bob is not disabled: %+v", got)
		}
		if got := run(t, "", "status", "dave"); got.status != 1 {
			t.Errorf("dave is still there: %+v", got)
		}
		uri, err := os.ReadFile(filepath.Join(secrets, "here-carol.uri"))
		if err != nil || !strings.HasPrefix(string(uri), "otpauth://totp/") {
			t.Errorf("carol's secret: %q, %v", uri, err)
		}

		expect("changed=0 failed=0", users)
	})
}
