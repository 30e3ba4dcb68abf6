// Package radius logs in through the real FreeRADIUS, on a private machine and with the files that
// an administrator copies from examples/freeradius.
package radius

import (
	"io"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/pam-motp/pam-motp/test/stage"
)

// The places that the examples name.
const (
	folder       = "/etc/freeradius/3.0"
	table        = folder + "/motp.conf"
	records      = "/var/lib/motp-radius"
	command      = "/usr/local/bin/motp"
	runsAs       = "freerad"
	sharedSecret = "testing123" // of Debian's clients.conf
)

// A server is a running FreeRADIUS.
type server struct {
	machine  *stage.Machine
	terminal *stage.Terminal
}

// prepare makes the machine what the heads of the examples want it to be, all but the files.
func prepare(t *testing.T, m *stage.Machine) {
	t.Helper()
	must(t, stage.Need("freeradius", "freeradius"))
	must(t, stage.Need("radtest", "freeradius-utils"))
	must(t, stage.NeedBuilt(m.Root, "motp"))
	for _, path := range []string{records, "/var/log/freeradius", "/run/freeradius"} {
		must(t, os.Mkdir(path, 0o700))
		giveServer(t, path)
	}
	installCommand(t, m)
	must(t, os.Remove(folder+"/sites-enabled/default"))
}

// installCommand puts the command where "make install" puts it, and where the user freerad can get
// at it.
func installCommand(t *testing.T, m *stage.Machine) {
	t.Helper()
	must(t, syscall.Mount("tmpfs", filepath.Dir(command), "tmpfs", 0, "mode=0755"))
	from, err := os.Open(m.Path("build/motp"))
	must(t, err)
	defer from.Close()
	to, err := os.OpenFile(command, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o755)
	must(t, err)
	_, err = io.Copy(to, from)
	must(t, err)
	must(t, to.Close())
}

// giveServer gives a file or folder to the user that FreeRADIUS runs as.
func giveServer(t *testing.T, path string) {
	t.Helper()
	who, err := user.Lookup(runsAs)
	must(t, err)
	uid, err := strconv.Atoi(who.Uid)
	must(t, err)
	gid, err := strconv.Atoi(who.Gid)
	must(t, err)
	must(t, os.Chown(path, uid, gid))
}

// giveRoot gives it to root.
func giveRoot(t *testing.T, path string) {
	t.Helper()
	must(t, os.Chown(path, 0, 0))
}

// install puts a file from examples/freeradius in its place.
func install(t *testing.T, m *stage.Machine, example, target string) {
	t.Helper()
	must(t, m.InstallExample("freeradius/"+example, target))
	giveServer(t, target)
}

// enable makes links as the heads of the examples do: "mods", "pam".
func enable(t *testing.T, kind, name string) {
	t.Helper()
	must(t, os.Symlink("../"+kind+"-available/"+name, folder+"/"+kind+"-enabled/"+name))
}

// insert puts the text of an example at the beginning or the end of a file.
func insert(t *testing.T, path string, change func(old string) string) {
	t.Helper()
	old, err := os.ReadFile(path)
	must(t, err)
	must(t, os.WriteFile(path, []byte(change(string(old))), 0o640))
}

func example(t *testing.T, m *stage.Machine, name string) string {
	t.Helper()
	text, err := os.ReadFile(m.Path("examples/freeradius", name))
	must(t, err)
	return string(text)
}

// start starts the server as Debian's unit does: as its own user, who can never become another.
func start(t *testing.T, m *stage.Machine) *server {
	t.Helper()
	terminal, err := stage.Start(asItsUser("--no-new-privs", "freeradius", "-fxx",
		"-l", "stdout"))
	must(t, err)
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("FreeRADIUS:\n%s", terminal.Shown())
		}
	})
	terminal.Expect("Ready to process requests")
	must(t, terminal.Err())
	return &server{m, terminal}
}

func asItsUser(arguments ...string) *exec.Cmd {
	return exec.Command("setpriv", append([]string{"--reuid=" + runsAs, "--regid=" + runsAs,
		"--init-groups"}, arguments...)...)
}

// ask sends an Access-Request as radtest does, and tells whether it is accepted, and what was
// shown.
func (s *server) ask(t *testing.T, kind, name, password string) (accepted bool, shown string) {
	t.Helper()
	return verdict(t, exec.Command("radtest", "-t", kind, name, password, "127.0.0.1", "0",
		sharedSecret))
}

// askOddly does so for a name that radtest cannot pass on: one that looks like an option, or holds
// quotes.
func (s *server) askOddly(t *testing.T, name, password string) (accepted bool) {
	t.Helper()
	quoted := strings.NewReplacer(`\`, `\\`, `"`, `\"`)
	cmd := exec.Command("radclient", "-x", "127.0.0.1", "auth", sharedSecret)
	cmd.Stdin = strings.NewReader("User-Name = \"" + quoted.Replace(name) +
		"\"\nUser-Password = \"" + password + "\"\nMessage-Authenticator = 0x00\n")
	accepted, _ = verdict(t, cmd)
	return accepted
}

func verdict(t *testing.T, client *exec.Cmd) (accepted bool, shown string) {
	t.Helper()
	output, err := client.CombinedOutput()
	shown = string(output)
	yes, no := strings.Contains(shown, "Received Access-Accept"),
		strings.Contains(shown, "Received Access-Reject")
	if yes == no || yes != (err == nil) {
		t.Errorf("%s: %v; neither accepted nor rejected, or both:\n%s",
			client.Path, err, shown)
	}
	return yes, shown
}

// expect sends a name and a code, and fails the test if the verdict is another. It may be called by
// several goroutines.
func (s *server) expect(t *testing.T, name, code string, accepted bool) {
	t.Helper()
	if got, _ := s.ask(t, "pap", name, code); got != accepted {
		t.Errorf("%s is accepted: %t instead of %t", name, got, accepted)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
