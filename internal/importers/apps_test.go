package importers

import "strings"

// accountOf is an export of one account, as an app writes it, with what is put in place of a word.
func accountOf(format, old, put string) string {
	text := map[string]string{
		"2fas": `{"services":[{"secret":"` + twentyBase32 + `","otp":{"account":"alice",` +
			`"digits":6,"period":30,"algorithm":"SHA1","tokenType":"TOTP"}}]}`,
		"andotp": `[{"secret":"` + twentyBase32 + `","label":"alice","digits":6,` +
			`"type":"TOTP","algorithm":"SHA1","period":30}]`,
		"freeotp-plus": `{"tokens":[{"algo":"SHA1","counter":0,"digits":6,"label":"alice",` +
			`"period":30,"secret":[49,50,51,52,53,54,55,56,57,48,-1],"type":"TOTP"}]}`,
		"stratum": `{"Authenticators":[{"Type":2,"Username":"alice","Secret":"` +
			twentyBase32 + `","Pin":null,"Algorithm":0,"Digits":6,"Period":30,"Counter":0}]}`,
		"aegis": `{"db":{"entries":[{"type":"totp","name":"alice","info":{"secret":"` +
			twentyBase32 + `","algo":"SHA1","digits":6,"period":30}}]}}`,
	}[format]
	return strings.Replace(text, old, put, 1)
}

const takenApp = "take alice totp 31"

var appCases = []readingCase{
	{"as it is", "2fas", "", accountOf("2fas", "", ""), []string{takenApp}},
	{"a mark and CRLF", "2fas", "", "\ufeff" + accountOf("2fas", ",", ",\r\n"),
		[]string{takenApp}},
	{"in UTF-16", "2fas", "", "\xff\xfe" + wide(accountOf("2fas", "", "")), []string{takenApp}},
	{"with a password", "2fas", "", `{"services":[],"servicesEncrypted":"x:y:z"}`,
		[]string{"leave : is encrypted: export it from 2FAS without"}},
	{"cut off", "2fas", "", accountOf("2fas", "}]}", ""), []string{"leave : is no backup"}},
	{"of another app", "2fas", "", accountOf("aegis", "", ""), []string{"leave : is no " +
		"backup"}},
	{"SHA512", "2fas", "", accountOf("2fas", "SHA1", "SHA512"), []string{takenApp}},
	{"MD5", "2fas", "", accountOf("2fas", "SHA1", "MD5"), []string{"leave alice: the " +
		"algorithm"}},
	{"nine digits", "2fas", "", accountOf("2fas", ":6", ":9"), []string{"leave alice: has " +
		"codes"}},
	{"half a digit", "2fas", "", accountOf("2fas", ":6", ":6.5"),
		[]string{"leave alice: has codes"}},
	{"two of a user in one line", "2fas", "", accountOf("2fas", "}}]}", "}},"+
		strings.TrimPrefix(accountOf("2fas", "SHA1", "SHA256"), `{"services":[`)),
		[]string{takenApp + "32333435363738393031323334353637383930 + totp"}},

	{"as it is", "andotp", "", accountOf("andotp", "", ""), []string{takenApp}},
	{"an encrypted backup", "andotp", "", "\x00\x01\x02", []string{"leave : is no text"}},
	{"an export in an export", "andotp", "", `[` + accountOf("andotp", "", "") + `]`,
		[]string{"leave : is no entry"}},
	{"Mobile-OTP has no PIN there", "andotp", "",
		`[{"secret":"abcdef0123456789","label":"alice","type":"MOTP"}]`,
		[]string{"leave alice: has no PIN"}},

	{"as it is", "freeotp-plus", "", accountOf("freeotp-plus", "", ""), []string{takenApp}},
	{"the counter is that of the last code", "freeotp-plus", "",
		strings.Replace(accountOf("freeotp-plus", "TOTP", "HOTP"), `"counter":0`,
			`"counter":7`, 1), []string{"take alice hotp 31323334353637383930ff " +
			"counter 8"}},
	{"before the first", "freeotp-plus", "",
		strings.Replace(accountOf("freeotp-plus", "TOTP", "HOTP"), `"counter":0`,
			`"counter":-1`, 1), []string{"take alice hotp 31323334353637383930ff"}},
	{"no bytes", "freeotp-plus", "", accountOf("freeotp-plus", "[49", "[128"),
		[]string{"leave alice: the key is no list of bytes"}},
	{"Steam", "freeotp-plus", "",
		accountOf("freeotp-plus", `"label"`, `"issuerExt":"Steam","label"`),
		[]string{"leave alice: is Steam's"}},

	{"as it is", "stratum", "", accountOf("stratum", "", ""), []string{takenApp}},
	{"no digits", "stratum", "", accountOf("stratum", `"Digits":6,`, ""),
		[]string{"leave alice: has codes"}},
	{"a hash that is not known", "stratum", "", accountOf("stratum", `thm":0`, `thm":3`),
		[]string{"leave alice: the algorithm"}},
	{"a PIN that is no text", "stratum", "",
		`{"Authenticators":[{"Type":3,"Username":"alice","Secret":"30edcc8edae50a60",` +
			`"Pin":1234,"Digits":6,"Period":10}]}`, []string{"leave alice: has no " +
			"PIN"}},

	{"no algorithm", "aegis", "", accountOf("aegis", `"algo":"SHA1",`, ""),
		[]string{"leave alice: the algorithm"}},
}
