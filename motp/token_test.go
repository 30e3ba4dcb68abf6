package motp

import (
	"testing"
	"time"
)

// The public vectors. 1 to 6: neush/otpn900 src/test_motp.c at 1b606f7, made with mod_authn_otp's
// otptool; the same are in privacyIDEA's tests/test_lib_tokens_motp.py. 17: Dan-Q/motp
// test/motp_test.rb at 5323c11.
func TestCodePublicVectors(t *testing.T) {
	for _, v := range []struct {
		name        string
		seconds     int64
		secret, pin string
		code        string
	}{
		{"otpn900 1", 1296121200, "0123456789abcdef", "6666", "6ed4e4"},
		{"otpn900 2", 1296121300, "0123456789abcdef", "6666", "502a59"},
		{"otpn900 3: step 0 is hashed as 0", 0, "0123456789abcdef", "1", "bd94a4"},
		{"otpn900 4", 40, "0123456789abcdef", "1", "fb596e"},
		{"otpn900 5: eight digits of PIN", 1296122440, "0123456789abcdef",
			"77777777", "7abf75"},
		{"otpn900 6", 1296122530, "0123456789abcdef", "77777777", "4d4ac4"},
		{"Dan-Q 17: eight digits of secret", 1295533680, "abcd1234", "1234", "6f8af8"},
	} {
		t.Run(v.name, func(t *testing.T) {
			token := Token{Secret: v.secret, PIN: v.pin}
			for _, within := range []int64{0, 9} { // any second of the step
				if got := token.Code(time.Unix(v.seconds+within,
					0)); got != v.code {
					t.Errorf("Code at %d = %s, want %s",
						v.seconds+within, got, v.code)
				}
			}
		})
	}
}

func TestStepOfTokenAheadOrBehind(t *testing.T) {
	at := time.Unix(1296121200, 0)
	for _, c := range []struct {
		name   string
		offset time.Duration
		want   int64
	}{
		{"same clock", 0, 129612120},
		{"an hour ahead", time.Hour, 129612480},
		{"an hour behind", -time.Hour, 129611760},
		{"a second behind is the step before", -time.Second, 129612119},
		{"before 1970 counts downwards", -time.Duration(1296121201) * time.Second, -1},
	} {
		if got := (Token{Offset: c.offset}).Step(at); got != c.want {
			t.Errorf("%s: step %d, want %d", c.name, got, c.want)
		}
	}
}

func TestSecretFrom(t *testing.T) {
	random := []byte{0, 0x0f, 0xf0, 0xff}
	for of, want := range map[Type]string{MobileOTP: "000ff0ff", TOTP: "\x00\x0f\xf0\xff",
		HOTP: "\x00\x0f\xf0\xff"} {
		if got := of.Kind().SecretFrom(random); got != want {
			t.Errorf("%v: %q, want %q", of, got, want)
		}
	}
}
