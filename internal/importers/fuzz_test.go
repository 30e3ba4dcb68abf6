package importers

import (
	"encoding/base32"
	"encoding/base64"
	"encoding/hex"
	"regexp"
	"strings"
	"testing"

	"github.com/pam-motp/pam-motp/motp"
)

func FuzzPAMMobileOTP(f *testing.F)   { fuzz(f, "pam_mobile_otp") }
func FuzzOTPVerifyUsers(f *testing.F) { fuzz(f, "otpverify-users") }
func FuzzModAuthnOTP(f *testing.F)    { fuzz(f, "mod_authn_otp") }
func FuzzOpenVPNOTP(f *testing.F)     { fuzz(f, "openvpn-otp") }
func FuzzMOTPAS(f *testing.F)         { fuzz(f, "motp-as") }
func FuzzMultiOTP(f *testing.F)       { fuzz(f, "multiotp") }
func FuzzAegis(f *testing.F)          { fuzz(f, "aegis") }
func FuzzOtpauth(f *testing.F)        { fuzz(f, "otpauth") }
func FuzzUsersOATH(f *testing.F)      { fuzz(f, "users.oath") }
func FuzzPSKC(f *testing.F)           { fuzz(f, "pskc") }
func FuzzCSV(f *testing.F)            { fuzz(f, "csv") }
func FuzzTwoFAS(f *testing.F)         { fuzz(f, "2fas") }
func FuzzAndOTP(f *testing.F)         { fuzz(f, "andotp") }
func FuzzFreeOTPPlus(f *testing.F)    { fuzz(f, "freeotp-plus") }
func FuzzStratum(f *testing.F)        { fuzz(f, "stratum") }
func FuzzBitwarden(f *testing.F)      { fuzz(f, "bitwarden") }
func FuzzKeePassXC(f *testing.F)      { fuzz(f, "keepassxc") }
func FuzzQR(f *testing.F)             { fuzz(f, "qr") }
func FuzzGoogleAuthenticator(f *testing.F) {
	fuzz(f, "google-authenticator")
}

// asksForWork is a text that wants a key made of a password with much work or memory.
var asksForWork = regexp.MustCompile(`(?i)IterationCount>|"[nrp]"|^AuthenticatorPro`)

// encoding are the formats in which a secret may stand otherwise than in hex or base32, or with
// letters that are escaped.
var encoding = map[string]bool{
	"aegis": true, "qr": true, "otpauth": true, "pskc": true, "csv": true, "2fas": true,
	"andotp": true, "freeotp-plus": true, "stratum": true, "bitwarden": true,
	"keepassxc": true,
}

// fuzz looks for a text that makes a user of what does not stand in it, or tells a secret in a
// reason.
func fuzz(f *testing.F, name string) {
	format, ok := FormatNamed(name)
	if !ok {
		f.Fatalf("no format %s", name)
	}
	for _, s := range sample(f, format) {
		f.Add(s.Text)
		for line := range strings.Lines(s.Text) {
			f.Add(line) // short texts are found and varied sooner
		}
	}
	if name == "aegis" || name == "stratum" {
		f.Add(sealedSample(f, name+map[string]string{"aegis": ".json",
			"stratum": ".authpro"}[name], "", "").Text)
	}
	for _, c := range allCases {
		if c.format == name {
			f.Add(c.text)
		}
	}
	f.Fuzz(func(t *testing.T, text string) {
		source := sampleSource("fuzz.db", text)
		if asksForWork.MatchString(text) {
			source.Password = nil // it is bounded, and takes seconds
		}
		source.Owner, source.Beside = "alice", counters
		found := format.Read(source)
		lines := strings.Count(text, "\n") + 1
		for _, u := range found.Users {
			for _, token := range u.User.Tokens {
				literal := !encoding[name]
				if literal && !secretStandsIn(text, token) {
					t.Errorf("line %d: secret %q is not in the text",
						u.Line, token.Secret)
				}
				if literal && !standsIn(text, "user_pin", token.PIN) {
					t.Errorf("line %d: PIN %q is not in the text",
						u.Line, token.PIN)
				}
				if token.Secret == "" ||
					token.PIN == "" && token.Type == motp.MobileOTP {
					t.Errorf("line %d: %q has an empty secret or PIN",
						u.Line, u.User.Name)
				}
			}
			if u.User.Name == "" || u.Line < 1 || u.Line > lines {
				t.Errorf("line %d of %d: an empty name: %q", u.Line,
					lines, u.User.Name)
			}
			if len(u.ExtraTokens)+1 != len(u.User.Tokens) {
				t.Errorf("%d tokens, further ones in lines %v",
					len(u.User.Tokens), u.ExtraTokens)
			}
			for _, n := range u.Notes {
				for _, token := range u.User.Tokens[1:] {
					n = strings.TrimPrefix(n, token.Name+": ")
				}
				if tellsSecret(n) && !strings.HasPrefix(n, noteSerial) {
					t.Errorf("line %d: note %q", u.Line, n)
				}
			}
		}
		for _, l := range found.Skipped {
			if tellsSecret(l.Reason) || looksSecret(l.User) || l.Reason == "" ||
				l.Line < 1 || l.Line > lines {
				t.Errorf("line %d of %d: left %q: %s", l.Line, lines,
					l.User, l.Reason)
			}
		}
	})
}

// secretStandsIn tells whether a token's secret stands in a text, as it is or, of TOTP and HOTP, in
// base32 or hex. The last letter of base32 may have bits too many, the letters O, L and B may be
// written as digits, and a carriage return in the middle counts as little as a blank.
func secretStandsIn(text string, t motp.Token) bool {
	if standsIn(text, "token_seed", t.Secret) {
		return true
	}
	bare := strings.ToUpper(strings.NewReplacer(" ", "", "-", "", "\r", "", "\t",
		"").Replace(text))
	if t.Type == motp.MobileOTP {
		return false
	}
	digits := strings.ToUpper(hex.EncodeToString([]byte(t.Secret)))
	if strings.Contains(bare, digits) || standsIn(text, "token_seed", digits) {
		return true
	}
	letters := base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString([]byte(t.Secret))
	bare = strings.NewReplacer("0", "O", "1", "L", "8", "B").Replace(bare)
	return strings.Contains(bare, letters[:len(letters)-1])
}

// standsIn tells whether a value stands in a text, in letters of any case, or encrypted as multiOTP
// does it.
func standsIn(text, key, value string) bool {
	if strings.Contains(strings.ToLower(text), strings.ToLower(value)) {
		return true
	}
	for line := range strings.Lines(strings.NewReplacer("\r", "").Replace(text)) {
		_, encrypted, _ := strings.Cut(strings.TrimSpace(line), ":=")
		cipher, err := base64.StdEncoding.DecodeString(encrypted)
		if err == nil && strings.EqualFold(string(xorMultiOTP(cipher, key,
			keyMultiOTP)), value) {
			return true
		}
	}
	return false
}
