package foreign

import (
	"path"
	"strings"

	"github.com/pam-motp/pam-motp/motp"
)

// testSeedMultiOTP is what multiOTP writes for a user who has no seed: that of OATH's test vectors.
const testSeedMultiOTP = "3132333435363738393031323334353637383930"

// headMultiOTP is how a user's file begins.
const headMultiOTP = "multiotp-database-format-v"

// readMultiOTP reads one file of multiOTP's folder users: NAME.db, where NAME is the login name, mostly in small letters. After the first line, which is
// the version of the format, come lines "key=value", or "key:=value" for what is encrypted. delta_time is the offset in seconds, which is
// added to the server's time. The seed is hashed as it is written, and then the PIN.
//
// A list of tokens, which is the other file that multiOTP's users have at hand (serial;manufacturer;mOTP;seed;6;10), has no users and no PINs.
func readMultiOTP(r *reader) {
	name, isUser := strings.CutSuffix(path.Base(r.File), ".db")
	f := fileMultiOTP{lines: make(map[string]int)}
	for n, line := range r.lines() {
		if n == 1 && strings.HasPrefix(line, headMultiOTP) {
			f.version = strings.TrimPrefix(line, headMultiOTP)
			continue
		}
		if f.version == "" {
			if strings.TrimSpace(line) != "" {
				r.leave(n, "", notUserMultiOTP(line))
			}
			continue
		}
		if line == "" || strings.HasPrefix(line, ";") {
			continue
		}
		f.add(n, line)
	}
	if f.version == "" {
		return
	}
	if !isUser || name == "" {
		r.leave(1, "", "the file is not named like a user's, NAME.db")
		return
	}
	token, line, why := f.token(r.Key)
	if why != "" {
		r.leave(line, name, why)
		return
	}
	r.take(line, name, token, f.notes(token)...)
	if f.get("desactivated") == "1" {
		r.found.Users[len(r.found.Users)-1].User.Disabled = true
	}
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
	key, encrypted := strings.CutSuffix(key, ":")
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
	at := func(k string) int { return max(1, f.lines[k]) }
	isNot := func(k, wanted string) bool { return f.lines[k] > 0 && f.get(k) != wanted }
	var ok bool
	switch {
	case f.get("algorithm") == "":
		return t, 1, "has no algorithm"
	case !strings.EqualFold(f.get("algorithm"), "motp"):
		return t, at("algorithm"), "has a token of another algorithm than Mobile-OTP"
	case isNot("number_of_digits", "6"):
		return t, at("number_of_digits"), "number_of_digits is not 6, so it is not Mobile-OTP"
	case isNot("time_interval", "10"):
		return t, at("time_interval"), "time_interval is not 10, so it is not Mobile-OTP"
	case !isZero(f.get("multi_account")):
		return t, at("multi_account"), "shares the token of another account"
	case f.get("attributed_tokens") != "":
		return t, at("attributed_tokens"), "has its tokens in multiOTP's folder of tokens"
	}
	if t.Secret, ok = f.plain("token_seed", key); !ok {
		return t, at("token_seed"), cannotDecryptMultiOTP
	}
	if t.PIN, ok = f.plain("user_pin", key); !ok {
		return t, at("user_pin"), cannotDecryptMultiOTP
	}
	switch {
	case t.Secret == "" || t.Secret == testSeedMultiOTP:
		return t, at("token_seed"), "has no seed of its own"
	case !isHex(t.Secret):
		return t, at("token_seed"), "the seed is not hexadecimal"
	case t.PIN == "":
		return t, at("user_pin"), noPIN
	}
	if delta := f.get("delta_time"); delta != "" {
		if t.Offset, ok = seconds(delta); !ok || t.Offset%motp.StepLength != 0 {
			return t, at("delta_time"), "delta_time is not a number of seconds, in whole steps of ten"
		}
	}
	return t, 1, ""
}

// twice returns a key that matters and stands there more than once.
func (f *fileMultiOTP) twice() string {
	for _, k := range []string{
		"algorithm", "token_seed", "user_pin", "delta_time", "number_of_digits", "time_interval", "desactivated", "multi_account", "attributed_tokens", "encryption_hash",
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
	if hasCapitals(t.Secret) {
		notes = append(notes, noteCapitals)
	}
	if f.get("desactivated") == "1" {
		notes = append(notes, "is deactivated there, and disabled here")
	}
	if f.get("locked") == "1" {
		notes = append(notes, "is locked there, and not here")
	}
	if f.get("request_prefix_pin") == "1" {
		notes = append(notes, "could type the PIN before the code there; here it is the code alone")
	}
	if f.get("request_ldap_pwd") == "1" {
		notes = append(notes, "was asked for the LDAP password too; here another PAM module has to do that")
	}
	return notes
}
