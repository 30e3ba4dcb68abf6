package module

import (
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha1"
	"encoding/base32"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/msteinert/pam/v2"
)

// kind is a type of token, by its name in motp.conf.
type kind string

const (
	mobile kind = "motp"
	totp   kind = "totp"
	hotp   kind = "hotp"
)

var kinds = []kind{mobile, totp, hotp}

// firstCounter is that of HOTP tokens in the table. What they show "now" is a few codes further, so
// that earlier ones can be used, and is looked ahead to.
const (
	firstCounter = 90
	nowCounter   = firstCounter + 6
)

// oracle makes codes from the public descriptions, apart from package motp: Mobile-OTP is MD5 over
// step, secret and PIN as text, six digits; the others are six decimal digits of HMAC-SHA-1 over
// step or counter (RFC 4226).
func (k kind) oracle(step int64, secret, pin string) string {
	if k != totp && k != hotp {
		sum := md5.Sum([]byte(strconv.FormatInt(step, 10) + secret + pin))
		return hex.EncodeToString(sum[:])[:6]
	}
	key, err := base32.StdEncoding.DecodeString(secret)
	if err != nil {
		panic(err)
	}
	mac := hmac.New(sha1.New, key)
	_ = binary.Write(mac, binary.BigEndian, step)
	sum := mac.Sum(nil)
	at := sum[19] & 15
	return fmt.Sprintf("%06d", binary.BigEndian.Uint32(sum[at:])&0x7fffffff%1_000_000)
}

// now is the step, or the counter, that a token shows at this moment if its clock is right.
func (k kind) now() int64 {
	switch k {
	case totp:
		return time.Now().Unix() / 30
	case hotp:
		return nowCounter
	default:
		return time.Now().Unix() / 10
	}
}

// candidate is a text that has the form of a code.
func (k kind) candidate(n int) string {
	if k == totp || k == hotp {
		return fmt.Sprintf("%06d", 900_000+n)
	}
	return fmt.Sprintf("%06x", 0xbad000+n)
}

// secret makes a secret that the type of token can have.
func (k kind) secret(n int) string {
	text := fmt.Sprintf("%020x", 0xabc0000+n)
	if k == totp || k == hotp {
		return base32.StdEncoding.EncodeToString([]byte(text))
	}
	return text
}

// lines are what the type adds to a section of the table.
func (p person) lines() string {
	switch p.kind {
	case totp:
		return fmt.Sprintf("type = totp\noffset = %ds\n", 30*p.ahead)
	case hotp:
		return fmt.Sprintf("type = hotp\ncounter = %d\n", firstCounter)
	default:
		return fmt.Sprintf("offset = %d\n", p.ahead)
	}
}

// typed is what a person types for a code: with TOTP and HOTP the PIN stands before it.
func (p person) typed(code string) string {
	if p.kind == totp || p.kind == hotp {
		return p.pin + code
	}
	return code
}

// couple is a site with alice and bob, who have tokens of this type.
func couple(t *testing.T, k kind) (s *site, a, b person) {
	t.Helper()
	a = person{name: "alice", secret: k.secret(1), pin: "Pin-A7x9", kind: k}
	b = person{name: "bob", secret: k.secret(2), pin: "Pin-B4y2", kind: k}
	return newSite(t, sections("window = 3m\n", a, b), a, b), a, b
}

// TestTypes: a code of each type is let in, once; the next is; a wrong one is not, nor one without
// its PIN.
func TestTypes(t *testing.T) {
	t.Parallel()
	for _, k := range kinds {
		t.Run(string(k), func(t *testing.T) {
			t.Parallel()
			s, alice, _ := couple(t, k)
			service := s.service(t)
			now, next, third := alice.code(0), alice.code(1), alice.code(2)
			s.enter(t, service, "alice", alice.wrong(0)).want(t, pam.ErrAuth, "wrong")
			s.enter(t, service, "alice", now).want(t, success, "ok")
			s.enter(t, service, "alice", now).want(t, pam.ErrAuth, "replay")
			s.enter(t, service, "alice", next).want(t, success, "ok")
			if bare, hasPIN := strings.CutPrefix(third, alice.pin); hasPIN {
				s.enter(t, service, "alice", bare).want(t, pam.ErrAuth, "malformed")
			}
			s.enter(t, service, "alice", third).want(t, success, "ok")
		})
	}
}

// TestSeveralTokens: whoever has a token of each type logs in with any of them; the failures are
// counted together, and the log names the token.
func TestSeveralTokens(t *testing.T) {
	t.Parallel()
	phone := person{name: "alice", secret: mobile.secret(1), pin: "Pin-A7x9"}
	app := person{name: "alice/app", secret: totp.secret(2), pin: "Pin-B4y2", kind: totp}
	key := person{name: "alice/key", secret: hotp.secret(3), pin: "Pin-C3z1", kind: hotp}
	s := newSite(t, sections("max_failures = 3\n", phone, app, key), phone, app, key)
	service := s.service(t)
	for _, p := range []person{key, phone, app} {
		code := p.code(0)
		a := s.enter(t, service, "alice", code)
		a.want(t, success, "ok")
		if _, token, _ := strings.Cut(p.name, "/"); a.record.values["token"] != token {
			t.Errorf("the log names another token than %q: %q", token, a.record.line)
		}
		s.enter(t, service, "alice", code).want(t, pam.ErrAuth, "replay")
	}
	for _, p := range []person{phone, app, key} {
		s.enter(t, service, "alice", p.wrong(0)).want(t, pam.ErrAuth, "wrong")
	}
	for _, p := range []person{phone, app, key} {
		s.enter(t, service, "alice", p.code(1)).want(t, pam.ErrAuth, "locked")
	}
}
