package web

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/pbkdf2"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// export makes a file of all profiles and returns its text.
func (p *tab) export(passphrase string) string {
	p.t.Helper()
	p.press("More")
	p.press("Export")
	p.fill("Passphrase", passphrase)
	p.fill("The same again", passphrase)
	p.press("Make the file")
	p.shows("The file is ready")
	text := p.downloads(func() { p.press("Save") })
	p.shows("Exported.")
	p.press("Back")
	p.press("Back")
	p.at("Motp token")
	return text
}

// imports gives the page a file.
func (p *tab) imports(text, passphrase string) {
	p.t.Helper()
	file := filepath.Join(p.t.TempDir(), "export.txt")
	must(p.t, os.WriteFile(file, []byte(text), 0o600))
	p.pick(file)
	p.fill("Passphrase of the file", passphrase)
	p.press("Import")
}

const hotp = "otpauth://hotp/x:c?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&counter="

// An export is read back on another device, with its passphrase and no other. What is there already
// stays, and no counter goes back.
func TestExport(t *testing.T) {
	t.Parallel()
	s := serve(t, dist)
	p := newTab(t)
	p.begin(s.url(), passphrase)
	for _, uri := range []string{"motp://Büro:alice?secret=0123456789abcdef", hotp + "5",
		"otpauth://totp/x:b?secret=GEZDGNBV&algorithm=SHA512&digits=8&period=60"} {
		p.add(uri)
		p.press("Back")
		p.shows("There are changes that no export has")
	}
	text := p.export("of the file")
	if strings.Contains(p.text(), "no export has") {
		t.Error("there is still a reminder to export")
	}
	for _, open := range []string{"0123456789abcdef", "alice", "GEZDGNBV", "of the file"} {
		if strings.Contains(text, open) {
			t.Errorf("%q stands in the file", open)
		}
	}

	other := newTab(t)
	other.begin(s.url(), "")
	other.add(hotp + "2")
	other.press("Back")
	other.add("motp://y:d?secret=fedcba9876543210")
	other.press("Back")
	other.press("More")
	other.press("Import")
	other.press("Import")
	other.says("Choose a file first")
	other.imports(text, passphrase)
	other.says("not the passphrase of this file")
	other.imports(text, "of the file")
	other.shows("Imported: 2 profiles. Known already: 1.")
	if lines := other.lines(); !slices.Equal(slices.Sorted(slices.Values(lines)),
		[]string{"alice", "b", "c", "d"}) {
		t.Errorf("the profiles are %q", lines)
	}
	codes := map[string]string{"5": "254676", "6": "287922", "7": "162583"}
	other.press("c")
	for _, n := range []string{"5", "6"} { // that of the file, which was further
		other.press("Next code")
		other.shows("Code number " + n)
		if code := other.code(); code != codes[n] {
			t.Errorf("code %s is %s", n, code)
		}
	}
	other.press("Back")
	other.press("More")
	other.press("Import")
	other.imports(text, "of the file")
	other.shows("Imported: 0 profiles. Known already: 3.")
	other.press("c")
	other.press("Next code")
	if code := other.code(); code != codes["7"] {
		t.Errorf("after the second import, the code is %s", code)
	}
}

