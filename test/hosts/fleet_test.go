package hosts

import (
	"encoding/base64"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/pam-motp/pam-motp/test/etcd"
	"github.com/pam-motp/pam-motp/test/fleet"
	"github.com/pam-motp/pam-motp/test/stage"
	"golang.org/x/sys/unix"
)

// rounds is how many codes are typed to two servers at once: the first half with all nodes of the
// store, the rest without one.
var rounds = flag.Int("fleet-rounds", 6, "codes that are typed to two servers at the same moment")

// A server of a fleet is told by its address, the last number of it.
type server int

func (s server) address() string { return fmt.Sprint("192.0.2.", int(s)) }

// serve starts a server: it has a network, folders for motpd's sockets and the records in files,
// and a name of its own. Everything else is the machine's.
func serve(t *testing.T, m *stage.Machine, s server) {
	t.Helper()
	const script = `mount --make-rprivate /
hostname "server$0"
for folder in /run/motp /var/lib/motp; do
	mkdir -p $folder
	mount -t tmpfs -o mode=755 tmpfs $folder
done
chmod 700 /var/lib/motp
read -r plugged
"$1" --listen /run/motp &
sed 's/^ListenAddress .*/ListenAddress '"$2/" /etc/ssh/sshd_config >/var/lib/motp/.sshd_config
exec /usr/sbin/sshd -D -f /var/lib/motp/.sshd_config -o PidFile=none`
	cmd := exec.Command("sh", "-euc", script, fmt.Sprint(int(s)), m.Path("build/motpd-etcd"),
		s.address())
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags: unix.CLONE_NEWNS | unix.CLONE_NEWUTS | unix.CLONE_NEWNET}
	said := filepath.Join(t.TempDir(), "said")
	out, err := os.Create(said)
	must(t, err)
	defer out.Close()
	cmd.Stdout, cmd.Stderr = out, out
	plugged, err := cmd.StdinPipe()
	must(t, err)
	must(t, cmd.Start())
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		<-ended
	})
	must(t, stage.Plug(cmd.Process.Pid, fmt.Sprint("server", int(s)), s.address()))
	_, err = io.WriteString(plugged, "plugged\n")
	must(t, err)
	_, err = m.Log.Wait("Server listening on " + s.address())
	must(t, err)
	socket := fmt.Sprintf("/proc/%d/root/run/motp/root.sock", cmd.Process.Pid)
	for err = stage.Greeted(socket); err != nil; err = stage.Greeted(socket) {
		select {
		case <-ended:
			text, _ := os.ReadFile(said)
			t.Fatalf("a server ended: %s", text)
		default:
		}
	}
}

// dial has somebody call a server, up to its question.
func (s server) dial(t *testing.T, m *stage.Machine, user string) *stage.Terminal {
	t.Helper()
	terminal, err := stage.Start(m.SSH(user, whoAmI, "HostName="+s.address(),
		"HostKeyAlias=localhost", "PreferredAuthentications=keyboard-interactive",
		"NumberOfPasswordPrompts=1"))
	must(t, err)
	terminal.Expect(codePrompt)
	return terminal
}

// letsIn types a code, and says whether it did.
func letsIn(t *testing.T, terminal *stage.Terminal, code string) bool {
	t.Helper()
	terminal.Send(code)
	status, err := terminal.Wait()
	if err != nil {
		t.Error(err)
	}
	in := strings.Contains(terminal.Shown(), "in as ")
	if in != (status == 0) {
		t.Errorf("exit status %d, but it showed:\n%s", status, terminal.Shown())
	}
	return in
}

// fleetOf starts a store, and some servers that share it.
func fleetOf(t *testing.T, m *stage.Machine, c *cast, servers ...server) *etcd.Cluster {
	t.Helper()
	must(t, stage.Need("etcd", "etcd-server"))
	must(t, stage.Need("oathtool", "oathtool"))
	must(t, stage.NeedBuilt(m.Root, "motpd-etcd"))
	must(t, stage.Bridge())
	store, err := etcd.Start(t.TempDir(), etcd.Options{Address: stage.BridgeAddress})
	must(t, err)
	t.Cleanup(store.Stop)
	must(t, fleet.Begin(store))
	cert, key, err := store.Cert("motpd")
	must(t, err)
	fleetKey := filepath.Join(t.TempDir(), "fleet.key")
	must(t, os.WriteFile(fleetKey,
		[]byte(base64.StdEncoding.EncodeToString(fleet.Key)+"\n"), 0o600))
	must(t, m.WriteTable(fmt.Sprintf("store = etcd %s\nstore_ca = %s\nstore_cert = %s\n"+
		"store_key = %s\nfleet = example\nfleet_key = %s\n", strings.Join(store.Endpoints(),
		" "), store.CA(), cert, key, fleetKey)+c.table()+
		"\n[alice/key]\ntype = hotp\nsecret = "+hardKey+"\n"))
	must(t, m.StartSSHD()) // and its configuration
	for _, s := range servers {
		serve(t, m, s)
	}
	return store
}

// A code that is typed at the same moment to two servers of a fleet is good on one of them; a node
// of the store that is gone changes nothing; and who guesses on both is locked on both.
func TestSSHFleet(t *testing.T) {
	t.Parallel()
	stage.Test(t, func(t *testing.T, m *stage.Machine) {
		c := setUp(t, m, "sshd")
		servers := []server{1, 2}
		store := fleetOf(t, m, c, servers...)
		for round := range *rounds {
			if round == *rounds/2 {
				store.Nodes[0].Kill()
			}
			code := buttonCode(t, hardKey, round)
			var in [2]bool
			var terminals [2]*stage.Terminal
			for i, s := range servers {
				terminals[i] = s.dial(t, m, c.Alice.Name)
			}
			var both sync.WaitGroup
			for i, terminal := range terminals {
				both.Add(1)
				go func() {
					defer both.Done()
					in[i] = letsIn(t, terminal, code)
				}()
			}
			both.Wait()
			if in[0] == in[1] {
				t.Errorf("round %d: the servers let in: %v", round, in)
			}
		}
		for i, code := range c.Bob.WrongCodes(maxFailures) {
			if letsIn(t, servers[i%2].dial(t, m, c.Bob.Name), code) {
				t.Error("a wrong code lets in")
			}
		}
		for _, s := range servers {
			if letsIn(t, s.dial(t, m, c.Bob.Name), c.Bob.NewCode()) {
				t.Errorf("who is locked gets in at %s", s.address())
			}
		}
		want := []string{"wrong", "wrong", "locked", "locked"}
		if got := c.reasons(t, m, "sshd", c.Bob.Name, len(want)); !slices.Equal(got, want) {
			t.Errorf("logged with %q instead of %q", got, want)
		}
		c.checkNothingLeaked(t, m)
	})
}
