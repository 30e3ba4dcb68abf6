package web

import (
	"encoding/base32"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/pam-motp/pam-motp/motp"
	"github.com/pam-motp/pam-motp/motp/uri"
)

// engine opens a page that has the sources of web/src/engine as one object, and nothing else.
func engine(t *testing.T) *tab {
	t.Helper()
	cmd := exec.Command("node_modules/.bin/esbuild", "--bundle", "--format=iife",
		"--global-name=engine", "--log-level=warning")
	cmd.Dir = "../../web"
	cmd.Stdin = strings.NewReader(`
		export * from "./src/engine/bytes.js"; export * from "./src/engine/code.js";
		export * from "./src/engine/kinds.js"; export * from "./src/engine/names.js";
		export * from "./src/engine/offset.js"; export * from "./src/engine/secret.js";
		export * from "./src/engine/uri.js";
		export * from "./src/qr/read.js"; export * from "./src/words/languages.js";`)
	script, err := cmd.Output()
	if err != nil {
		t.Fatalf("esbuild: %v: make web-modules", err)
	}
	p := newTab(t)
	p.open(serve(t, t.TempDir()).url())
	p.eval(string(script)+"; window.engine = engine; void 0", nil)
	return p
}

// A sample is a token, at a time, as both engines see it.
type sample struct {
	URI          string
	Offset, T0   int64
	Now          int64 // milliseconds
	PIN          string
	Code, Left   string
	Epoch, Again string
	Site, User   string
}

// The page makes the codes that the server expects, from the URI that the server has drawn.
func TestEngineAgainstServer(t *testing.T) {
	t.Parallel()
	p := engine(t)
	random := rand.New(rand.NewPCG(1, 2))
	var want []sample
	for range 1000 {
		want = append(want, sampleOf(random))
	}
	asked, err := json.Marshal(want)
	must(t, err)
	var got []sample
	p.eval(fmt.Sprintf(`Promise.all(%s.map(async (s) => {
		const e = engine, made = e.parse(s.URI), now = s.Now;
		const token = {...made.token, offset: s.Offset, t0: s.T0};
		const isCounter = token.kind === "hotp";
		return {...s, Site: made.site, User: made.user, Again: e.format(made),
			Code: await e.codeAt(token, e.step(token, now), s.PIN),
			Left: isCounter ? "" : String(e.secondsLeft(token, now)),
			Epoch: token.kind === "motp" ? e.epoch(token, now) : ""};
	}))`, asked), &got)
	if len(got) != len(want) {
		t.Fatalf("%d answers", len(got))
	}
	kinds := map[string]int{}
	for i, w := range want {
		kinds[w.URI[:strings.Index(w.URI, "/")]+w.URI[10:14]]++
		if got[i] != w {
			t.Fatalf("case %d:\nthe page  %+v\nthe server %+v", i, got[i], w)
		}
	}
}

func sampleOf(random *rand.Rand) sample {
	token := motp.Token{Type: motp.Kinds()[random.IntN(3)].Type}
	key := make([]byte, 1+random.IntN(64))
	for i := range key {
		key[i] = byte(random.Uint32())
	}
	s := sample{Now: random.Int64N(1 << 42)}
	switch token.Type {
	case motp.MobileOTP:
		token.Secret = fmt.Sprintf("%0*x", []int{16, 32}[random.IntN(2)], random.Uint64())
		if random.IntN(4) == 0 {
			token.Secret = strings.ToUpper(token.Secret)
		}
		token.PIN = pick(random, "0123456789", "abcXYZ", "éß€😀 ")
		s.PIN = token.PIN
	default:
		token.Secret = string(key)
		token.Algorithm = motp.Algorithm(random.IntN(3))
		token.Digits = 6 + random.IntN(3)
	}
	if token.Type == motp.TOTP {
		token.Period = time.Duration(1+random.IntN(3600)) * time.Second
		token.T0 = random.Int64N(1 << 31)
		s.T0 = token.T0
	}
	at := time.UnixMilli(s.Now)
	if token.Type == motp.HOTP {
		token.Counter = random.Int64N(motp.MaxCounter >> random.IntN(62))
	} else {
		s.Offset = random.Int64N(2*36000) - 36000
		token.Offset = time.Duration(s.Offset) * time.Second
		left := token.StepTime(token.Step(at) + 1).Sub(at)
		s.Left = fmt.Sprint(int((left + time.Second - 1) / time.Second))
	}
	s.Code = token.Code(at)
	if token.Type == motp.MobileOTP {
		s.Epoch = fmt.Sprintf("%09d", token.Step(at))
	}
	s.Site = "x" + pick(random, "abc", " &+:/%#?@", "Büro 1 東京")
	s.User = "a" + pick(random, "bcd", "@.+:/%#?&=", "zoë")
	e := uri.Enrolment{Site: strings.TrimSpace(s.Site), User: strings.TrimSpace(s.User),
		Token: token}
	s.URI, s.Site, s.User, s.Again = e.URI(), e.Site, e.User, e.URI()
	return s
}

