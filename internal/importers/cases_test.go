package importers

import (
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/pam-motp/pam-motp/motp"
)

// twenty is the key of OATH's test vectors, in the spellings that the formats have.
const (
	twentyHex    = "3132333435363738393031323334353637383930"
	ownHex       = "3132333435363738393031323334353637383931"
	twentyBase32 = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
)

// A readingCase is a file, and what comes of it: for each user taken or left one line, which begins
// like the one given.
type readingCase struct {
	name, format, file, text string
	want                     []string
}

// allCases are also what fuzzing begins with.
var allCases = slices.Concat(googleCases, oathCases, multiOTPCases, multiOTPNames, modAuthnCases,
	openVPNCases, spellingCases, severalCases, pskcCases,
	csvCases, appCases, vaultCases,
	migrationCases)

func TestCases(t *testing.T) {
	for _, c := range allCases {
		t.Run(c.format+"/"+c.name, func(t *testing.T) {
			f, _ := FormatNamed(c.format)
			file := c.file
			if file == "" {
				file = "alice.db"
			}
			source := sampleSource(file, c.text)
			source.Owner, source.Key, source.Beside = "alice", "", counters
			got := summary(f.Read(source))
			if len(got) != len(c.want) {
				t.Fatalf("got %d lines, want %d:\n%s",
					len(got), len(c.want), strings.Join(got, "\n"))
			}
			for i, want := range c.want {
				if !strings.HasPrefix(got[i], want) {
					t.Errorf("got  %s\nwant %s", got[i], want)
				}
			}
		})
	}
}

// summary is what becomes of a file: "take alice totp 31 PIN 1 60s", "note", "leave alice reason".
func summary(r Reading) (all []string) {
	for _, u := range r.Users {
		var tokens []string
		for _, t := range u.User.Tokens {
			tokens = append(tokens, brief(t))
		}
		if u.User.Disabled {
			tokens = append(tokens, "disabled")
		}
		name := printable(u.User.Name)
		all = append(all, fmt.Sprintf("take %s %s", name, strings.Join(tokens, " + ")))
		for _, n := range u.Notes {
			all = append(all, "note "+n)
		}
	}
	for _, l := range r.Skipped {
		all = append(all, fmt.Sprintf("leave %s: %s", printable(l.User), l.Reason))
	}
	return all
}

func brief(t motp.Token) string {
	if t.Type == motp.MobileOTP {
		return fmt.Sprintf("motp %s %s %v", t.Secret, t.PIN, t.Offset)
	}
	s := fmt.Sprintf("%v %s", t.Type, hex.EncodeToString([]byte(t.Secret)))
	for _, more := range []struct {
		said  bool
		words string
	}{
		{t.Name != "", "named " + t.Name},
		{t.PIN != "", "PIN " + t.PIN},
		{t.Offset != 0, t.Offset.String()},
		{t.Algorithm != motp.SHA1, t.Algorithm.String()},
		{t.Digits != 0, fmt.Sprint(t.Digits, " digits")},
		{t.Period != 0, "every " + t.Period.String()},
		{t.Counter != 0, fmt.Sprint("counter ", t.Counter)},
	} {
		if more.said {
			s += " " + more.words
		}
	}
	return s
}

// counters has the counter of one key, K7BYLIU5D2V33X6S.
func counters(name string) (string, error) {
	if name == "748114bd9de8e506523c981769ff071b876751a6" {
		return "17\n", nil
	}
	return "", errors.New("no such file")
}

