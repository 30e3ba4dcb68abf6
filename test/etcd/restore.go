package etcd

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"
)

// Snapshot saves the store as it stands in a file, as an administrator's backup does.
func (c *Cluster) Snapshot() (file string, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	from, err := c.Client("root", c.Nodes[0].Endpoint())
	if err != nil {
		return "", err
	}
	defer from.Close()
	r, err := from.Snapshot(ctx)
	if err != nil {
		return "", err
	}
	defer r.Close()
	to, err := os.CreateTemp(c.dir, "snapshot")
	if err != nil {
		return "", err
	}
	defer to.Close()
	if _, err := io.Copy(to, r); err != nil {
		return "", err
	}
	return to.Name(), to.Close()
}

// Restore has the cluster begin again from a snapshot, as etcd's manual has it: each node gets a
// new folder. token is the name of the new cluster; with "", which is that of the old one, etcd
// takes them for the same.
func (c *Cluster) Restore(snapshot, token string) error {
	if token == "" {
		token = c.dir
	}
	for _, n := range c.Nodes {
		n.Kill()
	}
	for _, n := range c.Nodes {
		if err := n.restore(snapshot, token); err != nil {
			return err
		}
	}
	for _, n := range c.Nodes {
		if err := n.Start(); err != nil {
			return err
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	return again(ctx, func() error {
		_, err := c.Root.Get(ctx, "/motp/epoch")
		return err
	})
}

func (n *Node) restore(snapshot, token string) error {
	if err := os.RemoveAll(n.data()); err != nil {
		return err
	}
	program, err := exec.LookPath("etcdutl") // from 3.5 on, instead of etcdctl
	if err != nil {
		program = "etcdctl"
	}
	cmd := exec.Command(program, "snapshot", "restore", snapshot, "--name", n.name,
		"--data-dir", n.data(), "--initial-cluster", n.cluster.peers(),
		"--initial-cluster-token", token,
		"--initial-advertise-peer-urls", "https://"+n.peer.front)
	cmd.Env = append(os.Environ(), "ETCDCTL_API=3")
	if said, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s snapshot restore: %w: %s", program, err, said)
	}
	return nil
}

// peers are all nodes, as each is told of them.
func (c *Cluster) peers() string {
	var all []string
	for _, n := range c.Nodes {
		all = append(all, n.name+"=https://"+n.peer.front)
	}
	return strings.Join(all, ",")
}
