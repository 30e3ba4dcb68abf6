package fleetsetup

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/pam-motp/pam-motp/internal/fleetkeys"
	"github.com/pam-motp/pam-motp/internal/privatefile"
)

// DefaultFolder is where the administrator's folder is.
const DefaultFolder = "/etc/motp/fleet"

// The files of the folder. What is a pair is the same with .crt and .key.
const (
	planFile   = "fleet.conf"
	sharedFile = "fleet.key"
	authority  = "ca"
	peers      = "peers" // the authority of the nodes among each other
	root       = "root"  // etcd's administrator
	nodesIn    = "nodes"
	hostsIn    = "hosts"
)

// A Folder is the administrator's: who has it has the fleet.
type Folder struct {
	Plan
	At string

	authority fleetkeys.Pair
	peers     fleetkeys.Pair // only while the folder is made
	shared    []byte
}

// Open opens a folder. It is [fs.ErrNotExist] if there is none.
func Open(at string) (*Folder, error) {
	f := &Folder{At: at}
	text, err := os.ReadFile(f.file(planFile))
	if err != nil {
		return nil, err
	}
	if f.Plan, err = parsePlan(text); err != nil {
		return nil, fmt.Errorf("%s: %w", f.file(planFile), err)
	}
	if f.authority, err = f.read(authority); err != nil {
		return nil, err
	}
	f.shared, err = os.ReadFile(f.Shared())
	return f, err
}

// file is the path of a file of the folder.
func (f *Folder) file(name ...string) string {
	return filepath.Join(append([]string{f.At}, name...)...)
}

func (f *Folder) read(name string) (p fleetkeys.Pair, err error) {
	if p.Cert, err = os.ReadFile(f.file(name + ".crt")); err != nil {
		return p, err
	}
	p.Key, err = os.ReadFile(f.file(name + ".key"))
	return p, err
}

// CA, Cert, and Key are the files with which etcd's administrator speaks to it, and Shared the
// fleet's key.
func (f *Folder) CA() string     { return f.file(authority + ".crt") }
func (f *Folder) Cert() string   { return f.file(root + ".crt") }
func (f *Folder) Key() string    { return f.file(root + ".key") }
func (f *Folder) Shared() string { return f.file(sharedFile) }

// NodeFolder is what a node is given.
func (f *Folder) NodeFolder(n Node) string { return f.file(nodesIn, n.Name) }

// ErrOther means that a folder, or a host, is that of another fleet.
var ErrOther = errors.New("is that of another fleet")

// Create makes a folder with all that a fleet needs, or nothing.
func Create(at string, p Plan, now time.Time) (*Folder, error) {
	if err := p.Check(); err != nil {
		return nil, err
	}
	if _, err := os.Lstat(at); !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s: is there already, and is no fleet's folder: %w", at,
			errors.Join(err, fs.ErrExist))
	}
	if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
		return nil, err
	}
	// what is not whole has another name
	unfinished, err := os.MkdirTemp(filepath.Dir(at), "."+filepath.Base(at)+".")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(unfinished)
	if err := fill(&Folder{Plan: p, At: unfinished}, now); err != nil {
		return nil, err
	}
	if err := os.Rename(unfinished, at); err != nil {
		return nil, err
	}
	if err := sync(filepath.Dir(at)); err != nil {
		return nil, err
	}
	return Open(at)
}

// fill makes the files of a folder.
func fill(f *Folder, now time.Time) error {
	ca, err := f.newAuthority(authority, "motp fleet "+f.Fleet, &f.authority, now)
	if err != nil {
		return err
	}
	between, err := f.newAuthority(peers, "motp fleet "+f.Fleet+" nodes", &f.peers, now)
	if err != nil {
		return err
	}
	admin, err := ca.User(root, fleetkeys.FleetYears, now)
	if err != nil {
		return err
	}
	if err := f.writePair(root, admin); err != nil {
		return err
	}
	for _, dir := range []string{nodesIn, hostsIn} {
		if err := os.Mkdir(f.file(dir), 0o700); err != nil {
			return err
		}
	}
	for _, n := range f.Nodes {
		if err := f.fillNode(n, ca, between, now); err != nil {
			return err
		}
	}
	if err := privatefile.Write(f.file(sharedFile), fleetkeys.NewShared()); err != nil {
		return err
	}
	if err := privatefile.Write(f.file(planFile), f.text()); err != nil {
		return err
	}
	return errors.Join(sync(f.file(nodesIn)), sync(f.At))
}

func (f *Folder) newAuthority(file, name string, pair *fleetkeys.Pair,
	now time.Time) (*fleetkeys.Authority, error) {
	a, err := fleetkeys.NewAuthority(name, now)
	if err != nil {
		return nil, err
	}
	if *pair, err = a.Pair(); err != nil {
		return nil, err
	}
	return a, f.writePair(file, *pair)
}

// fillNode makes what a node is given.
func (f *Folder) fillNode(n Node, ca, between *fleetkeys.Authority, now time.Time) error {
	if err := os.Mkdir(f.NodeFolder(n), 0o700); err != nil {
		return err
	}
	server, err := ca.Server([]string{n.Address}, now)
	if err != nil {
		return err
	}
	peer, err := between.Peer([]string{n.Address}, now)
	if err != nil {
		return err
	}
	in := filepath.Join(nodesIn, n.Name)
	for _, file := range []struct {
		name    string
		content []byte
	}{
		{"ca.crt", f.authority.Cert}, {"server.crt", server.Cert},
		{"server.key", server.Key}, {"peers.crt", f.peers.Cert},
		{"peer.crt", peer.Cert}, {"peer.key", peer.Key},
		{"etcd.env", f.settings(n)}, {"install", []byte(install)},
	} {
		if err := privatefile.Write(f.file(in, file.name), file.content); err != nil {
			return err
		}
	}
	return sync(f.NodeFolder(n))
}

func (f *Folder) writePair(name string, p fleetkeys.Pair) error {
	if err := privatefile.Write(f.file(name+".crt"), p.Cert); err != nil {
		return err
	}
	return privatefile.Write(f.file(name+".key"), p.Key)
}

// sync has a folder's names on disk when it returns.
func sync(folder string) error {
	at, err := os.Open(folder)
	if err != nil {
		return err
	}
	defer at.Close()
	return at.Sync()
}
