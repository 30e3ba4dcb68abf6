package cli

import (
	"encoding/json"
	"fmt"

	"github.com/pam-motp/pam-motp/conf"
	"github.com/pam-motp/pam-motp/internal/storepipe"
	"github.com/pam-motp/pam-motp/motp"
)

// A fleetPipe is a fleet's store, which another program has: it links what this one must not.
type fleetPipe struct {
	*storepipe.Process
	fleet conf.Fleet
}

// openFleet opens the store of a fleet, as this host, or with an administrator's certificate. What
// was opened stays so until the command ends.
func (a *app) openFleet(f conf.Fleet) (motp.Store, error) {
	pipe, err := a.fleetPipe(f)
	if err != nil {
		return nil, err
	}
	return struct{ motp.Store }{pipe}, nil // which the site must not close
}

func (a *app) fleetPipe(f conf.Fleet) (*fleetPipe, error) {
	if (a.storeCert == "") != (a.storeKey == "") {
		return nil, usagef("--store-cert and --store-key belong together")
	}
	if a.storeCert != "" {
		f.Cert, f.Key = a.storeCert, a.storeKey
	}
	for _, p := range a.pipes {
		if p.fleet.Equal(f) {
			return p, nil
		}
	}
	program, err := a.fleetProgram()
	if err != nil {
		return nil, err
	}
	settings, err := json.Marshal(f)
	if err != nil {
		return nil, err
	}
	process, err := storepipe.Start(program, "store", string(settings))
	if err != nil {
		return nil, err
	}
	pipe := &fleetPipe{process, f}
	a.pipes = append(a.pipes, pipe)
	return pipe, nil
}

// closeFleets ends the other programs.
func (a *app) closeFleets() {
	for _, p := range a.pipes {
		p.Close()
	}
	a.pipes = nil
}

// theFleet is the fleet of this run's table.
func (a *app) theFleet() (conf.Fleet, error) {
	settings, err := a.table().Settings()
	if err != nil {
		return conf.Fleet{}, a.explain("", err)
	}
	if settings.Fleet.IsZero() {
		return conf.Fleet{}, fmt.Errorf("%s names no store, so that this host's records "+
			"are its own: \"motp fleet join\" has it be one of a fleet", a.confPath)
	}
	return settings.Fleet, nil
}
