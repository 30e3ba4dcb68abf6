// Package fleetsetup holds docs/fleet.md: its commands are run on machines in namespaces, with
// Debian's etcd, and what a host has then is tried, and so is what it must not.
package fleetsetup

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pam-motp/pam-motp/conf"
	"github.com/pam-motp/pam-motp/internal/fleet"
	"github.com/pam-motp/pam-motp/internal/fleetkeys"
	"github.com/pam-motp/pam-motp/internal/fleetsetup"
	"github.com/pam-motp/pam-motp/motp"
	"github.com/pam-motp/pam-motp/test/stage"
)

// table is that of a host, before it joins.
const table = `[alice]
secret = 7ac61d4736f51a2b
pin    = 5555

[root]
secret = 0123456789abcdef
pin    = 6666
local  = yes
`

var (
	alice = motp.User{Name: "alice", Tokens: []motp.Token{{Secret: "7ac61d4736f51a2b",
		PIN: "5555"}}}
	root = motp.User{Name: "root", Tokens: []motp.Token{{Secret: "0123456789abcdef",
		PIN: "6666"}}}
)

func TestAsDocumented(t *testing.T) {
	stage.Test(t, func(t *testing.T, m *stage.Machine) {
		if err := stage.NeedBuilt(m.Root, "motp", "motpd-etcd"); err != nil {
			t.Fatal(err)
		}
		if err := stage.Need("etcd", "etcd-server"); err != nil {
			t.Fatal(err)
		}
		if err := m.InstallModule(); err != nil {
			t.Fatal(err)
		}
		n := newNetwork(t, m.Path("build"))
		for name, address := range map[string]string{"a": "192.0.2.1", "b": "192.0.2.2",
			"c": "192.0.2.3", "web1": "192.0.2.11", "web2": "192.0.2.12"} {
			n.add(name, address)
		}
		for _, host := range []string{"web1", "web2"} {
			n.write(host, "/etc/security/motp.conf", table)
			n.write(host, "/etc/pam.d/fleet", "auth required pam_motp.so nodelay\n"+
				"account required pam_permit.so\n")
		}
		// before it joins, a host remembers by itself
		early := alice.Tokens[0].Code(time.Now().Add(-2 * motp.StepLength))
		if !n.logsIn("web1", "alice", early) {
			t.Fatal("alice is refused by a host that is alone")
		}
		commands := documented(t, m, "## Set it up")
		for _, c := range commands {
			t.Logf("# %s\n%s", c, n.run(c))
		}
		for _, node := range []string{"a", "b", "c"} {
			if _, err := os.Stat(n.file(node, "/root/motp-node")); err == nil {
				t.Errorf("node %s has its keys in two places", node)
			}
		}
		if n.logsIn("web2", "alice", early) {
			t.Error("a code that a host accepted before it joined is good once more")
		}
		held(t, n)
	})
}

// logsIn has somebody log in on a host, through PAM.
func (n *network) logsIn(host, user, code string) bool {
	output, err := n.try("ssh " + host + " 'echo " + code + " | pamtester fleet " + user +
		" authenticate'")
	n.t.Logf("%s on %s: %s", user, host, output)
	return err == nil
}

