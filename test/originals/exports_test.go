package originals

import (
	"encoding/base32"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/pam-motp/pam-motp/internal/exporters"
	"github.com/pam-motp/pam-motp/internal/importers"
	"github.com/pam-motp/pam-motp/internal/importers/picture"
	"github.com/pam-motp/pam-motp/motp"
)

// The files of programs that keep tokens and judge nobody. What they read or wrote is turned into
// codes by oathtool, and the codes of what motp import takes over are compared with those.

// A device is a token as another program tells it.
type device struct {
	Serial, User string
	Type         string // totp or hotp
	Secret       string // in hex
	Algorithm    string // SHA1 where it is empty
	Digits       int
	Counter      int64
	Period       int
	Drift        int // in periods
}

// moment is when TOTP's codes are compared.
var moment = time.Unix(1_790_000_011, 0)

// codes are those of oathtool: of this step and the next, or of this counter and the next.
func (d device) codes(t *testing.T) string {
	t.Helper()
	args := []string{"--window=1", fmt.Sprintf("--digits=%d", d.Digits)}
	if d.Type == "totp" {
		now := moment.Add(time.Duration(d.Drift*d.Period) * time.Second)
		algorithm := strings.ToLower(d.Algorithm)
		if algorithm == "" {
			algorithm = "sha1"
		}
		args = append(args, "--totp="+algorithm, "--now=@"+fmt.Sprint(now.Unix()),
			fmt.Sprintf("--time-step-size=%ds", d.Period))
	} else {
		args = append(args, "--hotp", fmt.Sprintf("--counter=%d", d.Counter))
	}
	out, err := exec.Command("oathtool", append(args, d.Secret)...).CombinedOutput()
	if err != nil {
		t.Fatalf("oathtool: %v: %s", err, out)
	}
	return strings.Join(strings.Fields(string(out)), " ")
}

// codesOf are the codes of what was taken over.
func codesOf(token motp.Token) string {
	step := token.Step(moment)
	return token.CodeAt(step) + " " + token.CodeAt(step+1)
}

// compareDevices compares the codes of all that was taken over with those of the original.
func compareDevices(t *testing.T, found importers.Reading, want []device) {
	t.Helper()
	for _, l := range found.Skipped {
		t.Errorf("left: %q, line %d: %s", l.User, l.Line, l.Reason)
	}
	of := make(map[string]string)
	for _, u := range found.Users {
		of[u.User.Name] = codesOf(u.User.Tokens[0])
	}
	if len(want) == 0 || len(of) != len(want) {
		t.Fatalf("%d users are taken over, want %d", len(of), len(want))
	}
	for _, d := range want {
		if got, theirs := of[d.User], d.codes(t); got != theirs {
			t.Errorf("%s: our codes are %q, theirs %q", d.User, got, theirs)
		}
	}
}

// python runs a program of Debian's python3, which prints devices as JSON.
func python(t *testing.T, program string, args ...string) (all []device) {
	t.Helper()
	cmd := exec.Command("/usr/bin/python3", append([]string{"-c", program}, args...)...)
	var problem strings.Builder
	cmd.Stderr = &problem
	out, err := cmd.Output()
	if err == nil {
		err = json.Unmarshal(out, &all)
	}
	if err != nil {
		t.Fatalf("python3: %v: %s", err, problem.String())
	}
	return all
}