// pick makes a text of up to ten letters of one of the alphabets.
func pick(random *rand.Rand, alphabets ...string) string {
	letters := []rune(alphabets[random.IntN(len(alphabets))])
	text := make([]rune, 1+random.IntN(10))
	for i := range text {
		text[i] = letters[random.IntN(len(letters))]
	}
	return string(text)
}

// What the server's reader of URIs takes, and what it refuses, the page's does too, for the same
// reason.
func TestURIsAgainstServer(t *testing.T) {
	t.Parallel()
	p := engine(t)
	const good = "otpauth://totp/x:a?secret=GEZDGNBV"
	cases := []string{good, " " + good + "\n", good + "&amp;digits=8&#38;period=60",
		good + "&algorithm=HmacSHA256&image=x", good + "&digits=5", good + "&digits=+7",
		good + "&period=0", good + "&period=3601", good + "&period=1e3",
		good + "&algorithm=MD5", good + "&algorithm=sha-512", good + "&x=%zz",
		good + "&secret=GEZDGNBV", good + "&counter=zz", good + "&issuer=", good + ";x=1",
		good + "&issuer=a+b%2B", good + "&&", good + "#fragment", good + "&digits=",
		"otpauth://TOTP/a?secret=gezd%20gnbv%3D", "OTPAUTH://totp/a?secret=GEZDGNBV",
		"motp://x:a?secret=0123456789abcdef", "motp://a?secret=0123456789abcdef",
		"motp://x:a/?secret=0123456789abcdef", "motp://x:a%3Ab?secret=0123456789abcdef",
		"motp://x:a?secret=0&issuer=y", "motp://x:a?issuer=y", "motp://?secret=x",
		"motp://x:a", "motp://x:a?secret=1&secret=2", "motp://%zz?secret=1",
		"otpauth://totp/x%3Aa?secret=GEZDGNBV", "otpauth://totp/x:a%3Ab?secret=GEZDGNBV",
		"otpauth://totp/x%3Ay:a%3Ab/c?secret=GEZDGNBV", "otpauth://totp/:a?secret=GEZDGNBV",
		"", "https://example.org/", "WIFI:T:WPA;S:x;P:y;;", "hello",
		"otpauth-migration://offline?data=x", "otpauth://totp/%zz?secret=GEZDGNBV",
		"otpauth://totp/x:?secret=GEZDGNBV", "otpauth://steam/a?secret=GEZDGNBV",
		"otpauth://motp/a?secret=GEZDGNBV", "otpauth://hotp/a?secret=GEZDGNBV",
		"otpauth://hotp/a?secret=GEZDGNBV&counter=-1",
		"otpauth://hotp/a?secret=GEZDGNBV&counter=007&period=x",
		"otpauth://hotp/a?secret=GEZDGNBV&counter=4611686018427387904",
		"otpauth://hotp/a?secret=GEZDGNBV&counter=4611686018427387905",
		"otpauth://totp/a?secret=0189", "otpauth://totp/a?secret=GEZ",
		"otpauth://totp/a", "otpauth://totp?secret=GEZDGNBV",
		"otpauth://constructor/a?secret=GEZDGNBV",
		"otpauth://__proto__/a?secret=GEZDGNBV",
		"motp://x:a?secret=" + strings.Repeat("f", 256),
	}
	asked, err := json.Marshal(cases)
	must(t, err)
	var got []struct{ Site, User, Kind, Secret, Counter, Word string }
	p.eval(fmt.Sprintf(`%s.map((text) => {
		try {
			const {site, user, token} = engine.parse(text);
			return {site, user, ...token, word: ""};
		} catch (error) {
			return {word: error.word ?? String(error)};
		}
	})`, asked), &got)
	words := map[error]string{uri.ErrNoURI: "uriNone", uri.ErrScheme: "uriScheme",
		uri.ErrMigration: "uriMigration", uri.ErrTwice: "uriTwice", uri.ErrUser: "uriUser",
		uri.ErrType: "uriType", uri.ErrNoCounter: "uriNoCounter", uri.ErrKey: "uriKey",
		uri.ErrSecret: "uriSecret", uri.ErrAlgorithm: "uriAlgorithm",
		uri.ErrDigits: "uriDigits", uri.ErrPeriod: "uriPeriod",
		uri.ErrCounter: "uriCounter"}
	for i, text := range cases {
		e, err := uri.Parse(text)
		g := got[i]
		if err != nil {
			// what has no scheme at all is one word here, and another one there
			if g.Word != words[err] && (g.Word != "uriNone" || err != uri.ErrScheme) {
				t.Errorf("%q: %q, the server says %v", text, g.Word, err)
			}
			continue
		}
		secret := e.Token.Secret
		if e.Token.Type != motp.MobileOTP {
			secret = fmt.Sprintf("%x", secret)
		}
		if g.Word != "" || g.Site != e.Site || g.User != e.User || g.Secret != secret ||
			g.Kind != e.Token.Kind().Word || g.Counter != fmt.Sprint(e.Token.Counter) {
			t.Errorf("%q: %+v, the server reads %+v", text, g, e)
		}
	}
}

