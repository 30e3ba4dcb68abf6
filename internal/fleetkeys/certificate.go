package fleetkeys

import (
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"time"
)

// Server makes a node's certificate for clients, good for names and addresses. It carries no name
// of its own, which etcd would take for a user's, and is of no use to a client.
func (a *Authority) Server(names []string, now time.Time) (Pair, error) {
	c := &x509.Certificate{ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}
	place(c, names)
	return a.sign(c, FleetYears, now)
}

// Peer makes a node's certificate for the other nodes, which it calls and is called by.
func (a *Authority) Peer(names []string, now time.Time) (Pair, error) {
	c := &x509.Certificate{ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth,
		x509.ExtKeyUsageClientAuth}}
	place(c, names)
	return a.sign(c, FleetYears, now)
}

// User makes the certificate of one of etcd's users. It has no address: etcd would ask whether its
// owner calls from there.
func (a *Authority) User(name string, years int, now time.Time) (Pair, error) {
	return a.sign(&x509.Certificate{Subject: pkix.Name{CommonName: name},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}}, years, now)
}

func place(c *x509.Certificate, names []string) {
	for _, name := range names {
		if ip := net.ParseIP(name); ip != nil {
			c.IPAddresses = append(c.IPAddresses, ip)
		} else {
			c.DNSNames = append(c.DNSNames, name)
		}
	}
}

// sign completes a certificate, with a new key. None outlives its authority.
func (a *Authority) sign(c *x509.Certificate, years int, now time.Time) (Pair, error) {
	if now.After(a.cert.NotAfter) {
		return Pair{}, fmt.Errorf("the fleet's authority expired on %s: make a new one",
			a.cert.NotAfter.Format(time.DateOnly))
	}
	key, err := newKey()
	if err != nil {
		return Pair{}, err
	}
	if c.SerialNumber, err = newNumber(); err != nil {
		return Pair{}, err
	}
	c.NotBefore, c.NotAfter = now.Add(-behind), now.AddDate(years, 0, 0)
	if c.NotAfter.After(a.cert.NotAfter) {
		c.NotAfter = a.cert.NotAfter
	}
	c.KeyUsage = x509.KeyUsageDigitalSignature
	c.BasicConstraintsValid = true
	der, err := x509.CreateCertificate(rand.Reader, c, a.cert, &key.PublicKey, a.key)
	if err != nil {
		return Pair{}, err
	}
	return pairOf(der, key)
}

// ParseCert reads a certificate.
func ParseCert(text []byte) (*x509.Certificate, error) {
	block, _ := pem.Decode(text)
	if block == nil || block.Type != "CERTIFICATE" {
		return nil, errors.New("there is no certificate in it")
	}
	return x509.ParseCertificate(block.Bytes)
}

// Fits says whether a pair is a certificate with its own key, signed by an authority.
func Fits(authority []byte, own Pair) error {
	if _, err := tls.X509KeyPair(own.Cert, own.Key); err != nil {
		return err
	}
	by, err := ParseCert(authority)
	if err != nil {
		return err
	}
	cert, err := ParseCert(own.Cert)
	if err != nil {
		return err
	}
	return cert.CheckSignatureFrom(by)
}