// writePSKC has python-pskc write a file in a way, and tell what it wrote. (It does not read its
// own PRF again.)
const writePSKC = `
import sys, json, binascii
from pskc import PSKC
path, way = sys.argv[1:]
one = b'12345678901234567890'
def container():
    p = PSKC()
    for user, kind, key, more in [
        ('a', 'hotp', one, dict(counter=5, response_length=6)),
        ('b', 'hotp', one, dict(counter=2**40, response_length=8)),
        ('c', 'totp', one, dict(time_interval=30, response_length=6)),
        ('d', 'totp', one, dict(time_interval=60, response_length=7, time_drift=-3)),
        ('e', 'totp', one+b'123456789012', dict(time_interval=30, response_length=8,
            algorithm_suite='HMAC-SHA256', time_drift=2)),
        ('f', 'totp', one*3+b'1234', dict(time_interval=30, response_length=6,
            algorithm_suite='HMAC-SHA512'))]:
        p.add_key(id=user, serial='S-'+user, secret=key, key_userid='CN=x,UID='+user,
            response_encoding='DECIMAL',
            algorithm='urn:ietf:params:xml:ns:keyprov:pskc:'+kind, **more)
    return p
p = container()
key = binascii.a2b_hex(b'00112233445566778899aabbccddeeff')
if way == 'key128':
    p.encryption.setup_preshared_key(key=key, algorithm='aes128-cbc')
elif way == 'key256':
    p.encryption.setup_preshared_key(key=key*2, algorithm='aes256-cbc')
elif way == 'password':
    p.encryption.setup_pbkdf2('qwerty')
elif way == 'password256':
    p.encryption.setup_pbkdf2('qwerty', algorithm='aes256-cbc', prf='hmac-sha256')
elif way != 'plain':
    sys.exit('which way?')
p.write(path)
print(json.dumps([dict(Serial=k.serial, User=k.key_userid[9:], Type=k.algorithm[-4:],
    Secret=binascii.b2a_hex(k.secret).decode(), Digits=k.response_length,
    Algorithm=(k.algorithm_suite or '').replace('HMAC-', ''), Counter=k.counter or 0,
    Period=k.time_interval or 0, Drift=k.time_drift or 0) for k in p.keys]))
`

// What python-pskc writes, plain and encrypted, makes the codes that it was written for.
func TestPSKC(t *testing.T) {
	pskc, _ := importers.FormatNamed("pskc")
	for way, key := range map[string]string{
		"plain": "", "password": "", "password256": "",
		"key128": "00112233445566778899aabbccddeeff",
		"key256": strings.Repeat("00112233445566778899aabbccddeeff", 2),
	} {
		t.Run(way, func(t *testing.T) {
			path := t.TempDir() + "/tokens.xml"
			devices := python(t, writePSKC, path, way)
			found := pskc.Read(importers.Source{File: "tokens.xml", Text: read(t, path),
				Key:      key,
				Password: func() (string, error) { return "qwerty", nil }})
			compareDevices(t, found, devices)
		})
	}
}