var googleCases = []readingCase{
	{"a counter above 0 makes it HOTP, whatever stands beside it", "google-authenticator", "",
		twentyBase32 + "\n\" TOTP_AUTH\n\" HOTP_COUNTER 3\n",
		[]string{"take alice hotp " + twentyHex + " counter 3", "note has TOTP_AUTH too"}},
	{"in any order", "google-authenticator", "",
		twentyBase32 + "\n\" HOTP_COUNTER 3\n\" TOTP_AUTH\n\" TIME_SKEW 4\n" +
			"\" STEP_SIZE 99\n",
		[]string{"take alice hotp " + twentyHex + " counter 3", "note has TOTP_AUTH too"}},
	{
		"a counter of 0 beside TOTP_AUTH is none", "google-authenticator", "",
		twentyBase32 + "\n\" TOTP_AUTH\n\" HOTP_COUNTER 0\n",
		[]string{
			"take alice totp " + twentyHex,
		},
	},
	{
		"a negative counter is none", "google-authenticator", "",
		twentyBase32 + "\n\" TOTP_AUTH\n\" HOTP_COUNTER -5\n",
		[]string{
			"take alice totp " + twentyHex,
		},
	},
	{
		"neither the one nor the other accepts nothing", "google-authenticator", "",
		twentyBase32 + "\n\" RATE_LIMIT 3 30\n",
		[]string{
			"leave alice: has neither TOTP_AUTH nor a HOTP_COUNTER",
		},
	},
	{
		"nor does a counter of 0 by itself", "google-authenticator", "",
		twentyBase32 + "\n\" HOTP_COUNTER 0\n",
		[]string{
			"leave alice: has neither TOTP_AUTH nor a HOTP_COUNTER",
		},
	},
	{
		"nor one without a number", "google-authenticator", "",
		twentyBase32 + "\n\" HOTP_COUNTER\n",
		[]string{
			"leave alice: has neither TOTP_AUTH nor a HOTP_COUNTER",
		},
	},
	{"nor a key by itself", "google-authenticator", "",
		twentyBase32 + "\n", []string{"leave alice: has neither TOTP_AUTH nor a " +
			"HOTP_COUNTER"}},
	{
		"the first of two counters is in force", "google-authenticator", "",
		twentyBase32 + "\n\" HOTP_COUNTER 7\n\" HOTP_COUNTER 3\n",
		[]string{
			"take alice hotp " + twentyHex + " counter 7",
		},
	},
	{"an indented option is none, but for TOTP_AUTH", "google-authenticator", "",
		twentyBase32 + "\n  \" HOTP_COUNTER 7\n  \" TOTP_AUTH\n",
		[]string{"take alice totp " + twentyHex, "leave : is neither",
			"leave : is neither"}},
	{
		"a counter that is no number", "google-authenticator", "",
		twentyBase32 + "\n\" TOTP_AUTH\n\" HOTP_COUNTER five\n",
		[]string{
			"leave alice: HOTP_COUNTER is not a number",
		},
	},
	{"the largest counter", "google-authenticator", "",
		twentyBase32 + "\n\" HOTP_COUNTER 4611686018427387904\n",
		[]string{"take alice hotp " + twentyHex + " counter 4611686018427387904"}},
	{
		"one beyond it", "google-authenticator", "",
		twentyBase32 + "\n\" HOTP_COUNTER 4611686018427387905\n",
		[]string{
			"leave alice: HOTP_COUNTER: the counter is not a number from 0 to 2^62",
		},
	},
	{
		"a step with which the module refuses every code", "google-authenticator", "",
		twentyBase32 + "\n\" TOTP_AUTH\n\" STEP_SIZE 61\n",
		[]string{
			"leave alice: STEP_SIZE is not a number from 1 to 60",
		},
	},
	{
		"and a window", "google-authenticator", "",
		twentyBase32 + "\n\" TOTP_AUTH\n\" WINDOW_SIZE 101\n",
		[]string{
			"leave alice: WINDOW_SIZE is not a number from 1 to 100",
		},
	},
	{
		"and a limit", "google-authenticator", "",
		twentyBase32 + "\n\" TOTP_AUTH\n\" RATE_LIMIT 0 30\n",
		[]string{
			"leave alice: RATE_LIMIT is not of the form",
		},
	},
	{
		"0, 1 and 8 for O, L and B", "google-authenticator", "",
		"0123456701234567O1LB8b\n\" TOTP_AUTH\n",
		[]string{
			"take alice totp 72f5be77df72f5be77df72d610",
		},
	},
	{"a key of an odd length loses its last bits", "google-authenticator", "",
		twentyBase32 + "A\n\" TOTP_AUTH\n", []string{"take alice totp " + twentyHex}},
	{
		"blanks and dashes in the key", "google-authenticator", "",
		"gezd gnbv-gy3t qojq\tgezd gnbv gy3t qojq\r\n\" TOTP_AUTH\n",
		[]string{
			"take alice totp " + twentyHex,
		},
	},
	{"padding is none there", "google-authenticator", "",
		twentyBase32 + "=\n\" TOTP_AUTH\n",
		[]string{"leave : the first line is no key in base32"}},
	{
		"nor is a blank line before the key", "google-authenticator", "",
		"\n" + twentyBase32 + "\n\" TOTP_AUTH\n",
		[]string{
			"leave : the first line is no key in base32",
		},
	},
	{"a zero byte", "google-authenticator", "",
		twentyBase32 + "\n\" TOTP_AUTH\n\x00", []string{"leave : has a zero byte"}},
	{
		"a short key warns", "google-authenticator", "",
		"GEZDGNBV\n\" TOTP_AUTH\n",
		[]string{
			"take alice totp 3132333435",
			"note warning: the key has 40 bits, less than 80",
		},
	},
}

