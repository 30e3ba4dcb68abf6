// Package etcd runs a cluster of Debian's etcd for tests: three nodes on loopback, with
// certificates and users, in a folder of its own. Nodes are killed, stopped, and cut off from each
// other.
//
// Everything goes through a proxy for each node (proxy.go), which knows who calls, and so which
// nodes are to be cut off from which.
package etcd

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"go.etcd.io/etcd/api/v3/authpb"
	clientv3 "go.etcd.io/etcd/client/v3"
	"go.uber.org/zap"
)

// A Cluster is three nodes.
type Cluster struct {
	Nodes []*Node
	Root  *clientv3.Client // may do everything

	dir   string
	certs *certs
	quota int
}

// A Node is one of them.
type Node struct {
	name    string
	cluster *Cluster
	client  *proxy
	peer    *proxy
	cmd     *exec.Cmd
	pid     atomic.Int64 // which the proxies ask for while a node is started again
	ended   chan struct{}
	disk    bool // its folder is a disk of its own
}

// Options say how a cluster is to be.
type Options struct {
	Heartbeat, Election time.Duration // 0 means those of docs/fleet.md: 50 and 500 ms
	Quota               int           // of bytes; 0 means etcd's own
	Disk                int           // of each node, in bytes; 0 means what there is

	Address string // where clients call the nodes, if not Direct; "" means 127.0.0.1

	// Direct means that nothing stands before the nodes, as where times are measured: none can
	// be cut off.
	Direct bool
}

const loopback = "127.0.0.1"

// Start starts a cluster in a folder, with the user motpd, who has the rights of docs/fleet.md.
func Start(dir string, o Options) (*Cluster, error) {
	o.Address = cmp.Or(o.Address, loopback)
	certs, err := newCerts(dir)
	if err != nil {
		return nil, err
	}
	c := &Cluster{dir: dir, certs: certs, quota: o.Quota}
	if o.Heartbeat == 0 {
		o.Heartbeat, o.Election = 50*time.Millisecond, 500*time.Millisecond
	}
	for i := range 3 {
		n := &Node{name: fmt.Sprint("n", i+1), cluster: c}
		if n.client, err = newProxy(c, o.Address, o.Direct); err != nil {
			return nil, err
		}
		if n.peer, err = newProxy(c, loopback, o.Direct); err != nil {
			return nil, err
		}
		c.Nodes = append(c.Nodes, n)
	}
	for _, n := range c.Nodes {
		if err := n.start(o); err != nil {
			c.Stop()
			return nil, err
		}
	}
	// all of them: with one that has not started, a test would be of two
	for _, ready := range []func() error{c.prepare, c.Settle} {
		if err := ready(); err != nil {
			err = errors.Join(err, c.lastWords())
			c.Stop()
			return nil, err
		}
	}
	return c, nil
}

// lastWords are what the nodes have logged that have ended.
func (c *Cluster) lastWords() error {
	var all []error
	for _, n := range c.Nodes {
		text, err := os.ReadFile(n.log())
		if err == nil && !n.runs() {
			err = fmt.Errorf("%s has ended: %s", n.name, text)
		}
		all = append(all, err)
	}
	return errors.Join(all...)
}

// log is the file of what a node logs.
func (n *Node) log() string { return filepath.Join(n.cluster.dir, n.name+".log") }

// Stop ends all nodes.
func (c *Cluster) Stop() {
	if c.Root != nil {
		_ = c.Root.Close()
	}
	for _, n := range c.Nodes {
		n.Kill()
		n.client.close()
		n.peer.close()
		n.unmountDisk()
	}
}

// Cert returns the files of a certificate with a user's name, and its key.
func (c *Cluster) Cert(user string) (cert, key string, err error) {
	return c.certs.make(user, time.Now().Add(life))
}

// CertUntil is Cert for one that ends at a time.
func (c *Cluster) CertUntil(user string, until time.Time) (cert, key string, err error) {
	return c.certs.make(user, until)
}

// CertOfAnother is Cert by an authority that the nodes do not know, and its own file.
func (c *Cluster) CertOfAnother(user string) (cert, key, ca string, err error) {
	dir, err := os.MkdirTemp(c.dir, "another")
	if err != nil {
		return "", "", "", err
	}
	another, err := newCerts(dir)
	if err != nil {
		return "", "", "", err
	}
	cert, key, err = another.make(user, time.Now().Add(life))
	return cert, key, another.file, err
}

// Revoke has the nodes take no further connection with a certificate.
func (c *Cluster) Revoke(cert string) error { return c.certs.revoke(cert) }

// CA is the file of whoever signed the certificates.
func (c *Cluster) CA() string { return c.certs.file }

// Endpoints are those of all nodes.
func (c *Cluster) Endpoints() (all []string) {
	for _, n := range c.Nodes {
		all = append(all, n.Endpoint())
	}
	return all
}

// Endpoint is where a node is asked.
func (n *Node) Endpoint() string { return "https://" + n.client.front }

func (n *Node) start(o Options) error {
	cert, key, err := n.cluster.certs.server(o.Address)
	if err != nil {
		return err
	}
	data := n.data()
	if err := n.mountDisk(o.Disk); err != nil {
		return err
	}
	args := []string{"--name", n.name, "--data-dir", data,
		"--listen-client-urls", "https://" + n.client.back,
		"--advertise-client-urls", n.Endpoint(),
		"--listen-peer-urls", "https://" + n.peer.back,
		"--initial-advertise-peer-urls", "https://" + n.peer.front,
		"--initial-cluster", n.cluster.peers(),
		"--initial-cluster-token", n.cluster.dir,
		"--cert-file", cert, "--key-file", key, "--trusted-ca-file", n.cluster.certs.file,
		"--client-cert-auth", "--client-crl-file", n.cluster.certs.crl,
		"--pre-vote", "--peer-cert-file", cert, "--peer-key-file", key,
		"--peer-trusted-ca-file", n.cluster.certs.file, "--peer-client-cert-auth",
		"--enable-grpc-gateway=false", "--logger=zap", "--log-level=error",
		"--heartbeat-interval", fmt.Sprint(o.Heartbeat.Milliseconds()),
		"--election-timeout", fmt.Sprint(o.Election.Milliseconds()),
	}
	if n.cluster.quota > 0 {
		args = append(args, "--quota-backend-bytes", fmt.Sprint(n.cluster.quota))
	}
	n.cmd = exec.Command("etcd", args...)
	return n.Start()
}

