package command

import (
	"encoding/base64"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pam-motp/pam-motp/conf"
	"github.com/pam-motp/pam-motp/internal/fleet"
	"github.com/pam-motp/pam-motp/motp"
	"github.com/pam-motp/pam-motp/test/etcd"
)

// A fleetHost is a host of a fleet: a table and a folder of records.
type fleetHost struct {
	t        *testing.T
	programs string // a folder
	table    string
	state    string
}

// fleetPrograms are motp and motpd-etcd, in one folder as they are installed.
func fleetPrograms(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	cmd := exec.Command("go", "build", "-o", folder, "./cmd/motp", "./cmd/motpd-etcd")
	cmd.Dir = filepath.Join("..", "..")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return folder
}

// fleetSettings are those of a host of a cluster.
func fleetSettings(t *testing.T, c *etcd.Cluster) string {
	t.Helper()
	return fleetSettingsUntil(t, c, time.Now().AddDate(0, 2, 0))
}

// fleetSettingsUntil are those of a host whose certificate ends at a time.
func fleetSettingsUntil(t *testing.T, c *etcd.Cluster, until time.Time) string {
	t.Helper()
	cert, key, err := c.CertUntil("motpd", until)
	must(t, err)
	shared := filepath.Join(t.TempDir(), "fleet.key")
	must(t, os.WriteFile(shared, []byte(base64.StdEncoding.EncodeToString(
		make([]byte, conf.FleetKeyLen))), 0o600))
	return fmt.Sprintf("store = etcd %s\nstore_ca = %s\nstore_cert = %s\nstore_key = %s\n"+
		"fleet = example\nfleet_key = %s\nstore_call = 1s\nstore_wait = 7s\n",
		strings.Join(c.Endpoints(), " "), c.CA(), cert, key, shared)
}

// motp runs the command on the host.
func (h *fleetHost) motp(in string, args ...string) ran {
	h.t.Helper()
	return runCommand(h.t, exec.Command(filepath.Join(h.programs, "motp"),
		append([]string{"--conf", h.table, "--state", h.state}, args...)...), in)
}

// does is motp for what must succeed, and tell something.
func (h *fleetHost) does(tells string, args ...string) {
	h.t.Helper()
	if r := h.motp("", args...); r.status != 0 || !strings.Contains(r.out+r.err, tells) {
		h.t.Errorf(
			"%q: status %d, want 0 and %q\n%s%s",
			args,
			r.status,
			tells,
			r.out,
			r.err,
		)
	}
}

// fails is motp for what must not.
func (h *fleetHost) fails(tells string, args ...string) {
	h.t.Helper()
	if r := h.motp("", args...); r.status == 0 || !strings.Contains(r.out+r.err, tells) {
		h.t.Errorf("%q: status %d, want a failure and %q\n%s%s", args, r.status, tells,
			r.out, r.err)
	}
}

// verify has the command judge a code, and wants these words of it.
func (h *fleetHost) verify(code, tells string) {
	h.t.Helper()
	r := h.motp(code+"\n", "verify", name, "--code-stdin")
	if !strings.Contains(r.out+r.err, tells) {
		h.t.Errorf("a code is judged %q, want %q", r.out+r.err, tells)
	}
}

func (h *fleetHost) write(settings string) {
	h.t.Helper()
	must(h.t, os.WriteFile(h.table, []byte(settings+"max_failures = 3\n"+
		"[alice]\nsecret = "+secret+"\npin = "+pin+"\n"+
		"[bob]\nsecret = fedcba9876543210\npin = "+pin+"\n"+
		"[root]\nsecret = 0123456789abcdef\npin = "+pin+"\nlocal = yes\n"), 0o600))
}

func newFleetHost(t *testing.T, programs string) *fleetHost {
	h := &fleetHost{t: t, programs: programs, table: filepath.Join(t.TempDir(), "motp.conf"),
		state: filepath.Join(t.TempDir(), "motp")}
	must(t, os.Mkdir(h.state, 0o700))
	return h
}

