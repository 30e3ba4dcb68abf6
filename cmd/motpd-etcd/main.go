// Command motpd-etcd is motpd for servers that share their records, on etcd. All that it does is in
// package resident, and the store in package fleet; what it does for the command motp is in
// packages fleetserve and fleetauth. It is a program of its own, because the client is larger than
// all of motpd, and needs the network.
package main

import (
	"fmt"
	"os"

	"github.com/pam-motp/pam-motp/conf"
	"github.com/pam-motp/pam-motp/internal/fleet"
	"github.com/pam-motp/pam-motp/internal/fleetauth"
	"github.com/pam-motp/pam-motp/internal/fleetserve"
	"github.com/pam-motp/pam-motp/internal/resident"
	"github.com/pam-motp/pam-motp/motp"
)

func main() { os.Exit(run(os.Args)) }

// run does what the first word says, which is a word of the command motp's, or serves logins.
func run(args []string) int {
	word := ""
	if len(args) > 1 {
		word = args[1]
	}
	var err error
	switch word {
	case "store":
		err = fleetserve.Run(args[2:], os.Stdin, os.Stdout)
	case "prepare":
		err = fleetauth.Run(args[2:], os.Stdout)
	default:
		return resident.MainOfFleet(args, open)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "motpd-etcd:", err)
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
