package fleetauth

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pam-motp/pam-motp/internal/fleetsetup"
	"github.com/pam-motp/pam-motp/test/etcd"
	"go.etcd.io/etcd/api/v3/v3rpc/rpctypes"
	clientv3 "go.etcd.io/etcd/client/v3"
)

// start starts a cluster, and returns how somebody asks it.
func start(t *testing.T) (*etcd.Cluster, func(user string, hosts ...string) Config) {
	t.Helper()
	cluster, err := etcd.Start(t.TempDir(), etcd.Options{
		Heartbeat: 20 * time.Millisecond, Election: 200 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cluster.Stop)
	return cluster, func(user string, hosts ...string) Config {
		t.Helper()
		cert, key, err := cluster.Cert(user)
		if err != nil {
			t.Fatal(err)
		}
		pair, err := tls.LoadX509KeyPair(cert, key)
		if err != nil {
			t.Fatal(err)
		}
		ca, err := os.ReadFile(cluster.CA())
		if err != nil {
			t.Fatal(err)
		}
		pool := x509.NewCertPool()
		pool.AppendCertsFromPEM(ca)
		return Config{Endpoints: cluster.Endpoints(), Hosts: hosts,
			TLS:    &tls.Config{RootCAs: pool, Certificates: []tls.Certificate{pair}},
			IsHost: fleetsetup.IsHostUser}
	}
}

func TestPrepare(t *testing.T) {
	cluster, as := start(t)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	must := func(_ any, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	// somebody has looked after this by hand
	root := cluster.Root
	write := clientv3.PermissionType(clientv3.PermReadWrite)
	must(root.RoleGrantPermission(ctx, Role, "/motp/epoch", "", write))
	must(root.RoleGrantPermission(ctx, Role, "/other/", "/other0", write))
	must(root.RoleRevokePermission(ctx, Role, "/motp/host/", "/motp/host0"))
	for _, user := range []string{"web1@1", "web9@1"} {
		must(root.UserAddWithOptions(ctx, user, "", &clientv3.UserAddOptions{
			NoPassword: true}))
	}
	must(root.UserGrantRole(ctx, "web9@1", Role))

	prepare := func(want Done, hosts ...string) {
		t.Helper()
		got, err := Prepare(ctx, as("root", hosts...))
		if err != nil || !slices.Equal(got.Added, want.Added) ||
			!slices.Equal(got.Removed, want.Removed) {
			t.Fatalf("%+v, %v, want %+v", got, err, want)
		}
	}
	prepare(Done{Added: []string{"web2@1"}, Removed: []string{"web9@1"}}, "web1@1", "web2@1")
	prepare(Done{}, "web1@1", "web2@1")
	users, err := root.UserList(ctx)
	if want := "motpd root stranger web1@1 web2@1"; err != nil ||
		strings.Join(users.Users, " ") != want {
		t.Errorf("the users are %v, %v; not %s", users, err, want)
	}
	role, err := root.RoleGet(ctx, Role)
	if err != nil || len(role.Perm) != len(rights) {
		t.Errorf("the role is %v, %v", role, err)
	}

	host, err := cluster.Client("web1@1", cluster.Endpoints()...)
	must(nil, err)
	defer host.Close()
	mayAndMayNot(t, ctx, host)

	// who has left is refused at once, though the connection stays
	prepare(Done{Removed: []string{"web1@1"}}, "web2@1")
	if _, err := host.Put(ctx, "/motp/rec/alice", ""); !errors.Is(err,
		rpctypes.ErrPermissionDenied) {
		t.Errorf("who has left writes: %v", err)
	}
}

// mayAndMayNot tries what a host may do and what it may not.
func mayAndMayNot(t *testing.T, ctx context.Context, host *clientv3.Client) {
	t.Helper()
	for what, c := range map[string]struct {
		may bool
		do  func() error
	}{
		"write a record": {true, func() error {
			_, err := host.Put(ctx, "/motp/rec/alice", "")
			return err
		}},
		"write its time": {true, func() error {
			_, err := host.Put(ctx, "/motp/host/web1", "")
			return err
		}},
		"read the epoch": {true, func() error {
			_, err := host.Get(ctx, "/motp/epoch")
			return err
		}},
		"begin an epoch": {false, func() error {
			_, err := host.Put(ctx, "/motp/epoch", "")
			return err
		}},
		"write elsewhere": {false, func() error {
			_, err := host.Put(ctx, "/other/x", "")
			return err
		}},
		"read everything": {false, func() error {
			_, err := host.Get(ctx, "\x00", clientv3.WithFromKey())
			return err
		}},
		"make users": {false, func() error {
			_, err := host.UserAdd(ctx, "web3@1", "")
			return err
		}},
		"make itself root": {false, func() error {
			_, err := host.UserGrantRole(ctx, "web1@1", "root")
			return err
		}},
		"have nobody asked": {false, func() error {
			_, err := host.AuthDisable(ctx)
			return err
		}},
		"remove a node": {false, func() error {
			_, err := host.MemberRemove(ctx, 1)
			return err
		}},
		"copy everything": {false, func() error {
			r, err := host.Snapshot(ctx)
			if err == nil {
				_, err = r.Read(make([]byte, 1))
			}
			return err
		}},
	} {
		err := c.do()
		// of a stream it is no error of etcd's package
		if c.may && err != nil || !c.may && (err == nil ||
			!strings.Contains(err.Error(), "permission denied")) {
			t.Errorf("a host may %s: %v; it did: %v", what, c.may, err)
		}
	}
}

func TestPrepareRefused(t *testing.T) {
	_, as := start(t)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if _, err := Prepare(ctx, as("motpd")); err == nil ||
		!strings.Contains(err.Error(), "administrator's certificate") {
		t.Errorf("as a host: %v", err)
	}
	nobody := as("root")
	nobody.TLS.RootCAs = x509.NewCertPool()
	brief, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	if _, err := Prepare(brief, nobody); err == nil ||
		!strings.Contains(err.Error(), "does not answer") {
		t.Errorf("of another authority: %v", err)
	}
}
