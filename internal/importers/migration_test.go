package importers

import (
	"encoding/base64"
	"net/url"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
)

// migrationOf is a URI with one account in it, with further fields, of a code of an export.
func migrationOf(index uint64, more ...uint64) string {
	account := protowire.AppendTag(nil, 1, protowire.BytesType)
	account = protowire.AppendString(account, "12345678901234567890")
	account = protowire.AppendTag(account, 2, protowire.BytesType)
	account = protowire.AppendString(account, "x:alice")
	for i := 0; i+1 < len(more); i += 2 {
		n := protowire.Number(more[i])
		account = protowire.AppendTag(account, n, protowire.VarintType)
		account = protowire.AppendVarint(account, more[i+1])
	}
	message := protowire.AppendTag(nil, 1, protowire.BytesType)
	message = protowire.AppendBytes(message, account)
	for n, value := range map[protowire.Number]uint64{3: 2, 4: index, 5: 77} {
		message = protowire.AppendTag(message, n, protowire.VarintType)
		message = protowire.AppendVarint(message, value)
	}
	return "otpauth-migration://offline?data=" +
		url.QueryEscape(base64.StdEncoding.EncodeToString(message))
}

const kindGoogle, totpGoogle = 6, 2

var migrationCases = []readingCase{
	{"all codes of an export, in any order", "otpauth", "",
		migrationOf(1, kindGoogle, totpGoogle, 5, 2) + "\n" +
			migrationOf(0, kindGoogle, totpGoogle),
		[]string{"take alice totp " + twentyHex + " 8 digits + totp " + twentyHex}},
	{"one is missing", "otpauth", "", migrationOf(0, kindGoogle, totpGoogle),
		[]string{"take alice totp " + twentyHex, "leave : is of an export of 2 QR codes, " +
			"of which these are not here: 2"}},
	{"one is there twice", "otpauth", "", strings.Repeat(migrationOf(0, kindGoogle, totpGoogle)+
		"\n", 2), []string{"take alice totp " + twentyHex, "note stands here twice",
		"leave : is of an export of 2 QR codes"}},
	{"neither time nor counter", "otpauth", "", migrationOf(0),
		[]string{"leave alice: is of a type", "leave : is of an export"}},
	{"of a type to come", "otpauth", "", migrationOf(0, kindGoogle, 9),
		[]string{"leave alice: is of a type", "leave : is of an export"}},
	{"a hash to come", "otpauth", "", migrationOf(0, kindGoogle, totpGoogle, 4, 9),
		[]string{"leave alice: the algorithm", "leave : is of an export"}},
	{"a counter below 0", "otpauth", "", migrationOf(0, kindGoogle, 1, 7, 1<<64-1),
		[]string{"leave alice: the counter", "leave : is of an export"}},
	{"plus signs that were not escaped", "otpauth", "",
		"otpauth-migration://offline?data=CiEKFPvv++/77/vv++/77/vv++/77/vvEgVhbGljZSABMAI=",
		[]string{"take alice totp fbeffbef"}},
	{"cut off", "otpauth", "", migrationOf(0, kindGoogle, totpGoogle)[:60],
		[]string{"leave : is no export of Google Authenticator, or cut off"}},
	{"empty", "otpauth", "", "otpauth-migration://offline?data=",
		[]string{"leave : is no export of Google Authenticator, or cut off"}},
	{"of no account", "otpauth", "", "otpauth-migration://offline?data=EAEYAQ==",
		[]string{"leave : is an export of no account"}},
}

// An export that says it has billions of codes makes no list of them.
func TestMigrationOfManyCodes(t *testing.T) {
	const size = 1 << 62
	message := protowire.AppendTag(nil, 3, protowire.VarintType)
	message = protowire.AppendVarint(message, size)
	otpauth, _ := FormatNamed("otpauth")
	found := otpauth.Read(Source{Text: "otpauth-migration://offline?data=" +
		base64.RawURLEncoding.EncodeToString(message)})
	if len(found.Skipped) != 2 || len(found.Skipped[1].Reason) > 8<<10 {
		t.Errorf("left: %v", found.Skipped)
	}
}

// A token of Mobile-OTP that has no PIN gets the one that somebody knows.
func TestMissingPIN(t *testing.T) {
	for format, text := range map[string]string{
		"otpauth": "motp://x:alice?secret=0123456789abcdef\n",
		"andotp":  `[{"secret":"0123456789abcdef","label":"alice","type":"MOTP"}]`,
		"stratum": `{"Authenticators":[{"Type":3,"Username":"alice",` +
			`"Secret":"0123456789abcdef","Pin":null,"Digits":6,"Period":10}]}`,
	} {
		f, _ := FormatNamed(format)
		for pin, want := range map[string]string{
			"6666": "take alice motp 0123456789abcdef 6666 0s", "": "leave alice: ",
		} {
			found := f.Read(Source{Text: text, PIN: func(user string) string {
				if user != "alice" {
					t.Errorf("the PIN of %q is asked for", user)
				}
				return pin
			}})
			got := summary(found)
			if len(got) != 1 || !strings.HasPrefix(got[0], want) {
				t.Errorf("%s: got %q, want %s", format, got, want)
			}
		}
	}
}