// A file that was changed, cut off, or made to keep the device busy is refused with a sentence, and
// what was there is.
func TestImportOfBadFiles(t *testing.T) {
	t.Parallel()
	s := serve(t, dist)
	p := newTab(t)
	p.begin(s.url(), "")
	p.add("motp://x:a?secret=0123456789abcdef")
	p.press("Back")
	text := p.export(passphrase)
	with := func(key string, value any) string {
		file := map[string]any{}
		must(t, json.Unmarshal([]byte(text), &file))
		if _, known := file[key]; !known {
			t.Fatalf("the file has no %s", key)
		}
		file[key] = value
		changed, err := json.Marshal(file)
		must(t, err)
		return string(changed)
	}
	data := map[string]string{}
	_ = json.Unmarshal([]byte(text), &data) // numbers are none of it
	other := func(key string) string {
		bytes, err := base64.StdEncoding.DecodeString(data[key])
		must(t, err)
		bytes[len(bytes)/2] ^= 1
		return with(key, base64.StdEncoding.EncodeToString(bytes))
	}
	const form, pass = "no export of this token", "or the file was changed"
	p.press("More")
	p.press("Import")
	for name, c := range map[string]struct{ text, words string }{
		"empty":                    {"", form},
		"a text":                   {"hello", form},
		"null":                     {"null", form},
		"a list":                   {"[]", form},
		"something else":           {`{"format": "other"}`, form},
		"cut off":                  {text[:len(text)/2], form},
		"data cut off":             {with("data", data["data"][:64]), pass},
		"no data":                  {with("data", ""), form},
		"data of another kind":     {with("data", 7), form},
		"not base64":               {with("data", "!!!!"), form},
		"a short salt":             {with("salt", "AAAA"), form},
		"another salt":             {other("salt"), pass},
		"another iv":               {other("iv"), pass},
		"another byte":             {other("data"), pass},
		"a newer version":          {with("version", 2), "newer version"},
		"another cipher":           {with("cipher", "none"), "newer version"},
		"rounds without end":       {with("iterations", 1e12), "rounds of PBKDF2"},
		"few rounds":               {with("iterations", 1), "rounds of PBKDF2"},
		"rounds as text":           {with("iterations", "600000"), "rounds of PBKDF2"},
		"half a round":             {with("iterations", 600000.5), "rounds of PBKDF2"},
		"other rounds":             {with("iterations", 600001), pass},
		"larger than any":          {text + strings.Repeat(" ", 5<<20), "larger than any"},
		"markup, in the format":    {with("format", "<img src=x onerror=alert(1)>"), form},
		"a version of another one": {with("version", "1"), "newer version"},
	} {
		p.imports(c.text, passphrase)
		p.until("document.querySelector('[role=alert]').textContent !== ''")
		got := p.value("document.querySelector('[role=alert]').textContent")
		if !strings.Contains(got, c.words) {
			t.Errorf("%s: %q, want %q", name, got, c.words)
		}
		p.eval("void (document.querySelector('[role=alert]').textContent = '')", nil)
	}
	p.press("Back")
	p.press("Back")
	if lines := p.lines(); !slices.Equal(lines, []string{"a"}) {
		t.Errorf("the profiles are %q", lines)
	}
}

// Where the device shares files, the export is shared by a tap; an installed app of iOS, which a
// download would trap, does nothing else.
func TestShare(t *testing.T) {
	t.Parallel()
	s := serve(t, dist)
	p := newTab(t)
	p.before(`Object.defineProperty(navigator, "standalone", {value: true});
		navigator.canShare = ({files}) => files.length === 1;
		navigator.share = async ({files}) => {
			if (window.refuse) { throw new DOMException("", window.refuse); }
			const [file] = files;
			window.shared = file.name + " " + file.type + " " + await file.text();
		};`)
	p.begin(s.url(), "")
	p.add("motp://x:a?secret=0123456789abcdef")
	p.press("Back")
	p.press("Export") // of the reminder
	p.fill("Passphrase", passphrase)
	p.fill("The same again", passphrase)
	p.press("Make the file")
	p.shows("The file is ready")
	if strings.Contains(p.text(), "Save") {
		t.Error("the file can be downloaded")
	}
	p.eval(`window.refuse = "NotAllowedError"; void 0`, nil)
	p.press("Share")
	p.says("did not share the file")
	p.eval(`window.refuse = "AbortError"; void 0`, nil)
	p.press("Share")
	p.until("document.querySelector('[role=alert]').textContent === ''")
	p.eval(`window.refuse = ""; void 0`, nil)
	p.press("Share")
	p.shows("Exported.")
	shared := p.value("window.shared")
	if !strings.HasPrefix(shared, "motp-token-") || !strings.Contains(shared,
		`.txt text/plain {`) || !strings.Contains(shared, `"motp-token-export"`) {
		t.Errorf("%.100q was shared", shared)
	}
	p.press("Back")
	p.at("Motp token")
	if strings.Contains(p.text(), "no export has") {
		t.Error("there is still a reminder to export")
	}
}

// sealed is an export as docs/web-token.md describes it, written down a second time.
type sealed struct {
	Format     string `json:"format"`
	Version    int    `json:"version"`
	KDF        string `json:"kdf"`
	Iterations int    `json:"iterations"`
	Salt       []byte `json:"salt"`
	Cipher     string `json:"cipher"`
	IV         []byte `json:"iv"`
	Data       []byte `json:"data"`
}