var oathCases = []readingCase{
	{
		"a key in groups of eight", "users.oath", "",
		"HOTP/T30 alice - 31323334 35363738 39303132 33343536\n",
		[]string{
			"leave alice: the key seems to be written in groups",
		},
	},
	{
		"in two groups", "users.oath", "",
		"HOTP/T30 alice - 31323334 35363738\n",
		[]string{
			"leave alice: the key seems to be written in groups",
		},
	},
	{
		"in three groups, the third of which could be a code", "users.oath", "",
		"HOTP/T30/8 alice - 31323334 35363738 39303132\n",
		[]string{
			"leave alice: the key seems to be written in groups",
		},
	},
	{
		"in groups of four", "users.oath", "",
		"HOTP alice - 3132 3334 3536 3738 3930\n",
		[]string{
			"leave alice: the key seems to be written in groups",
		},
	},
	{
		"in groups of twenty", "users.oath", "",
		"HOTP alice - 31323334353637383930 31323334353637383930\n",
		[]string{
			"leave alice: the key seems to be written in groups",
		},
	},
	{
		"in groups with letters", "users.oath", "",
		"HOTP/T30 alice - cafebabe00000000cafe babe00000000\n",
		[]string{
			"leave alice: the counter is not a number",
		},
	},
	{
		"in groups of which the last is shorter", "users.oath", "",
		"HOTP/T30 alice - 3132333435363738 393031\n",
		[]string{
			"leave alice: the key seems to be written in groups",
		},
	},
	{
		"a counter of TOTP that is none", "users.oath", "",
		"HOTP/T30 alice - " + twentyHex + " soon\n",
		[]string{
			"leave alice: the counter is not a number",
		},
	},
	{"a code that is none", "users.oath", "",
		"HOTP alice - " + twentyHex + " 7 nothing\n",
		[]string{"leave alice: the last code"}},
	{"a time that is none", "users.oath", "",
		"HOTP alice - " + twentyHex + " 7 123456 yesterday\n",
		[]string{"leave alice: the time"}},
	{
		"an eighth column", "users.oath", "",
		"HOTP alice - " + twentyHex + " 7 123456 2026-11-22T06:47:08L more\n",
		[]string{
			"leave alice: has more columns",
		},
	},
	{
		"all columns", "users.oath", "",
		"HOTP alice - " + twentyHex + " 7 123456 2026-11-22T06:47:08L\n",
		[]string{
			"take alice hotp " + twentyHex + " counter 8",
		},
	},
	{
		"a counter by itself is the next one", "users.oath", "",
		"HOTP alice - " + twentyHex + " 7\n",
		[]string{
			"take alice hotp " + twentyHex + " counter 7",
		},
	},
	{
		"the largest counter", "users.oath", "",
		"HOTP alice - " + twentyHex + " 4611686018427387904\n",
		[]string{
			"take alice hotp " + twentyHex + " counter 4611686018427387904",
		},
	},
	{
		"which has no next one", "users.oath", "",
		"HOTP alice - " + twentyHex + " 4611686018427387904 123456 2026-11-22T06:47:08L\n",
		[]string{
			"leave alice: the counter",
		},
	},
	{
		"a key beyond what pam_oath reads", "users.oath", "",
		"HOTP alice - " + twentyHex + twentyHex + "\n",
		[]string{
			"leave alice: the key is longer than the 32 bytes",
		},
	},
	{
		"a short key warns", "users.oath", "",
		"HOTP/T30 alice - 31323334\n",
		[]string{
			"take alice totp 31323334",
			"note warning: the key has 32 bits",
		},
	},
	{
		"several tokens of one user", "users.oath", "",
		"HOTP/T30 alice - " + twentyHex + "\nHOTP alice 12 " + ownHex + " 5\n" +
			"HOTP bob - " + twentyHex + "\n",
		[]string{
			"take alice totp " + twentyHex + " + hotp " + ownHex +
				" named token2 PIN 12 counter 5",
			"take bob hotp " + twentyHex,
		},
	},
	{
		"behind a line that stops pam_oath nothing is good", "users.oath", "",
		"HOTP/T30 alice - 313\nHOTP alice - " + ownHex + "\nHOTP alice 12 " +
			twentyHex + "\n",
		[]string{
			"take alice hotp " + twentyHex + " PIN 12",
			"leave alice: the key is not an even",
			"leave alice: stands behind line 1",
		},
	},
}

