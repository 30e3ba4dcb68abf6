package etcd

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// data is a node's folder.
func (n *Node) data() string { return filepath.Join(n.cluster.dir, n.name) }

// ballast is what fills a disk.
func (n *Node) ballast() string { return n.data() + "/ballast" }

// mountDisk has a node's folder be a disk of some size, unless that is 0. Whoever wants that is
// root, and alone in a mount namespace.
func (n *Node) mountDisk(size int) error {
	if size == 0 {
		return nil
	}
	err := os.Mkdir(n.data(), 0o700)
	if err == nil {
		err = unix.Mount(
			"tmpfs",
			n.data(),
			"tmpfs",
			0,
			fmt.Sprintf("size=%d,mode=700", size),
		)
	}
	n.disk = err == nil
	return err
}

func (n *Node) unmountDisk() {
	if n.disk {
		_ = unix.Unmount(n.data(), unix.MNT_DETACH)
	}
}

// FillDisk leaves nothing of a node's disk.
func (n *Node) FillDisk() error {
	if !n.disk {
		return errors.New("the node has no disk of its own")
	}
	f, err := os.Create(n.ballast())
	if err != nil {
		return err
	}
	defer f.Close()
	if _, err := io.Copy(f, zeros{}); !errors.Is(err, unix.ENOSPC) {
		return err
	}
	return nil
}

// zeros are bytes without an end.
type zeros struct{}

func (zeros) Read(b []byte) (int, error) { clear(b); return len(b), nil }

// FreeDisk makes room on it again.
func (n *Node) FreeDisk() error { return os.Remove(n.ballast()) }