// Start starts a node that was killed.
func (n *Node) Start() error {
	log, err := os.OpenFile(n.log(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	n.cmd = exec.Command(n.cmd.Path, n.cmd.Args[1:]...)
	n.cmd.Stdout, n.cmd.Stderr = log, log
	// with whoever started it
	n.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := n.cmd.Start(); err != nil {
		return err
	}
	n.pid.Store(int64(n.cmd.Process.Pid))
	ended := make(chan struct{})
	n.ended = ended
	go func(cmd *exec.Cmd) {
		_ = cmd.Wait()
		close(ended)
	}(n.cmd)
	return nil
}

// Kill ends a node as a power cut does.
func (n *Node) Kill() {
	if n.ended == nil {
		return
	}
	_ = n.cmd.Process.Kill()
	<-n.ended
}

// Freeze has a node do nothing until Thaw.
func (n *Node) Freeze() { _ = n.cmd.Process.Signal(syscall.SIGSTOP) }

// Thaw has it go on.
func (n *Node) Thaw() { _ = n.cmd.Process.Signal(syscall.SIGCONT) }

// Ended is closed once a node has ended.
func (n *Node) Ended() <-chan struct{} { return n.ended }

func (n *Node) runs() bool {
	select {
	case <-n.ended:
		return false
	default:
		return true
	}
}

// prepare makes the users and the roles, once the nodes answer.
func (c *Cluster) prepare() error {
	var err error
	if c.Root, err = c.Client("root", c.Endpoints()...); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	for _, do := range []func() error{
		func() error { _, err := c.Root.RoleAdd(ctx, "root"); return err },
		func() error { _, err := c.Root.RoleAdd(ctx, "motpd"); return err },
		func() error { return c.grant(ctx, "/motp/rec/", true, authpb.READWRITE) },
		func() error { return c.grant(ctx, "/motp/host/", true, authpb.READWRITE) },
		func() error { return c.grant(ctx, "/motp/epoch", false, authpb.READ) },
		func() error { return c.addUser(ctx, "root", "root") },
		func() error { return c.addUser(ctx, "motpd", "motpd") },
		func() error { return c.addUser(ctx, "stranger", "") },
		func() error { _, err := c.Root.AuthEnable(ctx); return err },
	} {
		if err := again(ctx, do); err != nil {
			return err
		}
	}
	return nil
}

// again does what a cluster without a leader does not do yet.
func again(ctx context.Context, do func() error) error {
	for {
		err := do()
		if err == nil || strings.Contains(err.Error(), "already exists") {
			return nil
		}
		select {
		case <-time.After(50 * time.Millisecond):
		case <-ctx.Done():
			return err
		}
	}
}

func (c *Cluster) grant(ctx context.Context, at string, prefix bool,
	kind authpb.Permission_Type) error {
	end := ""
	if prefix {
		end = clientv3.GetPrefixRangeEnd(at)
	}
	_, err := c.Root.RoleGrantPermission(ctx, "motpd", at, end, clientv3.PermissionType(kind))
	return err
}

func (c *Cluster) addUser(ctx context.Context, user, role string) error {
	_, err := c.Root.UserAddWithOptions(ctx, user, "",
		&clientv3.UserAddOptions{NoPassword: true})
	if role == "" || err != nil && !strings.Contains(err.Error(), "already exists") {
		return err
	}
	_, err = c.Root.UserGrantRole(ctx, user, role)
	return err
}

// Client is one of a user's, of some nodes.
func (c *Cluster) Client(user string, endpoints ...string) (*clientv3.Client, error) {
	config, err := c.certs.config(user)
	if err != nil {
		return nil, err
	}
	return clientv3.New(clientv3.Config{Endpoints: endpoints, TLS: config,
		Logger: zap.NewNop()})
}

// ErrNoLeader means that no node leads.
var ErrNoLeader = errors.New("no node leads")

// Leader is the node that leads now, by what the nodes say that answer.
func (c *Cluster) Leader() (*Node, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	for ctx.Err() == nil {
		for _, n := range c.Nodes {
			if n.runs() && c.leads(ctx, n) {
				return n, nil
			}
		}
	}
	return nil, ErrNoLeader
}

// Settle waits until all nodes follow a leader, and are as far as it is.
func (c *Cluster) Settle() error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	leader, err := c.Leader()
	if err != nil {
		return err
	}
	far, err := c.Root.Status(ctx, leader.Endpoint())
	if err != nil {
		return err
	}
	for _, n := range c.Nodes {
		err := again(ctx, func() error {
			s, err := c.Root.Status(ctx, n.Endpoint())
			if err == nil &&
				(s.Leader == 0 || s.RaftAppliedIndex < far.RaftAppliedIndex) {
				err = fmt.Errorf("%s is not as far as the others", n.name)
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (c *Cluster) leads(ctx context.Context, n *Node) bool {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	s, err := c.Root.Status(ctx, n.Endpoint())
	return err == nil && s.Leader == s.Header.MemberId
}