// vectors are from outside: RFC 4226 appendix D, RFC 6238 appendix B, and the table that LinOTP,
// privacyIDEA and others share for Mobile-OTP.
var vectors = []struct {
	name, uri, pin string
	at             int64
	code           string
}{
	{"Mobile-OTP", "motp://x:a?secret=0123456789abcdef", "6666", 1296121200, "6ed4e4"},
	{"Mobile-OTP, a later one", "motp://x:a?secret=0123456789abcdef", "6666", 1296121300,
		"502a59"},
	{"Mobile-OTP, at the beginning", "motp://x:a?secret=0123456789abcdef", "1", 0, "bd94a4"},
	{"Mobile-OTP, a long PIN", "motp://x:a?secret=0123456789abcdef", "77777777", 1296122440,
		"7abf75"},
	{"TOTP", totp("12345678901234567890", "SHA1"), "", 59, "94287082"},
	{"TOTP, SHA256", totp("12345678901234567890123456789012", "SHA256"), "", 1111111109,
		"68084774"},
	{"TOTP, SHA512", totp(strings.Repeat("1234567890", 6)+"1234", "SHA512"), "", 20000000000,
		"47863826"},
	{"HOTP", "otpauth://hotp/x:a?secret=" + base32Text("12345678901234567890") + "&counter=9",
		"", 0, "520489"},
}

func totp(key, algorithm string) string {
	return "otpauth://totp/x:a?secret=" + base32Text(key) + "&digits=8&algorithm=" + algorithm
}

func base32Text(key string) string {
	return base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString([]byte(key))
}

// The page itself shows the published codes, at the published times.
func TestVectors(t *testing.T) {
	t.Parallel()
	s := serve(t, dist)
	p := newTab(t)
	p.before(`Date.now = () => window.now ?? 0`)
	p.begin(s.url(), "")
	for i, v := range vectors {
		p.eval(fmt.Sprintf("window.now = %d", v.at*1000), nil)
		p.add(v.uri + "&n=" + fmt.Sprint(i))
		if v.pin != "" {
			p.fill("PIN", v.pin)
			p.press("Show the code")
		}
		if strings.HasPrefix(v.name, "HOTP") {
			p.press("Next code")
		}
		if code := p.code(); code != v.code {
			t.Errorf("%s: %s, want %s", v.name, code, v.code)
		}
		p.press("Back")
	}
}