// Two hosts with records in files become a fleet, and one host each again, and no code is good
// twice on the way.
func TestFleetVerbs(t *testing.T) {
	c, err := etcd.Start(t.TempDir(), etcd.Options{})
	must(t, err)
	t.Cleanup(c.Stop)
	programs, settings := fleetPrograms(t), fleetSettings(t, c)
	one, two := newFleetHost(t, programs), newFleetHost(t, programs)
	code := func(ago int) string {
		token := motp.Token{Secret: secret, PIN: pin}
		return token.Code(time.Now().Add(-time.Duration(ago) * 10 * time.Second))
	}
	used := []string{code(9), code(8), code(7), code(6), code(5)}
	for i, h := range []*fleetHost{one, two} {
		h.write("")
		h.verify(used[i], "accepted")
		h.fails("names no store", "fleet", "copy", "--to-store")
		h.fails("names no store", "fleet", "status")
	}

	cert, key, err := c.Cert("root")
	must(t, err)
	admin := []string{"--store-cert", cert, "--store-key", key}
	one.write(settings)
	one.fails("has no epoch", "list")
	_, err = fleet.BeginFirst(t.Context(), hostConfig(t, c, "root"))
	must(t, err)
	one.fails("does not let this host", "fleet", "restored")
	two.write(settings)
	one.does("1 record would be moved to the store", "fleet", "copy", "--to-store", "--dry-run")
	one.does("1 record moved to the store", "fleet", "copy", "--to-store")
	two.does("1 record moved to the store; 1 of them merged", "fleet", "copy", "--to-store")
	two.does("0 records moved to the store; 1 moved before", "fleet", "copy", "--to-store")
	for _, h := range []*fleetHost{one, two} {
		for _, code := range used[:2] {
			h.verify(code, "used before")
		}
	}
	one.verify(used[2], "accepted")
	two.verify(used[2], "used before")
	eachVerb(one, two)

	two.write("") // without copying back
	two.verify(used[3], "moved to another store")
	two.write(settings)
	one.verify(used[3], "accepted")

	judge := startHost(t, c)
	one.fails("people log in by the store", "fleet", "copy", "--to-files")
	judge.Close()
	for _, h := range []*fleetHost{one, two} {
		h.does("1 record moved to files", "fleet", "copy", "--to-files")
	}
	one.verify(used[4], "moved to another store")
	for _, h := range []*fleetHost{one, two} {
		h.write("")
		for _, code := range used[:4] {
			h.verify(code, "used before")
		}
		h.verify(used[4], "accepted")
	}

	one.write(settings)
	one.fails("brings it back", "unlock", name)
	one.does("1 of them merged", "fleet", "copy", "--to-store")
	one.does("epoch", append(admin, "fleet", "restored", "--reach", "1s")...)
	one.verify(code(0), "used before")
	one.does("leads", "fleet", "status")
	two.write(fleetSettingsUntil(t, c, time.Now().AddDate(0, 0, 10)))
	two.fails("motp fleet join once more", "fleet", "status")
	c.Nodes[0].Kill()
	one.fails("is down", "fleet", "status")
}

// eachVerb has each verb that looks at records do so in the store.
func eachVerb(one, two *fleetHost) {
	for range 3 {
		one.verify(fmt.Sprintf("%06x", time.Now().UnixNano()&0xffffff), "wrong")
	}
	two.does("locked", "status", name)
	two.does("locked", "list")
	two.does("unlocked", "unlock", name)
	one.does("none", "status", name)
	one.does("is asked everywhere", "grace", name)
	one.does("already", "sync", name, "--epoch", fmt.Sprintf("%09d", time.Now().Unix()/10))
	one.does("1 record is told", "restored", "bob", "--reach", "1s")
	two.fails("is in the table", "forget", "bob")
	two.does("removed", "remove", "bob")
	two.does("bob", "list", "--removed")
	two.does("forgotten", "forget", "bob")
	two.does("has records of users in the table only", "list", "--removed")
}

func hostConfig(t *testing.T, c *etcd.Cluster, user string) fleet.Config {
	t.Helper()
	cert, key, err := c.Cert(user)
	must(t, err)
	return fleet.Config{Endpoints: c.Endpoints(), CA: c.CA(), Cert: cert, Key: key,
		Fleet: "example", FleetKey: make([]byte, conf.FleetKeyLen), Host: "web9"}
}

// startHost is motpd-etcd of another host, as far as others can tell: once it has changed
// something, there is a heartbeat.
func startHost(t *testing.T, c *etcd.Cluster) *fleet.Store {
	t.Helper()
	s, err := fleet.Open(hostConfig(t, c, "motpd"))
	must(t, err)
	t.Cleanup(s.Close)
	for beats := 0; beats == 0; {
		resp, err := c.Root.Get(t.Context(), "/motp/host/web9")
		must(t, err)
		beats = len(resp.Kvs)
	}
	return s
}
