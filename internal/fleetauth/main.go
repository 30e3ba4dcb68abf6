package fleetauth

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/pam-motp/pam-motp/internal/fleet"
	"github.com/pam-motp/pam-motp/internal/fleetkeys"
	"github.com/pam-motp/pam-motp/internal/fleetsetup"
)

// patience is how long the nodes have to come up.
const patience = 15 * time.Second

// Run makes an administrator's folder hold in etcd: the first epoch, and the users of its hosts. It
// is run by the command, as another program, whose arguments are the folder's path.
func Run(args []string, out io.Writer) error {
	if len(args) != 1 {
		return fmt.Errorf("the folder of a fleet is wanted, and nothing else")
	}
	f, err := fleetsetup.Open(args[0])
	if err != nil {
		return err
	}
	text, err := os.ReadFile(f.Shared())
	if err != nil {
		return err
	}
	key, err := fleetkeys.ParseShared(text)
	if err != nil {
		return fmt.Errorf("%s: %w", f.Shared(), err)
	}
	hosts, err := f.Users()
	if err != nil {
		return err
	}
	config, err := own(f)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	// first, for its error says why no node answers
	epoch, err := fleet.BeginFirst(ctx, fleet.Config{Endpoints: f.Endpoints(), CA: f.CA(),
		Cert: f.Cert(), Key: f.Key(), Fleet: f.Fleet, FleetKey: key, Wait: patience})
	if err != nil {
		return err
	}
	done, err := Prepare(ctx, Config{Endpoints: f.Endpoints(), TLS: config, Hosts: hosts,
		IsHost: fleetsetup.IsHostUser})
	if err != nil {
		return err
	}
	return json.NewEncoder(out).Encode(fleetsetup.Prepared{Epoch: epoch,
		Added: done.Added, Removed: done.Removed})
}

// own is how the administrator speaks to etcd.
func own(f *fleetsetup.Folder) (*tls.Config, error) {
	pair, err := tls.LoadX509KeyPair(f.Cert(), f.Key())
	if err != nil {
		return nil, err
	}
	ca, err := os.ReadFile(f.CA())
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(ca)
	return &tls.Config{RootCAs: pool, Certificates: []tls.Certificate{pair},
		MinVersion: tls.VersionTLS12}, nil
}
