package importers

import (
	"crypto/sha1"
	"encoding/hex"
	"errors"
	"strings"

	"github.com/pam-motp/pam-motp/motp"
)

// maxWordOpenVPNOTP is the longest word that the plugin reads.
const maxWordOpenVPNOTP = 255

// readOpenVPNOTP reads the otp-secrets file of the OpenVPN plugin openvpn-otp: user, server,
// secret, client, between blanks, with quotes and backslashes as in a shell, and # for a comment.
// The secret is method:hash:encoding:key:PIN:udid.
//
// What its method motp hashes is Mobile-OTP only with the hash md5, the encoding text, and nothing
// for udid: the other encodings hash bytes, not digits, and a udid is hashed too. There is no
// offset. The client column, and the server's name, are not looked at by the plugin either.
//
// Of totp and hotp the PIN is typed before the code. The plugin's settings totp_step, totp_digits
// and totp_t0, which stand in OpenVPN's configuration, are taken for what they are without any. The
// counter of hotp stands in a file of its own, named by the SHA-1 of the key as it is written. A
// user may have several lines, and the code of any of them is good.
func readOpenVPNOTP(r *reader) {
	for n, line := range r.lines() {
		fields, err := shellWords(line)
		switch {
		case err != nil:
			r.skip(n, "", err.Error())
			continue
		case len(fields) == 0:
			continue
		case len(fields) < 4:
			r.skip(n, "", "is not of the form: user, server, secret, client; the "+
				"plugin passes over it")
			continue
		}
		name, secret := fields[0], fields[2]
		token, why, known := r.tokenOpenVPNOTP(secret)
		switch {
		case !known:
			r.skip(n, "", "the third column is not of the form "+
				"method:hash:encoding:key:PIN:udid")
		case why != "":
			r.skip(n, name, why)
		case len(name) > maxWordOpenVPNOTP || len(secret) > maxWordOpenVPNOTP:
			r.skip(n, "", "has a word that is longer than the plugin reads")
		case !strings.Contains(line, secret):
			r.skip(n, name, "the third column is put together of quoted pieces: "+
				"write it in one")
		case token.Type == motp.MobileOTP && hasCapitals(token.Secret):
			r.take(n, name, token, noteCapitals)
		case token.Type == motp.MobileOTP:
			r.take(n, name, token)
		default:
			r.take(n, name, token, notesOpenVPNOTP(token)...)
		}
	}
}

// notesOpenVPNOTP tells what of the plugin's settings the file does not say.
func notesOpenVPNOTP(t motp.Token) []string {
	settings := "six digits (totp_digits)"
	switch {
	case t.Period != 0: // totp-60-6 says it all
		return nil
	case t.Type == motp.TOTP:
		settings = "30 seconds (totp_step), six digits (totp_digits) and totp_t0=0"
	}
	return []string{"taken for " + settings + ": look whether the plugin's line says otherwise"}
}

// tokenOpenVPNOTP reads the third column. why says what keeps it from being a token; known is
// false if it is of another form.
func (r *reader) tokenOpenVPNOTP(s string) (t motp.Token, why string, known bool) {
	if head, _, ok := strings.Cut(s, ":"); ok && strings.EqualFold(head, "plain") {
		return t, "is a fixed password, not a token", true
	}
	parts := strings.Split(s, ":")
	if len(parts) < 5 || len(parts) > 6 {
		return t, "", false
	}
	switch method := strings.ToLower(parts[0]); {
	case method == "motp":
		t, why = mobileOpenVPNOTP(parts)
	case strings.HasPrefix(method, "totp"):
		t, why = totpOpenVPNOTP(method, parts)
	case strings.HasPrefix(method, "hotp"):
		t, why = r.hotpOpenVPNOTP(method, parts)
	default:
		return t, "", false
	}
	return t, why, true
}