// userMultiOTP is a file of multiOTP's with these settings.
func userMultiOTP(settings ...string) string {
	return "multiotp-database-format-v3\n" + strings.Join(settings, "\n") + "\n"
}

var multiOTPCases = []readingCase{
	{
		"TOTP", "multiotp", "",
		userMultiOTP("algorithm=TOTP", "token_seed="+ownHex, "time_interval=30",
			"number_of_digits=6", "delta_time=-60", "request_prefix_pin=0",
			"user_pin=1234",
			"last_event=-1"),
		[]string{
			"take alice totp " + ownHex + " -1m0s",
		},
	},
	{
		"TOTP with a PIN before the code", "multiotp", "",
		userMultiOTP("algorithm=totp", "token_seed="+ownHex,
			"time_interval=60", "number_of_digits=8", "request_prefix_pin=1",
			"user_pin=1234",
			"token_algo_suite=HMAC-SHA256"),
		[]string{
			"take alice totp " + ownHex + " PIN 1234 SHA256 8 digits every 1m0s",
		},
	},
	{
		"a password of LDAP before the code is another module's", "multiotp", "",
		userMultiOTP("algorithm=totp",
			"token_seed="+ownHex, "time_interval=30", "request_prefix_pin=1",
			"request_ldap_pwd=1",
			"user_pin=1234"),
		[]string{
			"take alice totp " + ownHex,
			"note was asked for the LDAP password too",
		},
	},
	{
		"HOTP that was never used", "multiotp", "",
		userMultiOTP("algorithm=hotp", "token_seed="+ownHex,
			"time_interval=0", "request_prefix_pin=0", "last_event=-1"),
		[]string{
			"take alice hotp " + ownHex,
		},
	},
	{
		"HOTP: last_event is used", "multiotp", "",
		userMultiOTP("algorithm=hotp", "token_seed="+ownHex,
			"request_prefix_pin=0", "last_event=41"),
		[]string{
			"take alice hotp " + ownHex + " counter 42",
		},
	},
	{
		"no word of the PIN", "multiotp", "",
		userMultiOTP("algorithm=totp", "token_seed="+ownHex, "time_interval=30",
			"user_pin=1234"),
		[]string{
			"take alice totp " + ownHex + " PIN 1234",
			"note does not say whether the PIN is typed",
		},
	},
	{
		"TOTP without a step", "multiotp", "",
		userMultiOTP("algorithm=totp", "token_seed="+ownHex, "request_prefix_pin=0"),
		[]string{
			"leave alice: time_interval: the period",
		},
	},
	{
		"a hash that is none of these", "multiotp", "",
		userMultiOTP("algorithm=totp", "token_seed="+ownHex, "time_interval=30",
			"request_prefix_pin=0", "token_algo_suite=SHA256"),
		[]string{
			"leave alice: token_algo_suite is none of",
		},
	},
	{
		"the seed that everybody knows", "multiotp", "",
		userMultiOTP("algorithm=totp", "token_seed="+twentyHex, "time_interval=30"),
		[]string{
			"leave alice: has no seed of its own",
		},
	},
	{
		"other algorithms", "multiotp", "",
		userMultiOTP("algorithm=without2fa", "token_seed="+ownHex),
		[]string{
			"leave alice: has a token of another algorithm",
		},
	},
	{
		"deactivated by any number but 0", "multiotp", "",
		userMultiOTP("algorithm=motp", "token_seed=0123456789abcdef",
			"user_pin=1234", "desactivated=2"),
		[]string{
			"take alice motp 0123456789abcdef 1234 0s + disabled",
			"note is deactivated",
		},
	},
	{
		"lent by another server", "multiotp", "",
		userMultiOTP("algorithm=motp", "token_seed=0123456789abcdef",
			"user_pin=1234", "autolock_time=1700000000"),
		[]string{
			"take alice motp 0123456789abcdef 1234 0s + disabled",
			"note is another server's",
		},
	},
}

