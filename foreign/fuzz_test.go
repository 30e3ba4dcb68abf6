package foreign

import (
	"encoding/base32"
	"encoding/base64"
	"encoding/hex"
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
func FuzzGoogleAuthenticator(f *testing.F) {
	fuzz(f, "google-authenticator")
}

// fuzz looks for a text that makes a user of what does not stand in it, or tells a secret in a reason.
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
	f.Fuzz(func(t *testing.T, text string) {
		found := format.Read(Source{File: "fuzz.db", Text: text, Owner: "alice"})
		lines := strings.Count(text, "\n") + 1
		for _, u := range found.Users {
			token := u.User.Tokens[0]
			literal := name != "aegis" && name != "otpauth" // the others write letters in one way only
			if literal && (!standsIn(text, "token_seed", token.Secret) && !keyStandsIn(text, token) || !standsIn(text, "user_pin", token.PIN)) {
				t.Errorf("line %d: secret %q or PIN %q is not in the text", u.Line, token.Secret, token.PIN)
			}
			if u.User.Name == "" || token.Secret == "" || token.PIN == "" && token.Type == motp.MobileOTP || u.Line < 1 || u.Line > lines {
				t.Errorf("line %d of %d: %q has an empty name, secret or PIN", u.Line, lines, u.User.Name)
			}
			for _, n := range u.Notes {
				if tellsSecret(n) {
					t.Errorf("line %d: note %q", u.Line, n)
				}
			}
		}
		for _, l := range found.Left {
			if tellsSecret(l.Reason) || looksSecret(l.User) || l.Reason == "" || l.Line < 1 || l.Line > lines {
				t.Errorf("line %d of %d: left %q: %s", l.Line, lines, l.User, l.Reason)
			}
		}
	})
}

// keyStandsIn tells whether the key of a TOTP or HOTP token stands in a text, in base32 or hex. The last letter of base32 may have bits too many, and
// a carriage return in the middle counts as little as a blank.
func keyStandsIn(text string, t motp.Token) bool {
	text = strings.ToUpper(strings.NewReplacer(" ", "", "-", "", "\r", "").Replace(text))
	letters := base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString([]byte(t.Secret))
	return t.Type != motp.MobileOTP && (strings.Contains(text, letters[:len(letters)-1]) || strings.Contains(text, strings.ToUpper(hex.EncodeToString([]byte(t.Secret)))))
}

// standsIn tells whether a value stands in a text, in letters of any case, or encrypted as multiOTP does it.
func standsIn(text, key, value string) bool {
	return strings.Contains(strings.ToLower(text), strings.ToLower(value)) ||
		strings.Contains(strings.NewReplacer("\r", "", "\n", "").Replace(text), base64.StdEncoding.EncodeToString(xorMultiOTP([]byte(value), key, keyMultiOTP)))
}