func (s *sealed) seal(t *testing.T) (cipher.AEAD, []byte) {
	t.Helper()
	header, err := json.Marshal([]any{s.Format, s.Version, s.KDF, s.Iterations, s.Salt,
		s.Cipher})
	must(t, err)
	key, err := pbkdf2.Key(sha256.New, passphrase, s.Salt, s.Iterations, 32)
	must(t, err)
	block, err := aes.NewCipher(key)
	must(t, err)
	gcm, err := cipher.NewGCM(block)
	must(t, err)
	return gcm, header
}

// An export is what the document says; and what is in one is looked at as if anybody had made it,
// even if it opens: all of it is fit to be kept, or nothing is.
func TestExportFormat(t *testing.T) {
	t.Parallel()
	s := serve(t, dist)
	p := newTab(t)
	p.begin(s.url(), "")
	p.add("motp://x:a?secret=0123456789abcdef")
	p.press("Back")
	var file sealed
	must(t, json.Unmarshal([]byte(p.export(passphrase)), &file))
	gcm, header := file.seal(t)
	opened, err := gcm.Open(nil, file.IV, file.Data, header)
	must(t, err)
	if !strings.Contains(string(opened), `"token":{"kind":"motp","secret":"0123456789abcdef",`+
		`"offset":0,"algorithm":"MD5","digits":6,"period":10,"t0":0,"counter":"0"}`) {
		t.Errorf("in the export stands %s", opened)
	}
	p.press("More")
	p.press("Import")
	imports := func(inside string) {
		file.Data = gcm.Seal(nil, file.IV, []byte(inside), header)
		text, err := json.Marshal(file)
		must(t, err)
		p.imports(string(text), passphrase)
	}
	one := func(user, token string) string {
		return `{"site": "x", "user": "` + user + `", "token": {` + token + `}}`
	}
	const good = `"kind": "totp", "secret": "0123", "offset": 0, "algorithm": "SHA1", ` +
		`"digits": 6, "period": 30, "t0": 0, "counter": "0"`
	with := func(old, new string) string {
		if !strings.Contains(good, old) {
			t.Fatalf("no %s", old)
		}
		return one("b", strings.Replace(good, old, new, 1))
	}
	list := func(all ...string) string {
		return `{"profiles": [` + strings.Join(all, ", ") + `]}`
	}
	for name, inside := range map[string]string{
		"nothing":           "null",
		"no list":           `{"profiles": {"length": 1}}`,
		"a text":            `{"profiles": "x"}`,
		"null":              list("null"),
		"no name":           list(`{"site": "x", "token": {` + good + `}}`),
		"another kind":      list(with(`"totp"`, `"constructor"`)),
		"no secret":         list(with(`"0123"`, `""`)),
		"no hex":            list(with(`"0123"`, `"012"`)),
		"many digits":       list(with(`"digits": 6`, `"digits": 99`)),
		"no algorithm":      list(with(`"SHA1"`, `"toString"`)),
		"an endless period": list(with(`"period": 30`, `"period": 1e9`)),
		"no period":         list(with(`"period": 30`, `"period": 0`)),
		"a counter":         list(with(`"counter": "0"`, `"counter": "1e9"`)),
		"an offset":         list(with(`"offset": 0`, `"offset": 1e300`)),
		"the second":        list(one("b", good), "{}"),
		"too many":          list(slices.Repeat([]string{one("b", good)}, 1001)...),
	} {
		imports(inside)
		p.until("document.querySelector('[role=alert]').textContent !== ''")
		got := p.value("document.querySelector('[role=alert]').textContent")
		if !strings.Contains(got, "no export of this token") {
			t.Errorf("%s: %q", name, got)
		}
		p.eval("void (document.querySelector('[role=alert]').textContent = '')", nil)
	}
	const more = `, "evil": {"a": 1}, "__proto__": {"a": 1}`
	imports(list(one("<b>c</b>", good+more), one("<b>c</b>", good)))
	p.shows("Imported: one profile.")
	if lines := p.lines(); !slices.Equal(lines, []string{"<b>c</b>", "a"}) &&
		!slices.Equal(lines, []string{"a", "<b>c</b>"}) {
		t.Errorf("the profiles are %q", lines)
	}
	must(t, json.Unmarshal([]byte(p.export(passphrase)), &file))
	gcm, header = file.seal(t)
	opened, err = gcm.Open(nil, file.IV, file.Data, header)
	must(t, err)
	if strings.Contains(string(opened), "evil") {
		t.Error("what nobody knows was kept")
	}
}
