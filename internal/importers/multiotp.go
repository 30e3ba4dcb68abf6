package importers

import (
	"encoding/hex"
	"fmt"
	"path"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/pam-motp/pam-motp/motp"
)

// testSeedMultiOTP is what multiOTP writes for a user who has no seed: that of OATH's test vectors.
const testSeedMultiOTP = "3132333435363738393031323334353637383930"

// headMultiOTP is how a user's file begins.
const headMultiOTP = "multiotp-database-format-v"

// readMultiOTP reads one file of multiOTP's folder users: NAME.db, where NAME is the login name,
// mostly in small letters. After the first line, which is the version of the format, come lines
// "key=value", or "key:=value" for what is encrypted. delta_time is the offset in seconds, which is
// added to the server's time. The seed of Mobile-OTP is hashed as it is written, and then the PIN;
// that of TOTP and HOTP is hex for bytes. last_event is the counter of HOTP's last code. With
// request_prefix_pin their PIN is typed before the code.
//
// A list of tokens, which is the other file that multiOTP's users have at hand
// (serial;manufacturer;mOTP;seed;6;10), has no users and no PINs.
func readMultiOTP(r *reader) {
	name, isUser := nameMultiOTP(r.File)
	f := fileMultiOTP{lines: make(map[string]int)}
	for n, line := range r.lines() {
		if n == 1 && strings.HasPrefix(line, headMultiOTP) {
			f.version = strings.TrimPrefix(line, headMultiOTP)
			continue
		}
		if f.version == "" {
			if strings.TrimSpace(line) != "" {
				r.skip(n, "", notUserMultiOTP(line))
			}
			continue
		}
		if line = strings.TrimSpace(line); line == "" || strings.HasPrefix(line, ";") {
			continue
		}
		f.add(n, line)
	}
	if f.version == "" {
		return
	}
	if !isUser {
		r.skip(1, "", "the file is not named like a user's, NAME.db, or id0x and NAME "+
			"in hex")
		return
	}
	token, line, why := f.token(r.Key)
	if why != "" {
		r.skip(line, name, why)
		return
	}
	r.take(line, name, token, f.notes(token)...)
	r.found.Users[len(r.found.Users)-1].User.Disabled = f.isDisabled()
}

// encodedMultiOTP stands before a name that is written in hex, byte for byte: multiOTP's setting
// encode_file_id does that to all names.
const encodedMultiOTP = "id0x"

// nameMultiOTP tells from the name of a file whose it is. What stands behind id0x and is no hex is
// part of a plain name.
func nameMultiOTP(file string) (name string, ok bool) {
	name, ok = strings.CutSuffix(path.Base(file), ".db")
	if ok && len(name) > len(encodedMultiOTP) &&
		strings.EqualFold(name[:len(encodedMultiOTP)], encodedMultiOTP) {
		if decoded, err := hex.DecodeString(name[len(encodedMultiOTP):]); err == nil {
			name = string(decoded)
			ok = utf8.ValidString(name) && !strings.Contains(name, "\x00")
		}
	}
	return name, ok && name != ""
}

// notUserMultiOTP says what a line is that is not of a user's file.
func notUserMultiOTP(line string) string {
	if f := strings.Split(line, ";"); len(f) >= 4 && strings.EqualFold(f[2], "motp") {
		return "is a token without a user and a PIN"
	}
	return "is not of a user's file, which begins with " + headMultiOTP + "3"
}

// fileMultiOTP is the file of one user.
type fileMultiOTP struct {
	version  string
	settings []settingMultiOTP
	lines    map[string]int // of every key; 0 for keys that stand there twice
	broken   int            // the first line that is not understood
}

type settingMultiOTP struct {
	key, value string
	encrypted  bool
}

func (f *fileMultiOTP) add(n int, line string) {
	key, value, ok := strings.Cut(line, "=")
	if !ok {
		if f.broken == 0 {
			f.broken = n
		}
		return
	}
	key, encrypted := strings.CutSuffix(strings.ToLower(key), ":")
	if _, twice := f.lines[key]; twice {
		n = 0
	}
	f.lines[key] = n
	f.settings = append(f.settings, settingMultiOTP{key, value, encrypted})
}

func (f *fileMultiOTP) setting(key string) settingMultiOTP {
	for _, s := range f.settings {
		if s.key == key {
			return s
		}
	}
	return settingMultiOTP{}
}

func (f *fileMultiOTP) get(key string) string { return f.setting(key).value }

// token makes a token of the settings, or says why there is none, and in which line.
func (f *fileMultiOTP) token(key string) (t motp.Token, line int, why string) {
	if f.version != "3" {
		return t, 1, "is in an older or newer form than version 3 of multiOTP's"
	}
	if f.broken > 0 {
		return t, f.broken, "is not of the form key=value"
	}
	if k := f.twice(); k != "" {
		return t, 1, k + " stands there twice"
	}
	var ok bool
	switch {
	case !isZero(f.get("multi_account")):
		return t, f.at("multi_account"), "shares the token of another account"
	case f.get("attributed_tokens") != "":
		return t, f.at("attributed_tokens"), "has its tokens in multiOTP's folder of tokens"
	}
	if line, why := f.setKind(&t); why != "" {
		return t, line, why
	}
	if t.Secret, ok = f.plain("token_seed", key); !ok {
		return t, f.at("token_seed"), cannotDecryptMultiOTP
	}
	if t.PIN, ok = f.plain("user_pin", key); !ok {
		return t, f.at("user_pin"), cannotDecryptMultiOTP
	}
	if line, why := f.setSeed(&t); why != "" {
		return t, line, why
	}
	if delta := f.get("delta_time"); delta != "" && t.Type != motp.HOTP {
		if t.Offset, ok = seconds(delta); !ok || t.Offset%t.StepLength() != 0 {
			return t, f.at("delta_time"),
				fmt.Sprintf("delta_time is not a number of seconds, "+
					"in whole steps of %d", t.StepLength()/time.Second)
		}
	}
	return t, 1, ""
}

