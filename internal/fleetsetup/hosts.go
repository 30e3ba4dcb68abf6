package fleetsetup

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pam-motp/pam-motp/internal/fleetkeys"
	"github.com/pam-motp/pam-motp/internal/privatefile"
)

// A Host is one that has joined.
type Host struct {
	Name  string
	User  string    // etcd's, which its certificate names
	Until time.Time // when the certificate expires
}

// A Prepared is what has been done in etcd for it to know the hosts of a folder: the program that
// did it tells in JSON.
type Prepared struct {
	Epoch   uint64   `json:"epoch"`
	Added   []string `json:"added"`
	Removed []string `json:"removed"` // users
}

// leftFile has a line for each user of etcd whose host has left. None is made again: a certificate
// that was stolen stays one of nobody's.
const leftFile = "left"

// IsHostUser says whether a user of etcd's is a host's.
func IsHostUser(name string) bool {
	host, number, ok := strings.Cut(name, "@")
	n, err := strconv.Atoi(number)
	return ok && err == nil && n > 0 && checkName("", host) == nil
}

// CheckHost says what is wrong with the name of a host.
func CheckHost(name string) error { return checkName("a host", name) }

// Hosts are those that have joined.
func (f *Folder) Hosts() (all []Host, err error) {
	files, err := os.ReadDir(f.file(hostsIn))
	if err != nil {
		return nil, err
	}
	for _, file := range files {
		name, ok := strings.CutSuffix(file.Name(), ".crt")
		if !ok || checkName("", name) != nil {
			continue
		}
		h, err := f.host(name)
		if err != nil {
			return nil, err
		}
		all = append(all, h)
	}
	return all, nil
}

// Users are the users of etcd that the hosts need.
func (f *Folder) Users() (all []string, err error) {
	hosts, err := f.Hosts()
	for _, h := range hosts {
		all = append(all, h.User)
	}
	return all, err
}

func (f *Folder) hostFile(name string) string { return f.file(hostsIn, name+".crt") }

// host is one that has joined. It is [fs.ErrNotExist] if it has not.
func (f *Folder) host(name string) (Host, error) {
	text, err := os.ReadFile(f.hostFile(name))
	if err != nil {
		return Host{}, err
	}
	cert, err := fleetkeys.ParseCert(text)
	if err != nil {
		return Host{}, fmt.Errorf("%s: %w", f.hostFile(name), err)
	}
	return Host{name, cert.Subject.CommonName, cert.NotAfter}, nil
}

// left are the users of hosts that have left.
func (f *Folder) left() ([]string, error) {
	text, err := os.ReadFile(f.file(leftFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return strings.Fields(string(text)), err
}

// Host is the host of a name as it stands, or as it would join. joined says whether it has.
func (f *Folder) Host(name string) (h Host, joined bool, err error) {
	if err := CheckHost(name); err != nil {
		return Host{}, false, err
	}
	h, err = f.host(name)
	if !errors.Is(err, fs.ErrNotExist) {
		return h, err == nil, err
	}
	left, err := f.left()
	for n := 1; ; n++ {
		h = Host{Name: name, User: name + "@" + strconv.Itoa(n)}
		if !slices.Contains(left, h.User) {
			return h, false, err
		}
	}
}

// Join makes a host's certificate. One that has joined is given another, with which it goes on; the
// one before is good until it expires, or until the host leaves.
func (f *Folder) Join(name string, now time.Time) (Bundle, error) {
	h, _, err := f.Host(name)
	if err != nil {
		return Bundle{}, err
	}
	ca, err := fleetkeys.ParseAuthority(f.authority)
	if err != nil {
		return Bundle{}, fmt.Errorf("%s: %w", f.CA(), err)
	}
	pair, err := ca.User(h.User, fleetkeys.HostYears, now)
	if err != nil {
		return Bundle{}, err
	}
	if err := replace(f.hostFile(name), pair.Cert); err != nil {
		return Bundle{}, err
	}
	return Bundle{Fleet: f.Fleet, Host: name, Endpoints: f.Endpoints(),
		CA: f.authority.Cert, Own: pair, Shared: f.shared}, nil
}

// Leave has a host be none of the fleet's. It is [fs.ErrNotExist] if it is none.
func (f *Folder) Leave(name string) error {
	h, err := f.host(name)
	if err != nil {
		return err
	}
	left, err := f.left()
	if err != nil {
		return err
	}
	if !slices.Contains(left, h.User) {
		left = append(left, h.User)
		text := strings.Join(left, "\n") + "\n"
		if err := replace(f.file(leftFile), []byte(text)); err != nil {
			return err
		}
	}
	if err := os.Remove(f.hostFile(name)); err != nil {
		return err
	}
	return sync(f.file(hostsIn))
}

// replace puts a private file in the place of the one that is there, if any, in one step.
func replace(path string, content []byte) error {
	unfinished := filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+".new")
	if err := os.Remove(unfinished); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := privatefile.Write(unfinished, content); err != nil {
		return err
	}
	if err := os.Rename(unfinished, path); err != nil {
		os.Remove(unfinished)
		return err
	}
	return sync(filepath.Dir(path))
}

// HasLeft says whether a host has left, and not joined again.
func (f *Folder) HasLeft(name string) bool {
	left, _ := f.left()
	_, joined, _ := f.Host(name)
	return !joined && slices.ContainsFunc(left, func(user string) bool {
		return strings.HasPrefix(user, name+"@")
	})
}