// mobileOpenVPNOTP makes a token of Mobile-OTP of the third column's parts.
func mobileOpenVPNOTP(parts []string) (t motp.Token, why string) {
	switch {
	case !strings.EqualFold(parts[1], "md5"):
		return t, "is hashed otherwise than with md5, so it is not Mobile-OTP"
	case !strings.EqualFold(parts[2], "text"):
		return t, "the key is hashed as bytes, where Mobile-OTP hashes its digits: " +
			"no Mobile-OTP token shows these codes"
	case len(parts) == 6 && parts[5] != "":
		return t, "has something in the field udid, which is hashed too, so it is not " +
			"Mobile-OTP"
	case parts[3] == "":
		return t, "has no key"
	case parts[4] == "":
		return t, noPIN
	}
	return motp.Token{Secret: parts[3], PIN: parts[4]}, ""
}

// oathOpenVPNOTP makes what TOTP and HOTP tokens have in common of the third column's parts.
func oathOpenVPNOTP(parts []string) (t motp.Token, why string) {
	if !setAlgorithm(&t, parts[1]) {
		return t, whyAlgorithm
	}
	ok := true
	switch strings.ToLower(parts[2]) {
	case "base32":
		if t.Secret, ok = fromLooseBase32(parts[3]); !ok {
			why = whyKey
		}
	case "hex":
		if t.Secret, ok = fromHex(parts[3]); !ok {
			why = whyHex
		}
	case "text":
		t.Secret = parts[3]
	default:
		return t, "the encoding is none of base32, hex and text"
	}
	if parts[3] == "" {
		why = "has no key"
	}
	t.PIN = parts[4]
	return t, why
}

func totpOpenVPNOTP(method string, parts []string) (t motp.Token, why string) {
	if t, why = oathOpenVPNOTP(parts); why != "" {
		return t, why
	}
	t.Type = motp.TOTP
	switch method {
	case "totp":
	case "totp-60-6":
		setPeriod(&t, "60")
	default:
		return t, "is of a type that the plugin takes for totp, whatever it says behind " +
			"it: write totp, or totp-60-6"
	}
	return t, ""
}

func (r *reader) hotpOpenVPNOTP(method string, parts []string) (t motp.Token, why string) {
	if t, why = oathOpenVPNOTP(parts); why != "" {
		return t, why
	}
	t.Type = motp.HOTP
	if method != "hotp" {
		return t, "is of a type that the plugin takes for hotp, whatever it says behind " +
			"it: write hotp"
	}
	if r.Beside == nil {
		return t, "its counter stands in a file by itself: --counters names the folder " +
			"of these"
	}
	sum := sha1.Sum([]byte(parts[3]))
	counter, err := r.Beside(hex.EncodeToString(sum[:]))
	if err != nil {
		return t, "its counter cannot be read, without which the plugin accepts no code: " +
			err.Error()
	}
	if !setCounter(&t, strings.TrimSpace(counter)) {
		return t, whyCounter
	}
	return t, ""
}

// shellWords splits a line the way the plugin does: quotes keep blanks together, a backslash takes
// away the meaning of what follows it, and # ends the line, even in the middle of a word. The
// plugin lets quotes reach over the end of a line; here they may not.
func shellWords(line string) ([]string, error) {
	var fields []string
	var word []byte
	var quote byte
	inWord := false
	for i := 0; i < len(line); i++ {
		c := line[i]
		switch {
		case quote != 0 && c == quote:
			quote = 0
		case quote != 0:
			word = append(word, c)
		case c == '\'' || c == '"':
			quote, inWord = c, true
		case c == '#':
			if inWord && len(fields) < 3 {
				return nil, errors.New("has a # in the middle, where the plugin " +
					"stops reading")
			}
			i = len(line)
		case strings.IndexByte(" \t\r\v\f", c) >= 0:
			if inWord {
				fields, word, inWord = append(fields, string(word)), word[:0], false
			}
		case c == '\\' && i+1 == len(line):
			return nil, errors.New("ends with a backslash")
		case c == '\\':
			i++
			word, inWord = append(word, line[i]), true
		default:
			word, inWord = append(word, c), true
		}
	}
	if quote != 0 {
		return nil, errors.New("has a quote that does not end on its line")
	}
	if inWord {
		fields = append(fields, string(word))
	}
	return fields, nil
}
