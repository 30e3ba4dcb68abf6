package importers

import (
	"slices"
	"strings"
	"testing"
)

var csvCases = []readingCase{
	{"by names of columns, in any order", "csv", "",
		"Key;Type;Login;Digits;Vendor\r\n" + twentyHex + ";OATH-TOTP;alice;8;x\r\n",
		[]string{"take alice totp " + twentyHex + " 8 digits"}},
	{"parted by tabs", "csv", "", "user\tsecret\tcounter\nalice\t" + twentyHex + "\t3\n",
		[]string{"take alice hotp " + twentyHex + " counter 3"}},
	{"in UTF-16", "csv", "", "\xff\xfe" + wide("user,secret,period\nalice,"+twentyHex+",60\n"),
		[]string{"take alice totp " + twentyHex + " every 1m0s"}},
	{"nothing tells time from counters", "csv", "", "user,secret\nalice," + twentyHex + "\n",
		[]string{"leave alice: does not say whether it is TOTP or HOTP"}},
	{"hex and base32 alike", "csv", "", "user,secret,type\nalice,ABCDEF22,totp\n",
		[]string{"leave alice: the key may be hex as well as base32"}},
	{"told by another line", "csv", "",
		"user,secret,type\nalice,ABCDEF22,totp\nbob," + twentyBase32 + ",totp\n",
		[]string{"take alice totp 004432175a", "note warning", "take bob totp " +
			"" + twentyHex}},
	{"told by the name", "csv", "",
		"user,seed " +
			"(hex),type\nalice,ABCDEF22ABCDEF22ABCDEF22,totp\n",
		[]string{"take alice totp abcdef22abcdef22abcdef22"}},
	{"lines of both kinds tell nothing", "csv", "", "user,secret,type\nalice,ABCDEF22,totp\n" +
		"bob," + twentyBase32 + ",totp\ncarol," + twentyHex + ",totp\n",
		[]string{"take bob totp", "take carol totp", "leave alice: the key may be hex"}},
	{"a key as long as one for SHA256", "csv", "",
		"user,secret,type\nalice," + strings.Repeat("31", 32) + ",totp\n",
		[]string{"leave alice: the key is as long as one for SHA256"}},
	{"base32 that is cut off", "csv", "",
		"user,secret,type\nalice," + twentyBase32 + "Z,totp\n",
		[]string{"leave alice: the key is neither hex nor base32, or cut off"}},
	{"five digits", "csv", "", "user,secret,type,digits\nalice," + twentyHex + ",totp,5\n",
		[]string{"leave alice: has codes of another length"}},
	{"a serial number that a spreadsheet rounded", "csv", "",
		"serial,user,secret,type\n1.23457E+11,alice," + twentyHex + ",totp\n",
		[]string{"leave alice: the serial number was made a number"}},
	{"two columns of keys", "csv", "", "user,secret,seed\na,b,c\n",
		[]string{"leave : has two columns that are called secret"}},
	{"two kinds of them", "csv", "", "user,hex,base32\na,b,c\n",
		[]string{"leave : has more than one column with keys"}},
	{"no names, and no form", "csv", "", "1," + twentyHex + "\n",
		[]string{"leave : is a list without names of columns"}},
	{"a quote in the wrong place", "csv", "",
		"user,secret,type\n\"alice," + twentyHex + ",totp\n",
		[]string{"leave : is not CSV"}},
	{"Mobile-OTP", "csv", "", "user,type,secret,pin,period\n" +
		"alice,motp,0123456789ABCDEF,1234,10\nbob,motp,0123456789abcdef,1234,30\n",
		[]string{"take alice motp 0123456789ABCDEF 1234 0s", "note " + noteCapitals,
			"leave bob: has codes of another length than six digits, or steps"}},
	{"Yubico's two slots", "csv", "",
		"OATH-HOTP,x,1,u1,," + twentyHex + ",,,0,0,0,6,0\nOATH-HOTP,x,2,,," + ownHex +
			",,,0,0,0,8,0\n",
		[]string{"leave : is a token whose serial number is not in the list",
			"leave : is a token without a serial number, and nobody's"}},
}

// wide is a text in UTF-16.
func wide(s string) string {
	var b strings.Builder
	for _, c := range []byte(s) {
		b.WriteString(string([]byte{c, 0}))
	}
	return b.String()
}

func TestColumns(t *testing.T) {
	list, _ := FormatNamed("csv")
	for _, c := range []struct {
		columns, text string
		want          []string
	}{
		{"user,hex,type=totp", "alice," + twentyHex, []string{"take alice totp " +
			"" + twentyHex}},
		{"user,-,base32,type=hotp,digits=8,counter",
			"alice,x," + twentyBase32 + ",7",
			[]string{"take alice hotp " + twentyHex + " 8 digits counter 7"}},
		{"user,hex,type=totp", "name,hex\nalice," + twentyHex,
			[]string{"take alice totp " + twentyHex}},
		{"algorithm=sha256",
			"user,secret,period\nalice," + strings.Repeat("31", 32) + ",60",
			[]string{"take alice totp " + strings.Repeat("31", 32) + " SHA256 every " +
				"1m0s"}},
		{"digits=8", "755224,,0," + twentyHex + ",,2013-12-12T08:41:07,",
			[]string{"take bob hotp " + twentyHex + " 8 digits",
				"note " + noteSerial + "755224"}},
	} {
		columns, err := ParseColumns(c.columns)
		if err != nil {
			t.Fatal(err)
		}
		s := sampleSource("list.csv", c.text+"\n")
		s.Columns = columns
		if got := summary(list.Read(s)); !slices.EqualFunc(got, c.want, strings.HasPrefix) {
			t.Errorf("%s: got %q, want %q", c.columns, got, c.want)
		}
	}
}

func TestParseColumns(t *testing.T) {
	for columns, want := range map[string]string{
		"serial,Secret Key,type=totp": "",
		"type=hotp":                   "",
		"serial,user":                 "none of the columns is secret, hex, or base32",
		"serial,secret,color":         "there is no column of the name in place 3",
		"secret,key":                  "the column secret stands there twice",
		"secret,type=totp,type=hotp":  "the column type stands there twice",
		"":                            "there is no column of the name in place 1",
	} {
		_, err := ParseColumns(columns)
		right := err == nil && want == "" ||
			err != nil && want != "" && strings.HasPrefix(err.Error(), want)
		if !right {
			t.Errorf("%s: %v, want %q", columns, err, want)
		}
	}
}
