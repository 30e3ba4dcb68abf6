package hosts

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"
)

// authority signs the certificates of a VPN.
type authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
	serial      atomic.Int64
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{}
	template := a.template("a VPN's authority")
	template.IsCA = true
	template.BasicConstraintsValid = true
	template.KeyUsage = x509.KeyUsageCertSign
	a.certificate, a.key = a.sign(t, template)
	return a
}

// write writes ca.crt and a new certificate and key, NAME.crt and NAME.key, into the folder.
func (a *authority) write(t *testing.T, folder, name, commonName string, usage x509.ExtKeyUsage) {
	t.Helper()
	template := a.template(commonName)
	template.KeyUsage = x509.KeyUsageDigitalSignature
	template.ExtKeyUsage = []x509.ExtKeyUsage{usage}
	template.DNSNames = []string{commonName} // Go does not look at the other name
	certificate, key := a.sign(t, template)
	private, err := x509.MarshalPKCS8PrivateKey(key)
	must(t, err)

	must(t, os.MkdirAll(folder, 0o755))
	for file, block := range map[string]*pem.Block{
		"ca.crt":      {Type: "CERTIFICATE", Bytes: a.certificate.Raw},
		name + ".crt": {Type: "CERTIFICATE", Bytes: certificate.Raw},
		name + ".key": {Type: "PRIVATE KEY", Bytes: private},
	} {
		must(t, os.WriteFile(filepath.Join(folder, file), pem.EncodeToMemory(block), 0o600))
	}
}

func (a *authority) template(commonName string) *x509.Certificate {
	now := time.Now()
	return &x509.Certificate{
		SerialNumber: big.NewInt(a.serial.Add(1)),
		Subject:      pkix.Name{CommonName: commonName},
		NotBefore:    now.Add(-time.Hour),
		NotAfter:     now.Add(24 * time.Hour),
	}
}

// sign makes a key and signs a certificate for it; the first one signs itself.
func (a *authority) sign(t *testing.T, template *x509.Certificate) (*x509.Certificate,
	*ecdsa.PrivateKey) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	parent, signer := a.certificate, a.key
	if parent == nil {
		parent, signer = template, key
	}
	raw, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), signer)
	must(t, err)
	certificate, err := x509.ParseCertificate(raw)
	must(t, err)
	return certificate, key
}
