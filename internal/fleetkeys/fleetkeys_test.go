package fleetkeys

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"strings"
	"testing"
	"time"
)

var now = time.Date(2027, 1, 2, 3, 4, 5, 0, time.UTC)

func authority(t *testing.T, at time.Time) *Authority {
	t.Helper()
	a, err := NewAuthority("a fleet", at)
	if err != nil {
		t.Fatal(err)
	}
	pair, err := a.Pair()
	if err != nil {
		t.Fatal(err)
	}
	if a, err = ParseAuthority(pair); err != nil {
		t.Fatal(err)
	}
	return a
}

// Each certificate is good for what it is made for, from where it is made for, and for nothing
// else.
func TestCertificates(t *testing.T) {
	a, other := authority(t, now), authority(t, now)
	names := []string{"10.0.0.1", "a.example"}
	const server, client = x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth
	cases := map[string]struct {
		pair       func() (Pair, error)
		name       string
		as, notAs  []x509.ExtKeyUsage
		years      int
		hasAddress bool
	}{
		"server": {pair: func() (Pair, error) { return a.Server(names, now) },
			as: []x509.ExtKeyUsage{server}, notAs: []x509.ExtKeyUsage{client},
			years: FleetYears, hasAddress: true},
		"peer": {pair: func() (Pair, error) { return a.Peer(names, now) },
			as: []x509.ExtKeyUsage{
				server,
				client,
			}, years: FleetYears, hasAddress: true},
		"user": {pair: func() (Pair, error) { return a.User("web1@1", HostYears, now) },
			name: "web1@1", as: []x509.ExtKeyUsage{client},
			notAs: []x509.ExtKeyUsage{server}, years: HostYears},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			pair, err := c.pair()
			if err != nil {
				t.Fatal(err)
			}
			if _, err := tls.X509KeyPair(pair.Cert, pair.Key); err != nil {
				t.Fatal(err)
			}
			cert, err := ParseCert(pair.Cert)
			if err != nil {
				t.Fatal(err)
			}
			good := func(by *Authority, use x509.ExtKeyUsage, at time.Time) error {
				roots := x509.NewCertPool()
				roots.AddCert(by.cert)
				_, err := cert.Verify(x509.VerifyOptions{Roots: roots,
					CurrentTime: at, KeyUsages: []x509.ExtKeyUsage{use}})
				return err
			}
			for _, use := range c.as {
				if err := good(a, use, now); err != nil {
					t.Errorf("it is not good as %v: %v", use, err)
				}
				if good(other, use, now) == nil {
					t.Error("another authority vouches for it")
				}
				end := now.AddDate(c.years, 0, 0)
				if good(a, use, end.Add(-time.Minute)) != nil ||
					good(a, use, end.Add(time.Minute)) == nil {
					t.Errorf("it does not end after %d years", c.years)
				}
			}
			for _, use := range c.notAs {
				if good(a, use, now) == nil {
					t.Errorf("it is good as %v", use)
				}
			}
			if cert.IsCA || cert.Subject.CommonName != c.name {
				t.Errorf("it is %q, an authority: %v", cert.Subject, cert.IsCA)
			}
			addresses := len(cert.IPAddresses) == 1 && len(cert.DNSNames) == 1
			if addresses != c.hasAddress || !c.hasAddress &&
				len(cert.IPAddresses)+len(cert.DNSNames) > 0 {
				t.Errorf("it is good for %v, %v", cert.IPAddresses, cert.DNSNames)
			}
		})
	}
}

// No certificate outlives its authority, and one that expired signs nothing.
func TestAuthorityEnds(t *testing.T) {
	a := authority(t, now)
	late := now.AddDate(FleetYears-1, 0, 0)
	pair, err := a.User("web1@1", HostYears, late)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := ParseCert(pair.Cert)
	if err != nil || cert.NotAfter.After(a.cert.NotAfter) {
		t.Errorf("it is good until %v, %v", cert.NotAfter, err)
	}
	_, err = a.User("web1@1", HostYears, late.AddDate(2, 0, 0))
	if err == nil || !strings.Contains(err.Error(), "2037-01-02") {
		t.Errorf("an authority that expired signs: %v", err)
	}
}

// What is not an authority is not taken for one.
func TestParseAuthority(t *testing.T) {
	a := authority(t, now)
	whole, _ := a.Pair()
	other, _ := authority(t, now).Pair()
	user, err := a.User("web1@1", HostYears, now)
	if err != nil {
		t.Fatal(err)
	}
	for what, p := range map[string]Pair{
		"nothing":       {},
		"no key":        {Cert: whole.Cert},
		"another's key": {Cert: whole.Cert, Key: other.Key},
		"key as cert":   {Cert: whole.Key, Key: whole.Key},
		"cert as key":   {Cert: whole.Cert, Key: whole.Cert},
		"a user's":      user,
	} {
		if _, err := ParseAuthority(p); err == nil {
			t.Errorf("%s is taken for an authority", what)
		}
	}
}

func TestShared(t *testing.T) {
	one, other := NewShared(), NewShared()
	key, err := ParseShared(one)
	if err != nil || len(key) != SharedLen || bytes.Equal(one, other) {
		t.Fatalf("%d bytes, %v; two keys are the same: %v", len(key), err,
			bytes.Equal(one, other))
	}
	for _, bad := range [][]byte{nil, one[:20], append(one[:40:40], one...), []byte("!" +
		string(one[1:]))} {
		if _, err := ParseShared(bad); err == nil ||
			len(bad) > 0 && strings.Contains(err.Error(), string(bad)) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}
