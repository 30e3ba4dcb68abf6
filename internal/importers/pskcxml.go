package importers

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
)

// The elements of RFC 6030 that matter here. Namespaces are not looked at: files in use have those
// of drafts. What may stand there once is a list, so that a second one is seen.

type pskcContainer struct {
	Version string
	Key     []pskcEncryptionKey
	MAC     []pskcMACMethod
	Package []pskcPackage
}

type pskcEncryptionKey struct {
	Derived []pskcDerivedKey `xml:"DerivedKey"`
	X509    []struct{}       `xml:"X509Data"`
}

type pskcDerivedKey struct {
	Method struct {
		Algorithm string `xml:"Algorithm,attr"`
		Params    struct {
			Salt   string `xml:"Salt>Specified"`
			Count  string `xml:"IterationCount"`
			Length string `xml:"KeyLength"`
			PRF    struct {
				Algorithm string `xml:"Algorithm,attr"`
				Text      string `xml:",chardata"` // where python-pskc has it
			} `xml:"PRF"`
		} `xml:"PBKDF2-params"`
	} `xml:"KeyDerivationMethod"`
}

type pskcMACMethod struct {
	Algorithm string       `xml:"Algorithm,attr"`
	Key       []pskcCipher `xml:"MACKey"`
}

type pskcCipher struct {
	Method struct {
		Algorithm string `xml:"Algorithm,attr"`
	} `xml:"EncryptionMethod"`
	Value string `xml:"CipherData>CipherValue"`
}

type pskcPackage struct {
	line   int
	Serial string    `xml:"DeviceInfo>SerialNo"`
	UserID string    `xml:"DeviceInfo>UserId"`
	Keys   []pskcKey `xml:"Key"`
}

type pskcKey struct {
	ID         string `xml:"Id,attr"`
	Algorithm  string `xml:"Algorithm,attr"`
	UserID     string `xml:"UserId"`
	Parameters []struct {
		Suite struct {
			Name string `xml:",chardata"`
			Hash string `xml:"hashalgo,attr"` // privacyIDEA's way
		} `xml:"Suite"`
		Response []struct {
			Length   string `xml:"Length,attr"`
			Encoding string `xml:"Encoding,attr"`
			Check    string `xml:"CheckDigits,attr"`
		} `xml:"ResponseFormat"`
	} `xml:"AlgorithmParameters"`
	Secret   []pskcValue `xml:"Data>Secret"`
	Counter  []pskcValue `xml:"Data>Counter"`
	Interval []pskcValue `xml:"Data>TimeInterval"`
	Drift    []pskcValue `xml:"Data>TimeDrift"`
	Policy   []struct {
		Start  string   `xml:"StartDate"`
		Expiry string   `xml:"ExpiryDate"`
		Usage  []string `xml:"KeyUsage"`
		Uses   string   `xml:"NumberOfTransactions"`
		PIN    []struct {
			Mode  string `xml:"PINUsageMode,attr"`
			KeyID string `xml:"PINKeyId,attr"`
		} `xml:"PINPolicy"`
	} `xml:"Policy"`
}

type pskcValue struct {
	Plain     []string     `xml:"PlainValue"`
	Encrypted []pskcCipher `xml:"EncryptedValue"`
	MAC       []string     `xml:"ValueMAC"`
}

// The reasons for which a file is no PSKC as a whole.
const (
	errNoPSKC    reason = "is no PSKC key container"
	errXML       reason = "is broken as XML here, or cut off: nothing of the file is taken"
	errDoctype   reason = "has a document type or entities, for which PSKC has no use: refused"
	errDepth     reason = "is nested deeper than any PSKC file: refused"
	errTwicePSKC reason = "has an EncryptionKey or a MACMethod twice"
	errCharset   reason = "is XML in another encoding than UTF-8 or UTF-16: convert it first"
)

// maxDepthPSKC is twice what RFC 6030 comes to, with what it encrypts and signs.
const maxDepthPSKC = 32

// An xmlGuard reads the tokens of XML, and none that a key container has no use for. It knows no
// entities but XML's own five, and loads nothing from elsewhere, which encoding/xml doesn't either.
type xmlGuard struct {
	from  *xml.Decoder
	depth int
}

func (g *xmlGuard) Token() (xml.Token, error) {
	t, err := g.from.RawToken()
	switch t.(type) {
	case xml.StartElement:
		g.depth++
	case xml.EndElement:
		g.depth--
	case xml.Directive:
		return nil, errDoctype
	}
	if g.depth > maxDepthPSKC {
		return nil, errDepth
	}
	return t, err
}

func (g *xmlGuard) line() int {
	line, _ := g.from.InputPos()
	return line
}

// parsePSKC reads a key container as a whole, or says what is wrong with it, and in which line.
func parsePSKC(text string) (c pskcContainer, line int, err error) {
	guard := &xmlGuard{from: xml.NewDecoder(strings.NewReader(text))}
	guard.from.CharsetReader = func(name string, in io.Reader) (io.Reader, error) {
		if strings.HasPrefix(strings.ToLower(name), "utf-16") {
			return in, nil // which it was, and is UTF-8 by now
		}
		return nil, errCharset
	}
	d := xml.NewTokenDecoder(guard)
	root, err := nextElement(d)
	switch {
	case err == io.EOF:
		return c, 1, errNoPSKC
	case err != nil:
		return c, guard.line(), whyNoXML(err)
	case root.Name.Local != "KeyContainer":
		return c, guard.line(), errNoPSKC
	}
	c.Version = attribute(root, "Version")
	for {
		e, err := nextElement(d)
		if err == nil {
			err = c.add(d, e, guard.line())
		}
		if err == io.EOF {
			return c, 1, nil
		}
		if err != nil {
			return c, guard.line(), whyNoXML(err)
		}
	}
}

// nextElement returns the next element that begins, io.EOF at the end of the file.
func nextElement(d *xml.Decoder) (xml.StartElement, error) {
	for {
		t, err := d.Token()
		if err != nil {
			return xml.StartElement{}, err
		}
		if e, ok := t.(xml.StartElement); ok {
			return e, nil
		}
	}
}

func attribute(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// add reads one of the container's elements.
func (c *pskcContainer) add(d *xml.Decoder, e xml.StartElement, line int) error {
	switch e.Name.Local {
	case "EncryptionKey":
		return decodeInto(d, e, &c.Key)
	case "MACMethod":
		return decodeInto(d, e, &c.MAC)
	case "KeyPackage":
		c.Package = append(c.Package, pskcPackage{line: line})
		return d.DecodeElement(&c.Package[len(c.Package)-1], &e)
	}
	return d.Skip()
}

func decodeInto[T any](d *xml.Decoder, e xml.StartElement, all *[]T) error {
	if len(*all) > 0 {
		return errTwicePSKC
	}
	*all = make([]T, 1)
	return d.DecodeElement(&(*all)[0], &e)
}

// whyNoXML is an error without any of the file's text in it.
func whyNoXML(err error) error {
	for _, known := range []error{errDoctype, errDepth, errTwicePSKC} {
		if errors.Is(err, known) {
			return known
		}
	}
	if strings.Contains(err.Error(), errCharset.Error()) { // which encoding/xml does not wrap
		return errCharset
	}
	return errXML
}