// pskctool of OATH Toolkit tells the same secrets of our samples.
func TestPSKCTool(t *testing.T) {
	pskc, _ := importers.FormatNamed("pskc")
	const sample = "../../internal/importers/testdata/pskc/plain.xml"
	out, err := exec.Command("pskctool", "--info", sample).Output()
	if err != nil {
		t.Fatalf("pskctool: %v", err)
	}
	found := pskc.Read(importers.Source{File: "plain.xml", Text: read(t, sample),
		Owners: importers.Owners{User: "alice"}})
	if len(found.Users) != 1 || len(found.Users[0].User.Tokens) != 4 {
		t.Fatalf("%d users, left: %v", len(found.Users), found.Skipped)
	}
	for _, token := range found.Users[0].User.Tokens {
		secret := base64.StdEncoding.EncodeToString([]byte(token.Secret))
		if !strings.Contains(string(out), "Key Secret (base64): "+secret) {
			t.Errorf("pskctool knows no secret %x", token.Secret)
		}
	}
	if got := strings.Count(string(out), "Key Secret"); got != 4 {
		t.Errorf("pskctool knows %d secrets", got)
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// Lists of seeds make the codes of their keys, however a program writes them.
func TestSeeds(t *testing.T) {
	list, _ := importers.FormatNamed("csv")
	devices := []device{
		{Serial: "1", User: "a", Type: "totp", Secret: hex.EncodeToString([]byte(key)),
			Digits: 8, Period: 60},
		{Serial: "2", User: "b", Type: "hotp", Secret: hex.EncodeToString([]byte(otherKey)),
			Digits: 6, Counter: 12},
	}
	for name, write := range map[string]func(d device, base32 string) string{
		"privacyIDEA": func(d device, _ string) string {
			return fmt.Sprintf("%s, %s, %s, %d, %d\n", d.Serial, d.Secret, d.Type,
				d.Digits, d.Counter+int64(d.Period))
		},
		"privacyidea-token-janitor": func(d device, _ string) string {
			return fmt.Sprintf("%s, %s, %s, %s, %d, %d\n", d.User, d.Serial, d.Secret,
				d.Type, d.Digits, d.Counter+int64(d.Period))
		},
		"names of columns": func(d device, base32 string) string {
			return fmt.Sprintf("%s;%d;%d;%s;%d;%s\n", base32, d.Digits, d.Counter,
				d.User, max(d.Period, 30), d.Type)
		},
	} {
		t.Run(name, func(t *testing.T) {
			text := ""
			if strings.HasPrefix(name, "names") {
				text = "Secret Key;Digits;Counter;UPN;Time Interval;Type\n"
			}
			for _, d := range devices {
				secret, err := hex.DecodeString(d.Secret)
				if err != nil {
					t.Fatal(err)
				}
				text += write(d, base32.StdEncoding.EncodeToString(secret))
			}
			owners := importers.Owners{Serial: map[string]string{"1": "a", "2": "b"}}
			compareDevices(t, list.Read(importers.Source{
				File: "list.csv", Text: text, Owners: owners,
			}), devices)
		})
	}
}

// The QR codes that qrencode draws are read, and zbarimg reads the same in them.
func TestPictures(t *testing.T) {
	for name, text := range map[string]string{
		"TOTP":       "otpauth://totp/x:alice?secret=" + keyBase32,
		"Mobile-OTP": "motp://x:alice?secret=0123456789abcdef",
		"an export":  "otpauth-migration://offline?data=" + strings.Repeat("Ab%2B9", 200),
	} {
		for _, options := range [][]string{{"-s", "3"}, {"-s", "8", "-l", "H"},
			{"-s", "5", "--foreground=FFFFFF", "--background=202020"}} {
			path := t.TempDir() + "/code.png"
			args := append(options, "-o", path, text)
			qrencode(t, args...)
			texts, err := picture.Texts([]byte(read(t, path)))
			if err != nil || len(texts) != 1 || texts[0] != text {
				t.Errorf("%s, %v: %q, %v", name, options, texts, err)
			}
		}
		path := t.TempDir() + "/code.png"
		qrencode(t, "-o", path, text)
		theirs, err := exec.Command("zbarimg", "-q", "--raw", path).Output()
		if err != nil || strings.TrimSpace(string(theirs)) != text {
			t.Errorf("%s: zbarimg reads %q, %v", name, theirs, err)
		}
	}
}

func qrencode(t *testing.T, args ...string) {
	t.Helper()
	if out, err := exec.Command("qrencode", args...).CombinedOutput(); err != nil {
		t.Fatalf("qrencode: %v: %s", err, out)
	}
}

// readPSKC has python-pskc read a file.
const readPSKC = `
import sys, json, binascii
from pskc import PSKC
print(json.dumps([dict(Serial=k.serial, User=k.key_userid, Type=k.algorithm[-4:],
    Secret=binascii.b2a_hex(k.secret).decode(), Digits=k.response_length,
    Algorithm=(k.algorithm_suite or '').replace('HMAC-', ''), Counter=k.counter or 0,
    Period=k.time_interval or 0, Drift=k.time_drift or 0) for k in PSKC(sys.argv[1]).keys]))
`

// What motp export writes as PSKC is the same token to python-pskc, and valid to pskctool.
func TestExportedPSKC(t *testing.T) {
	users := []motp.User{
		{Name: "a", Tokens: []motp.Token{{Type: motp.TOTP, Secret: key, Digits: 8,
			Period: time.Minute, Offset: -2 * time.Minute}}},
		{Name: "b", Tokens: []motp.Token{{Type: motp.HOTP, Secret: otherKey, Counter: 77}}},
		{Name: "c", Tokens: []motp.Token{{Type: motp.TOTP, Secret: key + key,
			Algorithm: motp.SHA256}}},
	}
	f, _ := exporters.FormatNamed("pskc")
	x, err := f.Write(users, "Example")
	if err != nil || len(x.Left) > 0 {
		t.Fatal(err, x.Left)
	}
	path := t.TempDir() + "/tokens.xml"
	write(t, path, string(x.Content))
	found := importers.Reading{}
	for _, u := range users {
		found.Users = append(found.Users, importers.Imported{User: u})
	}
	compareDevices(t, found, python(t, readPSKC, path))
	out, err := exec.Command("pskctool", "--info", "--strict", path).CombinedOutput()
	if err != nil || strings.Count(string(out), "Key Secret") != len(users) {
		t.Errorf("pskctool: %v: %s", err, out)
	}
	out, err = exec.Command("pskctool", "--validate", path).CombinedOutput()
	if err != nil || !strings.Contains(string(out), "OK") {
		t.Errorf("pskctool --validate: %v: %s", err, out)
	}
}
