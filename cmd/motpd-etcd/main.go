// Command motpd-etcd is motpd for servers that share their records, on etcd. All that it does is in
// package resident, and the store in package fleet. It is a program of its own, because the client
// is larger than all of motpd, and needs the network.
package main

import (
	"os"

	"github.com/pam-motp/pam-motp/conf"
	"github.com/pam-motp/pam-motp/internal/fleet"
	"github.com/pam-motp/pam-motp/internal/resident"
	"github.com/pam-motp/pam-motp/motp"
)

func main() { os.Exit(resident.MainOfFleet(os.Args, open)) }

// open opens the store that a table names.
func open(f conf.Fleet) (motp.Store, error) {
	key, err := f.ReadKey()
	if err != nil {
		return nil, err
	}
	host, err := os.Hostname()
	if err != nil {
		return nil, err
	}
	s, err := fleet.Open(fleet.Config{Endpoints: f.Nodes, CA: f.CA, Cert: f.Cert, Key: f.Key,
		Fleet: f.Name, FleetKey: key, Host: host, Call: f.Call, Wait: f.Wait})
	if err != nil {
		return nil, err // and no store, which a nil *fleet.Store would be
	}
	return s, nil
}