// namedMultiOTP is a file of the user "alice", under another name.
func namedMultiOTP(name, file string, want ...string) readingCase {
	text := userMultiOTP("algorithm=motp", "token_seed=0123456789abcdef", "user_pin=1234")
	return readingCase{name, "multiotp", file, text, want}
}

const (
	takenMultiOTP    = " motp 0123456789abcdef 1234 0s"
	notNamedMultiOTP = "leave : the file is not named like a user's"
)

var multiOTPNames = []readingCase{
	namedMultiOTP("an encoded name", "id0x616c696365.db", "take alice"+takenMultiOTP),
	namedMultiOTP("in capitals", "ID0X616C696365.db", "take alice"+takenMultiOTP),
	namedMultiOTP("of more than ASCII", "id0x6dc3bc6c6c6572.db", "take müller"+takenMultiOTP),
	namedMultiOTP("with a slash and a blank", "id0x612f6220.db", "take a/b "+takenMultiOTP),
	namedMultiOTP("an odd number of digits", "id0x61626.db", "take id0x61626"+takenMultiOTP),
	namedMultiOTP("that leaves the folder", "id0x2e2e2f726f6f74.db",
		"take ../root"+takenMultiOTP),
	namedMultiOTP("with an escape", "id0x1b5b33316d.db", `take "\x1b[31m"`+takenMultiOTP),
	namedMultiOTP("with a zero byte", "id0x616c6963650062.db", notNamedMultiOTP),
	namedMultiOTP("that is no UTF-8", "id0x6dfc6c6c6572.db", notNamedMultiOTP),
	namedMultiOTP("a plain name that begins like one", "id0xyz.db",
		"take id0xyz"+takenMultiOTP),
	namedMultiOTP("and one that is nothing else", "id0x.db", "take id0x"+takenMultiOTP),
	namedMultiOTP("no name", ".db", notNamedMultiOTP),
	namedMultiOTP("another ending", "alice.db.bak", notNamedMultiOTP),
}

var modAuthnCases = []readingCase{
	{
		"HOTP: the counter is the next one", "mod_authn_otp", "",
		"HOTP alice 1234 " + twentyHex + " 21 0 820658 2009-06-12T17:52:32L 192.168.1.1\n",
		[]string{
			"take alice hotp " + twentyHex + " PIN 1234 counter 21",
		},
	},
	{
		"TOTP: the offset is in its own steps", "mod_authn_otp", "",
		"HOTP/T60/8 alice - " + twentyHex + " -2 0\n",
		[]string{
			"take alice totp " + twentyHex + " -2m0s 8 digits every 1m0s",
		},
	},
	{
		"version 1.0", "mod_authn_otp", "",
		"T alice 1 " + twentyHex + "\nE bob 1 " + twentyHex + " 7\n",
		[]string{
			"take alice totp " + twentyHex + " PIN 1",
			"take bob hotp " + twentyHex + " PIN 1 counter 7",
		},
	},
	{
		"a PIN that is asked elsewhere", "mod_authn_otp", "",
		"HOTP alice + " + twentyHex + "\n",
		[]string{
			`leave alice: the PIN "+"`,
		},
	},
	{
		"codes of five digits", "mod_authn_otp", "",
		"HOTP/T60/5 alice - " + twentyHex + "\n",
		[]string{
			"leave alice: has codes of another length",
		},
	},
	{
		"T without a number", "mod_authn_otp", "",
		"HOTP/T alice - " + twentyHex + "\n",
		[]string{
			"leave alice: has no length of a step",
		},
	},
	{
		"a key in groups", "mod_authn_otp", "",
		"HOTP alice - 31323334 35363738\n",
		[]string{
			"leave alice: the key seems to be written in groups",
		},
	},
	{
		"a secret in groups", "mod_authn_otp", "",
		"MOTP alice 1234 01234567 01234567\n",
		[]string{
			"leave alice: the key seems to be written in groups",
		},
	},
	{
		"columns of another kind", "mod_authn_otp", "",
		"HOTP alice - " + twentyHex + " 7 a b c d e\n",
		[]string{
			"leave alice: what stands behind the offset",
		},
	},
	{
		"the first line of a user is in force", "mod_authn_otp", "",
		"HOTP alice - " + twentyHex + "\nMOTP alice 1234 0123456789abcdef\n",
		[]string{
			"take alice hotp " + twentyHex,
			"leave alice: stands behind another line",
		},
	},
	{
		"or the first that can be read", "mod_authn_otp", "",
		"HOTP alice - 123\nMOTP alice 1234 0123456789abcdef\n",
		[]string{
			"take alice motp 0123456789abcdef 1234 0s",
			"leave alice: the key is not an even",
		},
	},
	{
		"short secrets and keys warn", "mod_authn_otp", "",
		"MOTP alice 1234 01234567\nHOTP bob - 31323334\n",
		[]string{
			"take alice motp 01234567 1234 0s",
			"note warning: the secret has 8 characters",
			"take bob hotp 31323334",
			"note warning: the key has 32 bits",
		},
	},
}

