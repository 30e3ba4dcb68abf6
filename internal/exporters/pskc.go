package exporters

import (
	"encoding/base64"
	"encoding/xml"
	"strconv"
	"strings"
	"time"

	"github.com/pam-motp/pam-motp/motp"
)

const (
	namespacePSKC = "urn:ietf:params:xml:ns:keyprov:pskc"
	prefixPSKC    = namespacePSKC + ":" // of algorithms
)

type pskcContainer struct {
	XMLName  xml.Name      `xml:"urn:ietf:params:xml:ns:keyprov:pskc KeyContainer"`
	Version  string        `xml:"Version,attr"`
	Packages []pskcPackage `xml:"KeyPackage"`
}

type pskcPackage struct {
	Device *pskcDevice `xml:"DeviceInfo"`
	Key    pskcKey     `xml:"Key"`
}

type pskcDevice struct {
	Manufacturer string `xml:"Manufacturer"`
	Serial       string `xml:"SerialNo"`
}

type pskcKey struct {
	ID         string `xml:"Id,attr"`
	Algorithm  string `xml:"Algorithm,attr"`
	Issuer     string `xml:"Issuer,omitempty"`
	Parameters pskcParameters
	Data       pskcData
	UserID     string      `xml:"UserId,omitempty"`
	Policy     *pskcPolicy `xml:"Policy"`
}

type pskcParameters struct {
	XMLName xml.Name `xml:"AlgorithmParameters"`
	Suite   string   `xml:"Suite,omitempty"`
	Format  struct {
		Length   int    `xml:"Length,attr"`
		Encoding string `xml:"Encoding,attr"`
	} `xml:"ResponseFormat"`
}

type pskcData struct {
	Secret   pskcValue  `xml:"Secret"`
	Counter  *pskcValue `xml:"Counter"`
	Interval *pskcValue `xml:"TimeInterval"`
	Drift    *pskcValue `xml:"TimeDrift"`
}

type pskcValue struct {
	Plain string `xml:"PlainValue"`
}

type pskcPolicy struct {
	PIN struct {
		KeyID string `xml:"PINKeyId,attr"`
		Mode  string `xml:"PINUsageMode,attr"`
	} `xml:"PINPolicy"`
	Usage string `xml:"KeyUsage"`
}

// writePSKC writes a plain key container. A user is a UserId, the name of a further token a serial
// number. A PIN that is typed before the code is a key of its own, to which the token's refers.
func writePSKC(x *Export) ([]byte, error) {
	c := pskcContainer{Version: "1.0", Packages: []pskcPackage{}}
	x.each(func(u motp.User, t motp.Token) (string, []string) {
		k, why := keyPSKC(u, t)
		if why != "" {
			return why, nil
		}
		k.Issuer = x.site
		p := pskcPackage{Key: k}
		if t.Name != "" {
			p.Device = &pskcDevice{"-", t.Name}
		}
		c.Packages = append(c.Packages, p)
		if t.PIN != "" {
			pin := pskcPackage{Device: p.Device, Key: pinPSKC(k, t)}
			c.Packages = append(c.Packages, pin)
		}
		return "", nil
	})
	text, err := xml.MarshalIndent(c, "", " ")
	return []byte(xml.Header + string(text) + "\n"), err
}

func keyPSKC(u motp.User, t motp.Token) (k pskcKey, why string) {
	kind := t.Kind()
	switch {
	case kind.TextSecret:
		return k, "is of Mobile-OTP, for which PSKC has no algorithm"
	case strings.ContainsAny(u.Name, `=,+"\<>;#`):
		return k, "has a user whose name would be read as a distinguished name"
	case t.Offset%max(t.StepLength(), time.Second) != 0:
		return k, "has an offset that is no whole number of its steps"
	case strings.Trim(t.PIN, "0123456789") != "":
		return k, "has a PIN of other characters than digits"
	}
	k.ID, k.UserID, k.Algorithm = u.Name, u.Name, prefixPSKC+kind.URI
	if t.Name != "" {
		k.ID += "/" + t.Name
	}
	k.Parameters.Format.Length, k.Parameters.Format.Encoding = t.CodeDigits(), "DECIMAL"
	if t.Algorithm != motp.SHA1 {
		k.Parameters.Suite = "HMAC-" + t.Algorithm.String()
	}
	k.Data.Secret.Plain = base64.StdEncoding.EncodeToString([]byte(t.Secret))
	if kind.Counter {
		k.Data.Counter = &pskcValue{strconv.FormatInt(t.Counter, 10)}
	} else {
		k.Data.Interval = &pskcValue{seconds(t.StepLength())}
	}
	if t.Offset != 0 {
		drift := int64(t.Offset / t.StepLength())
		k.Data.Drift = &pskcValue{strconv.FormatInt(drift, 10)}
	}
	if t.PIN != "" {
		k.Policy = &pskcPolicy{Usage: "OTP"}
		k.Policy.PIN.KeyID, k.Policy.PIN.Mode = k.ID+"/PIN", "Prepend"
	}
	return k, ""
}

// pinPSKC is the key of a token's PIN.
func pinPSKC(of pskcKey, t motp.Token) pskcKey {
	k := pskcKey{ID: of.ID + "/PIN", Algorithm: prefixPSKC + "pin"}
	k.Parameters.Format.Length, k.Parameters.Format.Encoding = len(t.PIN), "DECIMAL"
	k.Data.Secret.Plain = base64.StdEncoding.EncodeToString([]byte(t.PIN))
	return k
}
