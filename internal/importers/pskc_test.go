package importers

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// pskcOf is a container with one plain key. What stands in place of the first text is the second.
func pskcOf(old, put string) string {
	const text = `<KeyContainer Version="1.0"><KeyPackage>
<DeviceInfo><SerialNo>S1</SerialNo></DeviceInfo>
<Key Id="k" Algorithm="urn:ietf:params:xml:ns:keyprov:pskc:hotp"><UserId>alice</UserId>
<AlgorithmParameters><ResponseFormat Length="6" Encoding="DECIMAL"/></AlgorithmParameters>
<Data><Secret><PlainValue>MTIzNDU2Nzg5MDEyMzQ1Njc4OTA=</PlainValue></Secret>
<Counter><PlainValue>3</PlainValue></Counter></Data></Key></KeyPackage></KeyContainer>`
	return strings.Replace(text, old, put, 1)
}

var pskcCases = []readingCase{
	{"plain", "pskc", "", pskcOf("", ""),
		[]string{"take alice hotp " + twentyHex + " counter 3",
			"note " + noteSerial + "S1"}},
	{"with a mark and CRLF", "pskc", "",
		"\ufeff" + strings.ReplaceAll(pskcOf("", ""), "\n", "\r\n"),
		[]string{"take alice hotp " + twentyHex + " counter 3", "note " + noteSerial}},
	{"an entity of its own", "pskc", "", `<!DOCTYPE x [<!ENTITY e "xxxxxxxx">]>` +
		pskcOf("S1", "&e;"), []string{"leave : has a document type or entities"}},
	{"an entity that is not declared", "pskc", "", pskcOf("S1", "&e;"),
		[]string{"leave : is broken as XML here"}},
	{"nested without end", "pskc", "", pskcOf("<Data>", strings.Repeat("<a>", 40)),
		[]string{"leave : is nested deeper"}},
	{"cut off", "pskc", "", pskcOf("</KeyPackage></KeyContainer>", ""),
		[]string{"leave : is broken as XML here, or cut off"}},
	{"another document", "pskc", "", "<Tokens/>", []string{"leave : is no PSKC key container"}},
	{"no XML", "pskc", "", "serial,secret\n1,2\n", []string{"leave : is no PSKC"}},
	{"another version", "pskc", "", pskcOf(`"1.0"`, `"2.0"`),
		[]string{"leave : is PSKC of another version"}},
	{"empty", "pskc", "", " \n", []string{"leave : is empty"}},
	{"compressed", "pskc", "", "\x1f\x8b\x08", []string{"leave : is compressed (gzip)"}},
	{"in Latin-1", "pskc", "", `<?xml version="1.0" encoding="ISO-8859-1"?>` + pskcOf("", ""),
		[]string{"leave : is XML in another encoding"}},
	{"a counter beyond 2^62", "pskc", "", pskcOf(">3<", ">18446744073709551615<"),
		[]string{"leave alice: the counter is not"}},
	{"no counter", "pskc", "", pskcOf("<Counter><PlainValue>3</PlainValue></Counter>", ""),
		[]string{"take alice hotp " + twentyHex, "note the counter is not said",
			"note " + noteSerial}},
	{"an empty counter", "pskc", "", pskcOf("<PlainValue>3</PlainValue>", ""),
		[]string{"leave alice: the counter is not"}},
	{"ten digits", "pskc", "", pskcOf(`"6"`, `"10"`),
		[]string{"leave alice: has codes of another length"}},
	{"SHA512", "pskc", "",
		pskcOf("<ResponseFormat", "<Suite>HMAC-SHA512</Suite><ResponseFormat"),
		[]string{"take alice hotp " + twentyHex + " SHA512 counter 3", "note "}},
	{"MD5", "pskc", "", pskcOf("<ResponseFormat", "<Suite>HMAC-MD5</Suite><ResponseFormat"),
		[]string{"leave alice: the algorithm is none"}},
	{"base64 that is cut off", "pskc", "", pskcOf("OTA=<", "OTA<"),
		[]string{"leave alice: the key is not base64"}},
	{"two keys in one", "pskc", "", pskcOf("</Secret>", "</Secret><Secret>"+
		"<PlainValue>MTIz</PlainValue></Secret>"),
		[]string{"leave alice: has no key, or more than one"}},
	{"not for one-time passwords", "pskc", "", pskcOf("</Data>",
		"</Data><Policy><KeyUsage>Encrypt</KeyUsage></Policy>"),
		[]string{"leave alice: is not to be used for one-time passwords"}},
	{"encrypted without a MAC", "pskc", "", pskcOf("<PlainValue>MTIzNDU2Nzg5MDEyMzQ1Njc4OTA="+
		"</PlainValue>", "<EncryptedValue></EncryptedValue>"),
		[]string{"leave : is encrypted without a MAC"}},
	{"nobody's", "pskc", "", pskcOf("<UserId>alice</UserId>", ""),
		[]string{"leave : is a token whose serial number is not in the list"}},
	{"several in a package", "pskc", "", pskcOf("</Key>", "</Key>"+
		`<Key Id="second" Algorithm="x:hotp"><UserId>alice</UserId><AlgorithmParameters>`+
		`<ResponseFormat Length="8" Encoding="DECIMAL"/></AlgorithmParameters>`+"<Data><Secret>"+
		`<PlainValue>MTIzNDU2Nzg5MDEyMzQ1Njc4OTA=</PlainValue></Secret>`+
		`<Counter><PlainValue>0</PlainValue></Counter></Data></Key>`),
		[]string{"take alice hotp " + twentyHex + " counter 3 + hotp " + twentyHex +
			" named second 8 digits", "note " + noteSerial + "k"}},
	{"a serial number twice", "pskc", "", pskcOf("</KeyContainer>",
		strings.TrimPrefix(pskcOf(">3<", ">4<"), `<KeyContainer Version="1.0">`)),
		[]string{"leave alice: its serial number stands here twice",
			"leave alice: its serial number stands here twice"}},
}