// suitesMultiOTP are the hashes by their names. (multiOTP takes any other name for SHA1.)
var suitesMultiOTP = map[string]motp.Algorithm{
	"": motp.SHA1, "HMAC-SHA1": motp.SHA1, "HMAC-SHA256": motp.SHA256,
	"HMAC-SHA512": motp.SHA512,
}

// at returns the line of a key, or the first.
func (f *fileMultiOTP) at(key string) int { return max(1, f.lines[key]) }

// setKind reads what kind of token it is.
func (f *fileMultiOTP) setKind(t *motp.Token) (line int, why string) {
	isNot := func(k, wanted string) bool { return f.lines[k] > 0 && f.get(k) != wanted }
	switch algorithm := strings.ToLower(f.get("algorithm")); {
	case algorithm == "":
		return 1, "has no algorithm"
	case algorithm == "totp":
		t.Type = motp.TOTP
		if !setPeriod(t, f.get("time_interval")) {
			return f.at("time_interval"), "time_interval: " + whyPeriod
		}
	case algorithm == "hotp":
		t.Type = motp.HOTP
		if last := f.get("last_event"); last != "" && last != "-1" &&
			!setUsedCounter(t, last) {
			return f.at("last_event"), "last_event: " + whyCounter
		}
	case algorithm != "motp":
		return f.at("algorithm"), "has a token of another algorithm than Mobile-OTP, " +
			"TOTP and HOTP"
	case isNot("number_of_digits", "6"):
		return f.at("number_of_digits"),
			"number_of_digits is not 6, so it is not Mobile-OTP"
	case isNot("time_interval", "10"):
		return f.at("time_interval"), "time_interval is not 10, so it is not Mobile-OTP"
	default:
		return 0, ""
	}
	if f.lines["number_of_digits"] > 0 && !setDigits(t, f.get("number_of_digits")) {
		return f.at("number_of_digits"), whyDigits
	}
	suite, known := suitesMultiOTP[strings.ToUpper(f.get("token_algo_suite"))]
	if !known {
		return f.at("token_algo_suite"),
			"token_algo_suite is none of HMAC-SHA1, HMAC-SHA256 and HMAC-SHA512"
	}
	t.Algorithm = suite
	return 0, ""
}

// setSeed looks at the seed and the PIN of a token.
func (f *fileMultiOTP) setSeed(t *motp.Token) (line int, why string) {
	switch {
	case t.Secret == "" || t.Secret == testSeedMultiOTP:
		return f.at("token_seed"), "has no seed of its own"
	case !isHex(t.Secret):
		return f.at("token_seed"), "the seed is not hexadecimal"
	case t.Type == motp.MobileOTP && t.PIN == "":
		return f.at("user_pin"), noPIN
	case t.Type == motp.MobileOTP:
		return 0, ""
	}
	var ok bool
	if t.Secret, ok = fromHex(t.Secret); !ok {
		return f.at("token_seed"), "the seed is not an even number of hex digits"
	}
	prefix, asksLDAP := f.get("request_prefix_pin"), f.get("request_ldap_pwd") == "1"
	switch {
	case asksLDAP || prefix != "" && prefix != "1":
		t.PIN = "" // else it is a PIN that nobody is asked for
	case t.PIN == "" && prefix == "1":
		return f.at("user_pin"), "has no PIN, and one is typed before the code " +
			"(request_prefix_pin)"
	}
	return 0, ""
}

// isDisabled says whether the user is shut out. A user with an autolock_time is a copy that another
// server lends, and ends.
func (f *fileMultiOTP) isDisabled() bool {
	return !isZero(f.get("desactivated")) || !isZero(f.get("autolock_time"))
}

// twice returns a key that matters and stands there more than once.
func (f *fileMultiOTP) twice() string {
	for _, k := range []string{
		"algorithm", "token_seed", "user_pin", "delta_time", "number_of_digits",
		"time_interval", "desactivated", "multi_account", "attributed_tokens",
		"encryption_hash",
		"last_event", "token_algo_suite", "request_prefix_pin", "request_ldap_pwd",
		"autolock_time",
	} {
		if n, ok := f.lines[k]; ok && n == 0 {
			return k
		}
	}
	return ""
}

func isZero(s string) bool { return s == "" || s == "0" }

// notes tells what belongs to the user there and is not taken over.
func (f *fileMultiOTP) notes(t motp.Token) (notes []string) {
	if t.Type == motp.MobileOTP && hasCapitals(t.Secret) {
		notes = append(notes, noteCapitals)
	}
	if !isZero(f.get("desactivated")) {
		notes = append(notes, "is deactivated there, and disabled here")
	}
	if !isZero(f.get("autolock_time")) {
		notes = append(notes,
			"is another server's user, lent until autolock_time, and disabled here")
	}
	if f.get("locked") == "1" {
		notes = append(notes, "is locked there, and not here")
	}
	if t.Type == motp.MobileOTP && f.get("request_prefix_pin") == "1" {
		notes = append(notes, "could type the PIN before the code there; here it is the "+
			"code alone")
	}
	if t.Type != motp.MobileOTP && f.get("request_prefix_pin") == "" && t.PIN != "" {
		notes = append(notes, "does not say whether the PIN is typed before the code "+
			"(request_prefix_pin): taken for yes, which is the safe side")
	}
	if f.get("request_ldap_pwd") == "1" {
		notes = append(notes, "was asked for the LDAP password too; here another PAM "+
			"module has to do that")
	}
	return notes
}