var openVPNCases = []readingCase{
	{
		"TOTP with a PIN", "openvpn-otp", "",
		"alice otp totp:sha1:base32:K7BYLIU5D2V33X6S:1234:xxx *\n",
		[]string{
			"take alice totp 57c385a29d1eabbddfd2 PIN 1234",
			"note taken for 30 seconds",
		},
	},
	{
		"TOTP without one, of a minute", "openvpn-otp", "",
		"alice otp totp-60-6:sha1:hex:" + twentyHex + ":: *\n",
		[]string{
			"take alice totp " + twentyHex + " every 1m0s",
		},
	},
	{
		"a key that is text", "openvpn-otp", "",
		"alice otp totp-60-6:sha256:text:12345678901234567890:9: *\n",
		[]string{
			"take alice totp " + twentyHex + " PIN 9 SHA256 every 1m0s",
		},
	},
	{
		"HOTP, whose counter stands beside it", "openvpn-otp", "",
		"alice otp hotp:sha1:base32:K7BYLIU5D2V33X6S:: *\n",
		[]string{
			"take alice hotp 57c385a29d1eabbddfd2 counter 17",
			"note taken for six digits",
		},
	},
	{"or does not", "openvpn-otp", "", "alice otp hotp:sha1:base32:" + twentyBase32 + ":: *\n",
		[]string{"leave alice: its counter cannot be read"}},
	{
		"a type of another name", "openvpn-otp", "",
		"alice otp totp-30-8:sha1:hex:" + twentyHex + ":: *\n",
		[]string{
			"leave alice: is of a type that the plugin takes for totp",
		},
	},
	{
		"a key of letters that are digits", "openvpn-otp", "",
		"alice otp totp-60-6:sha1:base32:0181AAAAAAAAAAAA:: *\n",
		[]string{
			"take alice totp 72c2b000000000000000",
		},
	},
	{
		"no key", "openvpn-otp", "",
		"alice otp totp:sha1:base32::K7BYLIU5D2V33X6S *\n",
		[]string{
			"leave alice: has no key",
		},
	},
	{
		"a hash that is none of these", "openvpn-otp", "",
		"alice otp totp:md5:hex:" + twentyHex + ":: *\n",
		[]string{
			"leave alice: the algorithm",
		},
	},
	{
		"several tokens of one user", "openvpn-otp", "",
		"alice otp totp-60-6:sha1:hex:" + twentyHex + ":: *\n" +
			"alice otp totp-60-6:sha1:hex:" + ownHex + ":: *\n",
		[]string{
			"take alice totp " + twentyHex + " every 1m0s + " +
				"totp " + ownHex + " named token2 every 1m0s",
		},
	},
	{"a short key warns", "openvpn-otp", "", "alice otp totp-60-6:sha1:text:1234:: *\n",
		[]string{"take alice totp 31323334 every 1m0s",
			"note warning: the key has 32 bits"}},
}

// uri is a URI of alice's, with more parameters.
func otpauthURI(name, more string, want ...string) readingCase {
	text := "otpauth://totp/Example:alice?secret=" + twentyBase32 + more + "\n"
	return readingCase{name, "otpauth", "", text, want}
}

