package fleetsetup

import (
	"encoding/pem"
	"errors"
	"strings"

	"github.com/pam-motp/pam-motp/internal/fleetkeys"
)

// A Bundle is what a host is given to join a fleet: text, with secrets.
type Bundle struct {
	Fleet, Host string
	Endpoints   []string
	CA          []byte         // PEM: who signs the nodes' certificates
	Own         fleetkeys.Pair // the host's
	Shared      []byte         // the fleet's key, as its file has it
}

// The blocks of a bundle.
const (
	bundleBlock = "MOTP FLEET"
	caBlock     = "MOTP FLEET CA"
	keyBlock    = "PRIVATE KEY"
	certBlock   = "CERTIFICATE"
)

// Text is a bundle as it is handed over: blocks of PEM.
func (b Bundle) Text() []byte {
	ca, _ := pem.Decode(b.CA)
	text := pem.EncodeToMemory(&pem.Block{Type: bundleBlock, Bytes: b.Shared,
		Headers: map[string]string{"Fleet": b.Fleet, "Host": b.Host,
			"Nodes": strings.Join(b.Endpoints, " ")}})
	text = append(text, pem.EncodeToMemory(&pem.Block{Type: caBlock, Bytes: ca.Bytes})...)
	text = append(text, b.Own.Cert...)
	return append(text, b.Own.Key...)
}

// ParseBundle reads what Text has written, and sees to it that it is whole. Its error does not show
// what is there.
func ParseBundle(text []byte) (b Bundle, err error) {
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		own := pem.EncodeToMemory(&pem.Block{Type: block.Type, Bytes: block.Bytes})
		switch block.Type {
		case bundleBlock:
			b.Fleet, b.Host = block.Headers["Fleet"], block.Headers["Host"]
			b.Endpoints = strings.Fields(block.Headers["Nodes"])
			b.Shared = block.Bytes
		case caBlock:
			b.CA = pem.EncodeToMemory(&pem.Block{Type: certBlock, Bytes: block.Bytes})
		case certBlock:
			b.Own.Cert = own
		case keyBlock:
			b.Own.Key = own
		}
	}
	if b.check() != nil {
		return Bundle{}, errors.New("is not what \"motp fleet join\" has written, or not " +
			"all of it")
	}
	return b, nil
}

func (b Bundle) check() error {
	if _, err := fleetkeys.ParseShared(b.Shared); err != nil {
		return err
	}
	if err := (Plan{Fleet: b.Fleet}).checkFleet(); err != nil {
		return err
	}
	if len(b.Endpoints) == 0 || CheckHost(b.Host) != nil {
		return errors.New("no nodes, or no host")
	}
	return fleetkeys.Fits(b.CA, b.Own)
}
