// Command motpd-etcd is motpd for servers that share their records, on etcd. All that it does is in
// package resident, and the store in package fleet; what sets a fleet up is in package fleetauth.
// It is a program of its own, because the client is larger than all of motpd, and needs the
// network.
package main

import (
	"fmt"
	"os"

	"github.com/pam-motp/pam-motp/conf"
	"github.com/pam-motp/pam-motp/internal/fleet"
	"github.com/pam-motp/pam-motp/internal/fleetauth"
	"github.com/pam-motp/pam-motp/internal/resident"
	"github.com/pam-motp/pam-motp/motp"
)

func main() {
	if len(os.Args) > 1 && os.Args[1] == "prepare" {
		os.Exit(prepare(os.Args[2:]))
	}
	os.Exit(resident.MainOfFleet(os.Args, open))
}

// prepare is what the command motp, which does not link the client, has this program do.
func prepare(args []string) int {
	if err := fleetauth.Run(args, os.Stdout); err != nil {
		fmt.Fprintf(os.Stderr, "motpd-etcd: %v\n", err)
		return 1
	}
	return 0
}

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