// documented are root's commands in a section of docs/fleet.md.
func documented(t *testing.T, m *stage.Machine, heading string) (all []string) {
	t.Helper()
	page, err := os.ReadFile(m.Path("docs/fleet.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(page), "\n"+heading+"\n")
	section, _, _ = strings.Cut(section, "\n#")
	for line := range strings.Lines(strings.ReplaceAll(section, "\\\n", " ")) {
		if command, found := strings.CutPrefix(line, "    # "); found {
			all = append(all, strings.TrimSpace(command))
		}
	}
	if len(all) == 0 {
		t.Fatalf("docs/fleet.md has no commands under %q", heading)
	}
	return all
}

func (n *network) write(machine, path, text string) {
	n.t.Helper()
	if err := os.WriteFile(n.file(machine, path), []byte(text), 0o600); err != nil {
		n.t.Fatal(err)
	}
}

// config is that of a host, as its table has it.
func (n *network) config(host string) fleet.Config {
	n.t.Helper()
	at := n.file(host, conf.DefaultPath)
	settings, err := conf.Table{Path: at}.Settings()
	if err != nil {
		n.t.Fatal(err)
	}
	f := settings.Fleet
	f.KeyFile, f.CA = n.file(host, f.KeyFile), n.file(host, f.CA)
	f.Cert, f.Key = n.file(host, f.Cert), n.file(host, f.Key)
	key, err := f.ReadKey()
	if err != nil {
		n.t.Fatal(err)
	}
	return fleet.Config{Endpoints: f.Nodes, CA: f.CA, Cert: f.Cert, Key: f.Key, Fleet: f.Name,
		FleetKey: key, Host: host, Wait: 5 * time.Second}
}

// opened is a host's store.
func opened(t *testing.T, c fleet.Config) *fleet.Store {
	t.Helper()
	s, err := fleet.Open(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// logIn has alice log in with the code of a step from now on.
func logIn(s motp.Store, step int) (motp.Verdict, error) {
	v := motp.Verifier{Store: s, Policy: motp.DefaultPolicy}
	now := time.Now()
	code := alice.Tokens[0].Code(now.Add(time.Duration(step) * motp.StepLength))
	res, err := v.Verify(context.Background(), alice, code, now)
	return res.Verdict, err
}

func reasonOf(err error) string {
	var e *fleet.Error
	if errors.As(err, &e) {
		return e.Reason()
	}
	return ""
}

// held tries what the set-up promises.
func held(t *testing.T, n *network) {
	code := func(token motp.Token) string { return token.Code(time.Now()) }
	once := code(alice.Tokens[0])
	if !n.logsIn("web1", "alice", once) {
		t.Fatalf("alice is refused:\n%s", n.run("ssh web1 cat /root/motpd.log"))
	}
	if n.logsIn("web2", "alice", once) {
		t.Error("alice's code is good once more on the other host")
	}
	local := code(root.Tokens[0])
	for _, host := range []string{"web1", "web2"} {
		if !n.logsIn(host, "root", local) {
			t.Errorf("root, who is local, is refused on %s", host)
		}
	}
	own := opened(t, n.config("web1"))
	t.Run("differ", func(t *testing.T) { differ(t, n) })
	t.Run("plain", func(t *testing.T) { plain(t, n) })
	t.Run("refused", func(t *testing.T) { refused(t, n) })
	t.Run("left", func(t *testing.T) { left(t, n, own) })
	t.Run("renewed", func(t *testing.T) { renewed(t, n) })
	t.Run("away", func(t *testing.T) { away(t, n) })
}

// differ is a host whose table has another secret of alice's: each host's command names her, and
// nobody once both have the same.
func differ(t *testing.T, n *network) {
	had := n.run("cat " + n.file("web2", conf.DefaultPath))
	say := func(table, want string) {
		n.write("web2", conf.DefaultPath, table)
		for _, host := range []string{"web1", "web2"} {
			for begun := time.Now(); ; {
				output, err := n.try("ssh " + host + " motp fleet status")
				if strings.Contains(output, "alice") == (want == "alice") {
					t.Logf("%s: %v\n%s", host, err, output)
					break
				}
				if time.Since(begun) > time.Minute {
					t.Fatalf("%s: want %q: %v\n%s", host, want, err, output)
				}
			}
		}
	}
	say(had, "")
	say(strings.Replace(had, alice.Tokens[0].Secret, "fedcba9876543210", 1), "alice")
	say(had, "")
}

// plain is a host on which motpd runs in the place of motpd-etcd: motp doctor says why nobody but
// local users gets in.
func plain(t *testing.T, n *network) {
	start := func(command string) {
		n.run("ssh web2 'kill $(cat /root/motpd.pid); rm -f /run/motp/*.sock; " +
			command + "'")
	}
	start("setsid motpd --listen /run/motp >/root/motpd.log 2>&1 </dev/null & " +
		"echo $! >/root/motpd.pid; while test ! -S /run/motp/motpd.sock; do " +
		"kill -0 $! && sleep 0.05 || exit 1; done")
	const says = "motpd runs, and not motpd-etcd"
	if output, err := n.try("ssh web2 motp doctor"); err == nil ||
		!strings.Contains(output, says) {
		t.Errorf("with motpd: %v\n%s", err, output)
	}
	if n.logsIn("web2", "alice", alice.Tokens[0].Code(time.Now().Add(motp.StepLength))) {
		t.Error("motpd lets somebody in whose record the fleet has")
	}
	start("")
	n.run("ssh web2 systemctl restart motpd-etcd.service")
	if output, _ := n.try("ssh web2 motp doctor"); strings.Contains(output, says) {
		t.Errorf("with motpd-etcd:\n%s", output)
	}
}

// renewed is a host that is given another certificate while it runs: it goes on, and so it does
// with new connections.
func renewed(t *testing.T, n *network) {
	before := n.run("cat " + n.file("web2", "/etc/motp/motpd.crt"))
	n.run("motp fleet join web2 --out - | ssh root@web2 motp fleet join web2 --bundle -")
	if n.run("cat "+n.file("web2", "/etc/motp/motpd.crt")) == before {
		t.Error("the certificate is the one before")
	}
	for _, node := range []string{"a", "b", "c"} {
		n.run("ssh " + node + " systemctl restart --no-block etcd")
		n.run("motp fleet init") // waits for a majority
	}
	if code := alice.Tokens[0].Code(time.Now().Add(5 * motp.StepLength)); !n.logsIn("web2",
		"alice", code) {
		t.Error("alice is refused when the host has a new certificate")
	}
}

// away are nodes that die: one is not missed, and without two nobody gets in but who is local.
func away(t *testing.T, n *network) {
	kill := "'kill -9 $(cat /root/etcd.pid)'"
	code := func(token motp.Token, step int) string {
		return token.Code(time.Now().Add(time.Duration(step) * motp.StepLength))
	}
	n.run("ssh c " + kill)
	if !n.logsIn("web2", "alice", code(alice.Tokens[0], 7)) {
		t.Error("alice is refused without one node")
	}
	n.run("ssh b " + kill)
	if n.logsIn("web2", "alice", code(alice.Tokens[0], 9)) {
		t.Error("alice gets in without two nodes")
	}
	if !n.logsIn("web2", "root", code(root.Tokens[0], 2)) {
		t.Error("root, who is local, is refused without two nodes")
	}
	if output, err := n.try("motp fleet leave web2"); err == nil ||
		!strings.Contains(output, "run this again") {
		t.Errorf("a host leaves without two nodes: %v, %s", err, output)
	}
	n.run("ssh b systemctl restart --no-block etcd")
	n.run("motp fleet leave web2")
}

// refused are those whom etcd does not let in, or who do not take it for theirs.
func refused(t *testing.T, n *network) {
	other, err := fleetsetup.Create(filepath.Join(t.TempDir(), "other"), fleetsetup.Plan{
		Fleet: "example", Nodes: []fleetsetup.Node{{Name: "a", Address: "192.0.2.1"}}},
		time.Now())
	if err != nil {
		t.Fatal(err)
	}
	signed := func(dir, user string, at time.Time) func(*fleet.Config) {
		return func(c *fleet.Config) { c.Cert, c.Key = sign(t, dir, user, at) }
	}
	long := time.Now().AddDate(-3, 0, 0)
	for name, c := range map[string]struct {
		change      func(*fleet.Config)
		reason, say string
	}{
		"another fleet's authority": {func(c *fleet.Config) { c.CA = other.CA() },
			fleet.Away, "unknown authority"},
		"another fleet's certificate": {signed(other.At, "web1@1", time.Now()),
			fleet.Away, "certificate"},
		"a certificate that expired": {signed(fleetsetup.DefaultFolder, "web1@1", long),
			fleet.Away, "certificate"},
		"a host that never joined": {
			signed(fleetsetup.DefaultFolder, "web9@1", time.Now()), fleet.Denied, ""},
		"another fleet's key": {func(c *fleet.Config) { c.FleetKey = make([]byte, 32) },
			fleet.Unsealed, ""},
		"the port of nodes": {func(c *fleet.Config) {
			c.Endpoints = []string{"https://192.0.2.1:2380"}
			c.CA = fleetsetup.DefaultFolder + "/peers.crt"
		}, fleet.Away, "certificate"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			config := n.config("web1")
			config.Host = strings.ReplaceAll(name, " ", "-")
			c.change(&config)
			v, err := logIn(opened(t, config), 1)
			if v == motp.Accepted || reasonOf(err) != c.reason ||
				!strings.Contains(err.Error(), c.say) {
				t.Errorf("%v, %v; want %s, %q", v, err, c.reason, c.say)
			}
		})
	}
}

// sign makes a certificate with the authority of a folder.
func sign(t *testing.T, dir, user string, at time.Time) (cert, key string) {
	t.Helper()
	var p fleetkeys.Pair
	var err error
	if p.Cert, err = os.ReadFile(dir + "/ca.crt"); err != nil {
		t.Fatal(err)
	}
	if p.Key, err = os.ReadFile(dir + "/ca.key"); err != nil {
		t.Fatal(err)
	}
	ca, err := fleetkeys.ParseAuthority(p)
	if err != nil {
		t.Fatal(err)
	}
	if p, err = ca.User(user, fleetkeys.HostYears, at); err != nil {
		t.Fatal(err)
	}
	base := filepath.Join(t.TempDir(), "host")
	for ending, text := range map[string][]byte{".crt": p.Cert, ".key": p.Key} {
		if err := os.WriteFile(base+ending, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return base + ".crt", base + ".key"
}

// left is a host whose key was stolen: it is refused on the connection that it has, and on each new
// one, also when it has joined again.
func left(t *testing.T, n *network, own *fleet.Store) {
	stolen := n.config("web1")
	cert, key := filepath.Join(t.TempDir(), "crt"), filepath.Join(t.TempDir(), "key")
	n.run("cp " + stolen.Cert + " " + cert + " && cp " + stolen.Key + " " + key)
	stolen.Cert, stolen.Key = cert, key
	thief := opened(t, stolen)
	if v, err := logIn(thief, 2); v != motp.Accepted || err != nil {
		t.Fatalf("before: %v, %v", v, err)
	}
	denied := func(what string, s *fleet.Store) {
		t.Helper()
		if v, err := logIn(s, 3); v == motp.Accepted || reasonOf(err) != fleet.Denied {
			t.Errorf("%s: %v, %v", what, v, err)
		}
	}
	n.run("motp fleet leave web1")
	denied("the host, as it is connected", own)
	denied("the thief, as he is connected", thief)
	denied("the thief, anew", opened(t, stolen))
	n.run("motp fleet join web1 --out - | ssh root@web1 motp fleet join web1 --bundle -")
	denied("the thief, when the host has joined again", thief)
	denied("the thief, anew, then", opened(t, stolen))
	if v, err := logIn(opened(t, n.config("web1")), 4); v != motp.Accepted || err != nil {
		t.Errorf("the host, with its new key: %v, %v", v, err)
	}
}
