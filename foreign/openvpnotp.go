package foreign

import (
	"errors"
	"strings"

	"github.com/pam-motp/pam-motp/motp"
)

// maxWordOpenVPNOTP is the longest word that the plugin reads.
const maxWordOpenVPNOTP = 255

// readOpenVPNOTP reads the otp-secrets file of the OpenVPN plugin openvpn-otp: user, server, secret, client, between blanks, with quotes and backslashes
// as in a shell, and # for a comment. The secret is method:hash:encoding:key:PIN:udid.
//
// What its method motp hashes is Mobile-OTP only with the hash md5, the encoding text, and nothing for udid: the other encodings hash bytes, not
// digits, and a udid is hashed too. There is no offset. The client column, and the server's name, are not looked at by the plugin either.
func readOpenVPNOTP(r *reader) {
	for n, line := range r.lines() {
		fields, err := shellWords(line)
		switch {
		case err != nil:
			r.leave(n, "", err.Error())
			continue
		case len(fields) == 0:
			continue
		case len(fields) < 4:
			r.leave(n, "", "is not of the form: user, server, secret, client; the plugin passes over it")
			continue
		}
		name, secret := fields[0], fields[2]
		token, why, known := tokenOpenVPNOTP(secret)
		switch {
		case !known:
			r.leave(n, "", "the third column is not of the form method:hash:encoding:key:PIN:udid")
		case why != "":
			r.leave(n, name, why)
		case len(name) > maxWordOpenVPNOTP || len(secret) > maxWordOpenVPNOTP:
			r.leave(n, "", "has a word that is longer than the plugin reads")
		case !strings.Contains(line, secret):
			r.leave(n, name, "the third column is put together of quoted pieces: write it in one")
		case hasCapitals(token.Secret):
			r.take(n, name, token, noteCapitals)
		default:
			r.take(n, name, token)
		}
	}
}

// tokenOpenVPNOTP reads the third column. why says what keeps it from being Mobile-OTP; known is false if it is of another form.
func tokenOpenVPNOTP(s string) (t motp.Token, why string, known bool) {
	if head, _, ok := strings.Cut(s, ":"); ok && strings.EqualFold(head, "plain") {
		return t, "is a fixed password, not a token", true
	}
	parts := strings.Split(s, ":")
	if len(parts) < 5 || len(parts) > 6 {
		return t, "", false
	}
	method, hash, encoding := strings.ToLower(parts[0]), parts[1], parts[2]
	switch {
	case strings.HasPrefix(method, "totp") || strings.HasPrefix(method, "hotp"):
		return t, "is an OATH token, not Mobile-OTP", true
	case method != "motp":
		return t, "", false
	case !strings.EqualFold(hash, "md5"):
		return t, "is hashed otherwise than with md5, so it is not Mobile-OTP", true
	case !strings.EqualFold(encoding, "text"):
		return t, "the key is hashed as bytes, where Mobile-OTP hashes its digits: no Mobile-OTP token shows these codes", true
	case len(parts) == 6 && parts[5] != "":
		return t, "has something in the field udid, which is hashed too, so it is not Mobile-OTP", true
	case parts[3] == "":
		return t, "has no key", true
	case parts[4] == "":
		return t, noPIN, true
	}
	return motp.Token{Secret: parts[3], PIN: parts[4]}, "", true
}

// shellWords splits a line the way the plugin does: quotes keep blanks together, a backslash takes away the meaning of what follows it, and # ends
// the line, even in the middle of a word. The plugin lets quotes reach over the end of a line; here they may not.
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
				return nil, errors.New("has a # in the middle, where the plugin stops reading")
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
