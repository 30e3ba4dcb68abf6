package fleetserve

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/pam-motp/pam-motp/conf"
	"github.com/pam-motp/pam-motp/internal/fleetreport"
	"github.com/pam-motp/pam-motp/internal/storepipe"
	"github.com/pam-motp/pam-motp/motp"
	"github.com/pam-motp/pam-motp/motp/storetest"
	"github.com/pam-motp/pam-motp/test/etcd"
	clientv3 "go.etcd.io/etcd/client/v3"
)

// The test is also the program that serves.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "store" {
		if err := Run(os.Args[2:], os.Stdin, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// settings are those of a host of a cluster, by a user's certificate.
func settings(t *testing.T, c *etcd.Cluster, user string) conf.Fleet {
	t.Helper()
	cert, key, err := c.Cert(user)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "fleet.key")
	text := base64.StdEncoding.EncodeToString(make([]byte, conf.FleetKeyLen))
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return conf.Fleet{Nodes: c.Endpoints(), CA: c.CA(), Cert: cert, Key: key,
		Name: "example", KeyFile: file, Call: time.Second, Wait: 10 * time.Second}
}

func start(t *testing.T, f conf.Fleet) (*storepipe.Process, error) {
	t.Helper()
	text, err := json.Marshal(f)
	if err != nil {
		t.Fatal(err)
	}
	return storepipe.Start(os.Args[0], "store", string(text))
}

// A program that does not link the client has all of the store: what package motp asks of any, how
// the fleet stands, and an administrator's next epoch.
func TestServe(t *testing.T) {
	c, err := etcd.Start(t.TempDir(), etcd.Options{Heartbeat: 20 * time.Millisecond,
		Election: 200 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Stop)
	admin, err := start(t, settings(t, c, "root"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(admin.Close)
	var number uint64
	if err := admin.Ask(t.Context(), "begin", nil, &number); err != nil || number == 0 {
		t.Fatal(number, err)
	}
	host, err := start(t, settings(t, c, "motpd"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(host.Close)
	var report fleetreport.Report
	if err := host.Ask(t.Context(), "report", nil, &report); err != nil ||
		report.Epoch != number || len(report.Nodes) != 3 {
		t.Errorf("%+v, %v", report, err)
	}
	if err := host.Ask(t.Context(), "begin", nil, &number); err == nil {
		t.Error("a host begins an epoch")
	}
	storetest.Run(t, func(t *testing.T) storetest.Subject {
		if _, err := c.Root.Delete(t.Context(), "/motp/rec/",
			clientv3.WithPrefix()); err != nil {
			t.Fatal(err)
		}
		one, err := start(t, settings(t, c, "motpd"))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(one.Close)
		return storetest.Subject{Store: one, Again: func(*testing.T) motp.Store {
			return one
		}}
	})
}

// What keeps it from serving is told as what it is.
func TestRefuses(t *testing.T) {
	for name, argument := range map[string]string{"nothing": "", "no settings": "x",
		"no key": `{"Name":"example","KeyFile":"/nonexistent"}`} {
		if p, err := storepipe.Start(os.Args[0], "store", argument); err == nil {
			p.Close()
			t.Errorf("%s: it serves", name)
		} else if name == "no key" && !os.IsNotExist(err) && err.Error() == "" {
			t.Error(err)
		}
	}
}