var spellingCases = []readingCase{
	otpauthURI("HMACSHA1", "&algorithm=HMACSHA1", "take alice totp "+twentyHex),
	otpauthURI("HmacSHA256", "&algorithm=HmacSHA256", "take alice totp "+twentyHex+" SHA256"),
	otpauthURI("SHA-256", "&algorithm=SHA-256", "take alice totp "+twentyHex+" SHA256"),
	otpauthURI("sha_512", "&algorithm=hmac-sha_512", "take alice totp "+twentyHex+" SHA512"),
	otpauthURI("MD5 is none", "&algorithm=HMACMD5", "leave alice: the algorithm"),
	otpauthURI("&amp;", "&amp;issuer=Example&amp;digits=8",
		"take alice totp "+twentyHex+" 8 digits"),
	otpauthURI("&#38;", "&#38;issuer=Example&#x26;digits=8",
		"take alice totp "+twentyHex+" 8 digits"),
	otpauthURI("parameters that are like a sign's name", "&section=1&copyright=2",
		"take alice totp "+twentyHex),
	{
		"the largest counter", "otpauth", "",
		"otpauth://hotp/alice?counter=4611686018427387904&secret=" + twentyBase32 + "\n",
		[]string{
			"take alice hotp " + twentyHex + " counter 4611686018427387904",
		},
	},
	{
		"one beyond it", "otpauth", "",
		"otpauth://hotp/alice?counter=4611686018427387905&secret=" + twentyBase32 + "\n",
		[]string{
			"leave alice: the counter is not a number from 0 to 2^62",
		},
	},
	{
		"a slash is the name's own", "otpauth", "",
		"otpauth://totp/Example:root%2Falice?secret=" + twentyBase32 + "\n",
		[]string{
			"take root/alice totp " + twentyHex,
		},
	},
	{"a short key warns", "otpauth", "", "otpauth://totp/alice?secret=GEZDGNBV\n",
		[]string{"take alice totp 3132333435", "note warning: the key has 40 bits"}},
	{"a short secret warns", "pam_mobile_otp", "", "alice 0123 1234 0\n",
		[]string{"take alice motp 0123 1234 0s",
			"note warning: the secret has 4 characters"}},
	{
		"HMACSHA1", "aegis", "",
		aegisOf("totp", `"algo":"HMACSHA1","digits":6,"period":30`),
		[]string{
			"take alice totp " + twentyHex,
		},
	},
	{
		"the largest counter", "aegis", "",
		aegisOf("hotp", `"algo":"SHA1","digits":6,"counter":4611686018427387904`),
		[]string{
			"take alice hotp " + twentyHex + " counter 4611686018427387904",
		},
	},
}

// aegisOf is an export with one token of alice's.
func aegisOf(kind, info string) string {
	return `{"db":{"entries":[{"type":"` + kind + `","name":"alice","info":{"secret":"` +
		twentyBase32 + `",` + info + `}}]}}`
}

var severalCases = []readingCase{
	{
		"URIs", "otpauth", "",
		"otpauth://totp/alice?secret=" + twentyBase32 + "\n" +
			"otpauth://hotp/Example:alice?counter=3&secret=" + twentyBase32 + "\n",
		[]string{
			"take alice totp " + twentyHex + " + hotp " + twentyHex +
				" named token2 counter 3",
		},
	},
	{
		"the same one twice is one", "otpauth", "",
		strings.Repeat("otpauth://totp/alice?secret="+twentyBase32+"\n", 2),
		[]string{
			"take alice totp " + twentyHex,
			"note stands here twice, some the same (lines 1, 2)",
		},
	},
	{
		"eight are the most", "users.oath", "",
		nineTokens(),
		[]string{
			"take alice hotp",
			"leave alice: is one token too many: a user has 8 at the most",
		},
	},
	{
		"notes say whose they are", "users.oath", "",
		"HOTP alice - " + twentyHex + "\nHOTP/T30 alice - 31323334\n",
		[]string{
			"take alice hotp " + twentyHex + " + totp 31323334 named token2",
			"note token2: warning: the key has 32 bits",
		},
	},
	{
		"of FreeRADIUS one is in use, and which is not known", "otpverify-users", "",
		"alice Secret := 0123456789abcdef, PIN := 1234, Offset := 0\n" +
			"alice Secret := fedcba9876543210, PIN := 1234, Offset := 0\n",
		[]string{
			"leave alice: stands here twice",
			"leave alice: stands here twice",
		},
	},
}

func nineTokens() string {
	var b strings.Builder
	for i := range 9 {
		fmt.Fprintf(&b, "HOTP alice - %s%02x\n", twentyHex, i)
	}
	return b.String()
}
