package fleetsetup

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// HostFolder is where a host has its keys.
const HostFolder = "/etc/motp"

// A Place is a host's folder of keys.
type Place string

// The files of a host.
func (p Place) CA() string     { return filepath.Join(string(p), "ca.crt") }
func (p Place) Cert() string   { return filepath.Join(string(p), "motpd.crt") }
func (p Place) Key() string    { return filepath.Join(string(p), "motpd.key") }
func (p Place) Shared() string { return filepath.Join(string(p), "fleet.key") }

// MayPut says whether a bundle may be put in a place: what is there must be the same fleet's, or
// nothing.
func (p Place) MayPut(b Bundle) error {
	same := 0
	for _, file := range []struct {
		path    string
		content []byte
	}{{p.CA(), b.CA}, {p.Shared(), b.Shared}} {
		there, err := os.ReadFile(file.path)
		switch {
		case errors.Is(err, fs.ErrNotExist):
		case err != nil:
			return err
		case !bytes.Equal(there, file.content):
			return fmt.Errorf("%s: %w, and is left as it is: move it away first",
				file.path, ErrOther)
		default:
			same++
		}
	}
	for _, path := range []string{p.Cert(), p.Key()} {
		if _, err := os.Lstat(path); err == nil && same < 2 {
			return fmt.Errorf("%s: %w, and is left as it is: move it away first",
				path, ErrOther)
		}
	}
	return nil
}

// Put puts a bundle in a place. A host that has joined goes on with the new certificate: motpd
// reads it for each connection.
func (p Place) Put(b Bundle) error {
	if err := p.MayPut(b); err != nil {
		return err
	}
	if err := os.MkdirAll(string(p), 0o755); err != nil {
		return err
	}
	for _, file := range []struct {
		path    string
		content []byte
	}{
		{p.CA(), b.CA}, {p.Shared(), b.Shared},
		{p.Key(), b.Own.Key}, {p.Cert(), b.Own.Cert},
	} {
		if err := replace(file.path, file.content); err != nil {
			return err
		}
	}
	return nil
}
