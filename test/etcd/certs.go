package etcd

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"
)

// certs are an authority of a cluster's own, and what it has signed.
type certs struct {
	dir, file string
	key       *ecdsa.PrivateKey
	authority *x509.Certificate

	crl     string // the file of what was revoked
	revoked []x509.RevocationListEntry
}

// life is how long certificates are good: long enough that nobody is warned of their end.
const life = 90 * 24 * time.Hour

func newCerts(dir string) (*certs, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	own := &x509.Certificate{SerialNumber: big.NewInt(1), IsCA: true,
		BasicConstraintsValid: true, Subject: pkix.Name{CommonName: "motp test"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(life),
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign}
	der, err := x509.CreateCertificate(rand.Reader, own, own, &key.PublicKey, key)
	if err != nil {
		return nil, err
	}
	if own, err = x509.ParseCertificate(der); err != nil {
		return nil, err
	}
	c := &certs{dir: dir, file: filepath.Join(dir, "ca.crt"), key: key, authority: own,
		crl: filepath.Join(dir, "ca.crl")}
	return c, errors.Join(writePEM(c.file, "CERTIFICATE", der), c.list())
}

// list writes the list of what was revoked. etcd reads it for each connection.
func (c *certs) list() error {
	der, err := x509.CreateRevocationList(rand.Reader, &x509.RevocationList{
		Number:                    big.NewInt(int64(len(c.revoked)) + 1),
		RevokedCertificateEntries: c.revoked, ThisUpdate: time.Now().Add(-time.Hour),
		NextUpdate: time.Now().Add(24 * time.Hour)}, c.authority, c.key)
	if err != nil {
		return err
	}
	// as DER, which every version of etcd reads
	return os.WriteFile(c.crl, der, 0o600)
}

// revoke revokes a certificate by its file.
func (c *certs) revoke(file string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return fmt.Errorf("%s is no certificate", file)
	}
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return err
	}
	c.revoked = append(c.revoked, x509.RevocationListEntry{SerialNumber: cert.SerialNumber,
		RevocationTime: time.Now().Add(-time.Minute)})
	return c.list()
}

func writePEM(path, kind string, der []byte) error {
	return os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600)
}

// make makes a user's certificate.
func (c *certs) make(user string, until time.Time) (cert, key string, err error) {
	return c.sign(user, &x509.Certificate{Subject: pkix.Name{CommonName: user},
		NotAfter: until})
}

// server makes a node's, by whose address it is called: without a name, which etcd would take for a
// user's.
func (c *certs) server(address string) (cert, key string, err error) {
	return c.sign("server", &x509.Certificate{NotAfter: time.Now().Add(life),
		IPAddresses: []net.IP{net.ParseIP(loopback), net.ParseIP(address)}})
}

func (c *certs) sign(name string, what *x509.Certificate) (cert, key string, err error) {
	own, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return "", "", err
	}
	what.SerialNumber, err = rand.Int(rand.Reader, big.NewInt(1<<62))
	if err != nil {
		return "", "", err
	}
	what.NotBefore = time.Now().Add(-2 * time.Hour)
	what.KeyUsage = x509.KeyUsageDigitalSignature
	what.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth,
		x509.ExtKeyUsageServerAuth}
	der, err := x509.CreateCertificate(rand.Reader, what, c.authority, &own.PublicKey, c.key)
	if err != nil {
		return "", "", err
	}
	private, err := x509.MarshalPKCS8PrivateKey(own)
	if err != nil {
		return "", "", err
	}
	base := filepath.Join(c.dir, name+"-"+what.SerialNumber.String())
	if err := writePEM(base+".crt", "CERTIFICATE", der); err != nil {
		return "", "", err
	}
	return base + ".crt", base + ".key", writePEM(base+".key", "PRIVATE KEY", private)
}

// config is how a user connects.
func (c *certs) config(user string) (*tls.Config, error) {
	cert, key, err := c.make(user, time.Now().Add(life))
	if err != nil {
		return nil, err
	}
	pair, err := tls.LoadX509KeyPair(cert, key)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	pool.AddCert(c.authority)
	return &tls.Config{RootCAs: pool, Certificates: []tls.Certificate{pair}}, nil
}