// encryptedPSKC is the sample with a password, changed.
func encryptedPSKC(t *testing.T, old, put string) Source {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "pskc", "password.xml"))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(text), old) {
		t.Fatalf("the sample has no %q", old)
	}
	return sampleSource("f", strings.Replace(string(text), old, put, 1))
}

// What is encrypted opens as a whole or not at all, and asks for no more work than programs do.
func TestEncryptedPSKC(t *testing.T) {
	const opened = "take alice hotp"
	pskc, _ := FormatNamed("pskc")
	password := func(s string, err error) func() (string, error) {
		return func() (string, error) { return s, err }
	}
	for _, c := range []struct {
		name, old, put string
		password       func() (string, error)
		want           string
	}{
		{"right", "", "", password("qwerty", nil), opened},
		{"wrong", "", "", password("qwertz", nil), "leave : does not open: the password"},
		{"empty", "", "", password("", nil), "leave : is encrypted, and the password that"},
		{"none", "", "", nil, "leave : is encrypted, and there is nobody to ask"},
		{"not told", "", "", password("", errors.New("why")),
			"leave : is encrypted, and its password is not known: why"},
		{"many rounds", ">1000<", ">2000000000<", password("qwerty", nil),
			"leave : asks for more than ten million"},
		{"more than a number", ">1000<", ">99999999999999999999<", password("qwerty", nil),
			"leave : asks for more than ten million"},
		{"no rounds", ">1000<", ">0<", password("qwerty", nil), "leave : makes its key"},
		{"a long key", "<KeyLength>16<", "<KeyLength>1000000000<", password("qwerty", nil),
			"leave : makes its key"},
		{"a changed value", "<xenc:CipherValue>W", "<xenc:CipherValue>X",
			password("qwerty", nil), "leave : does not open"},
		{"a value cut off", "CIo</xenc", "</xenc", password("qwerty", nil), "leave : "},
		{"without MACs", "pskc:ValueMAC>", "x>", password("qwerty", nil), "leave : "},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := encryptedPSKC(t, c.old, c.put)
			s.Password = c.password
			got := summary(pskc.Read(s))
			if len(got) == 0 || !strings.HasPrefix(got[0], c.want) {
				t.Errorf("got %q, want %s", got, c.want)
			}
			if c.want != opened && len(got) != 1 {
				t.Errorf("%d lines of one mistake: %q", len(got), got)
			}
		})
	}
}

func TestParseOwners(t *testing.T) {
	for _, c := range []struct {
		text, want, wrong string
	}{
		{"Serial,User\n1,alice\n# a comment\n\n2, bob\n", "bob", ""},
		{"\ufeff1,alice\r\n2,bob\r\n2,bob\r\n", "bob", ""},
		{"\xff\xfe2\x00,\x00b\x00o\x00b\x00", "bob", ""},
		{"1,alice\n2\n", "", "line 2 is not of the form"},
		{"1,alice\n,bob\n", "", "line 2 is not of the form"},
		{"2,alice\n2,bob\n", "", "line 2 gives a serial number to a second user"},
		{"serial,user\n", "", "has no line of the form"},
		{"\"1,alice\n", "", "is not CSV"},
		{"", "", "is empty"},
	} {
		owners, err := ParseOwners(c.text)
		if got := owners["2"]; got != c.want {
			t.Errorf("%q: 2 is %q's, want %q", c.text, got, c.want)
		}
		if (err != nil) != (c.wrong != "") ||
			err != nil && !strings.Contains(err.Error(), c.wrong) {
			t.Errorf("%q: %v, want %q", c.text, err, c.wrong)
		}
	}
}
