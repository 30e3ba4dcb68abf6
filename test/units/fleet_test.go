package units

import (
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/msteinert/pam/v2"
	"github.com/pam-motp/pam-motp/test/etcd"
	"github.com/pam-motp/pam-motp/test/fleet"
	"github.com/pam-motp/pam-motp/test/stage"
)

// never is a service in which a worker judges.
const never = "motp-never"

// inFleet puts the machine into a fleet, whose store it starts. One user is the fleet's, and one is
// local.
func (m *machine) inFleet(t *testing.T) (store *etcd.Cluster, fleets, local *stage.Person) {
	t.Helper()
	must(t, stage.Need("etcd", "etcd-server"))
	must(t, stage.Need("pamtester", "pamtester"))
	people := m.crowd(t, 2)
	fleets, local = people[0], people[1]
	must(t, os.WriteFile("/etc/pam.d/"+never,
		[]byte("auth required pam_motp.so nodelay motpd=never\n"), 0o644))
	store, err := etcd.Start(t.TempDir(), etcd.Options{})
	must(t, err)
	t.Cleanup(store.Stop)
	must(t, fleet.Begin(store))
	cert, key, err := store.Cert("motpd")
	must(t, err)
	// where motpd-etcd may look: its /tmp is its own
	must(t, os.MkdirAll("/etc/motp", 0o755))
	for name, from := range map[string]string{"ca.crt": store.CA(), "motpd.crt": cert,
		"motpd.key": key} {
		text, err := os.ReadFile(from)
		must(t, err)
		must(t, os.WriteFile("/etc/motp/"+name, text, 0o600))
	}
	must(t, os.WriteFile("/etc/motp/fleet.key",
		[]byte(base64.StdEncoding.EncodeToString(fleet.Key)+"\n"), 0o600))
	var table strings.Builder
	fmt.Fprintf(&table, "store = etcd %s\nstore_ca = /etc/motp/ca.crt\n"+
		"store_cert = /etc/motp/motpd.crt\nstore_key = /etc/motp/motpd.key\n"+
		"fleet = example\nfleet_key = /etc/motp/fleet.key\n",
		strings.Join(store.Endpoints(), " "))
	for i, p := range people {
		fmt.Fprintf(&table, "[%s]\nsecret = %s\npin = %s\n", p.Name, p.Secret, p.PIN)
		if i == 1 {
			table.WriteString("local = yes\n")
		}
	}
	must(t, m.WriteTable(table.String()))
	return store, fleets, local
}

// refused is a login for which nobody can reach a verdict.
func (m *machine) refused(t *testing.T, service string, p *stage.Person, reason string) {
	t.Helper()
	err := login(t, service, p.Name, p.NewCode())
	if !errors.Is(err, pam.ErrAuthinfoUnavail) {
		t.Errorf("%s, %s: %v", service, reason, err)
	}
	_, err = m.Log.Wait("result=denied reason=" + reason + " user=" + p.Name)
	must(t, err)
}

// refleet changes a setting in the table.
func (m *machine) refleet(t *testing.T, before, after string) {
	t.Helper()
	text, err := os.ReadFile("/etc/security/motp.conf")
	must(t, err)
	must(t, m.WriteTable(strings.ReplaceAll(string(text), before, after)))
}

// runs waits until one program of those that are motpd runs, and no other: two would take each
// other's logins.
func (m *machine) runs(t *testing.T, want string) {
	t.Helper()
	m.eventually(t, want+" runs", func() error {
		children, err := stage.Children(m.init)
		if err != nil {
			return err
		}
		var run []string
		for _, pid := range children {
			exe, err := os.Readlink(fmt.Sprintf("/proc/%d/exe", pid))
			name, _, _ := strings.Cut(filepath.Base(exe), " ") // it may be deleted
			if err == nil && strings.HasPrefix(name, "motpd") {
				run = append(run, name)
			}
		}
		if len(run) != 1 || run[0] != want || m.motpd(t) == 0 {
			return fmt.Errorf("%q run", run)
		}
		return nil
	})
}

// TestFleetUnderSystemd: motpd-etcd takes motpd's place behind its sockets, judges by what all
// servers remember, and gives the place back. Without it nobody gets in who is not local, and while
// the store is away neither does anybody else, from the boot on.
func TestFleetUnderSystemd(t *testing.T) {
	t.Parallel()
	onMachine(t, func(t *testing.T, m *machine) {
		store, p, local := m.inFleet(t)
		for _, service := range []string{never, auto} {
			m.refused(t, service, p, "no-motpd")
			must(t, login(t, service, local.Name, local.NewCode()))
		}
		m.byMotpd(t, local)

		m.systemctl(t, "stop", "motpd.service")
		m.systemctl(t, "enable", fleetUnit)
		m.systemctl(t, "restart", fleetUnit)
		m.runs(t, "motpd-etcd")
		m.expect(t, "behind the same sockets", "active active active")
		used := p.NewCode()
		must(t, login(t, always, p.Name, used))
		if err := login(t, always, p.Name, used); !errors.Is(err, pam.ErrAuth) {
			t.Errorf("a used code: %v", err)
		}
		_, err := m.Log.Wait("result=denied reason=replay user=" + p.Name)
		must(t, err)
		if _, err := os.Stat("/var/lib/motp/" + p.Name); !os.IsNotExist(err) {
			t.Errorf("a record in a file: %v", err)
		}
		m.refused(t, never, p, "no-motpd")
		must(t, m.AddUser(p.Name))
		must(t, m.loginAs(t, p.Name, always, p.Name, p.NewCode()))
		out, err := m.inside("/usr/local/sbin/motpd-etcd", "--check").CombinedOutput()
		if err != nil {
			t.Errorf("--check: %v: %s", err, out)
		}

		for _, node := range store.Nodes {
			node.Kill()
		}
		// what is sent while nobody knows yet is unsure
		err = login(t, always, p.Name, p.NewCode())
		if !errors.Is(err, pam.ErrAuthinfoUnavail) {
			t.Errorf("without a store: %v", err)
		}
		m.refused(t, always, p, "store-away")
		m.byMotpd(t, local)
		m.systemctl(t, "restart", fleetUnit)
		m.refused(t, always, p, "store-away")
		m.byMotpd(t, local)
		out, err = m.inside("/usr/local/sbin/motpd-etcd", "--check").CombinedOutput()
		if err == nil || !strings.Contains(string(out), "no node of the store answers") {
			t.Errorf("--check without a store: %v: %s", err, out)
		}
		for _, node := range store.Nodes {
			must(t, node.Start())
		}
		m.byMotpd(t, p)

		// Other settings count without a restart: first wrong ones, then right ones.
		m.refleet(t, "/etc/motp/ca.crt", "/etc/motp/none.crt")
		m.refused(t, always, p, "store")
		m.byMotpd(t, local)
		m.refleet(t, "/etc/motp/none.crt", "/etc/motp/ca.crt")
		m.byMotpd(t, p)

		m.make(t, "install")
		m.runs(t, "motpd-etcd")
		m.byMotpd(t, p)
		m.systemctl(t, "disable", "--now", fleetUnit)
		m.systemctl(t, "restart", "motpd.socket")
		m.byMotpd(t, local)
		m.runs(t, "motpd")
		m.refused(t, always, p, "no-motpd")

		m.systemctl(t, "enable", fleetUnit) // while motpd runs
		m.systemctl(t, "restart", fleetUnit)
		m.runs(t, "motpd-etcd")
		m.byMotpd(t, p)
	})
}
