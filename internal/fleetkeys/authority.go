// Package fleetkeys makes the keys of a fleet: two authorities, what they sign, and the key that
// signs records.
//
// There are two authorities because etcd asks nothing of a peer but that its authority signed it:
// with one for all, a host's certificate would open the nodes' own port, where nobody is asked what
// they may do. authority.go has an authority, certificate.go what it signs, and sharedkey.go the
// fleet's key. All are text: PEM, and a line of base64.
//
// The package must not know where keys are kept, how etcd is told of them, or what the fleet is.
package fleetkeys

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"time"
)

// How long keys are good for. Nobody renews an authority's, a node's, or an administrator's while
// the fleet runs, and whoever has the authority's key can make the others.
const (
	FleetYears = 10
	HostYears  = 2
)

// behind is how far a machine's clock may be behind for a new certificate to be good on it.
const behind = time.Hour

// An Authority signs certificates.
type Authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

// A Pair is a certificate and its private key, each as PEM.
type Pair struct{ Cert, Key []byte }

// NewAuthority makes an authority, whose certificates are good from now on.
func NewAuthority(name string, now time.Time) (*Authority, error) {
	key, err := newKey()
	if err != nil {
		return nil, err
	}
	number, err := newNumber()
	if err != nil {
		return nil, err
	}
	own := &x509.Certificate{
		SerialNumber:          number,
		Subject:               pkix.Name{CommonName: name},
		NotBefore:             now.Add(-behind),
		NotAfter:              now.AddDate(FleetYears, 0, 0),
		IsCA:                  true,
		BasicConstraintsValid: true,
		MaxPathLenZero:        true,
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, own, own, &key.PublicKey, key)
	if err != nil {
		return nil, err
	}
	own, err = x509.ParseCertificate(der)
	return &Authority{own, key}, err
}

// ParseAuthority reads an authority that Pair has written.
func ParseAuthority(p Pair) (*Authority, error) {
	cert, err := ParseCert(p.Cert)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(p.Key)
	if block == nil {
		return nil, errors.New("there is no private key in it")
	}
	private, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, err
	}
	key, ok := private.(*ecdsa.PrivateKey)
	if !ok || !key.PublicKey.Equal(cert.PublicKey) || !cert.IsCA {
		return nil, errors.New("the certificate and the key are not those of an authority")
	}
	return &Authority{cert, key}, nil
}

// Pair is the authority as it is kept. Its certificate is what others trust.
func (a *Authority) Pair() (Pair, error) { return pairOf(a.cert.Raw, a.key) }

func pairOf(der []byte, key *ecdsa.PrivateKey) (Pair, error) {
	private, err := x509.MarshalPKCS8PrivateKey(key)
	return Pair{
		Cert: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}),
		Key:  pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}),
	}, err
}

func newKey() (*ecdsa.PrivateKey, error) {
	return ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
}

// newNumber is a certificate's: none is like another.
func newNumber() (*big.Int, error) {
	return rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
}
