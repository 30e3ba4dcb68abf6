package conf

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/pam-motp/pam-motp/motp"
)

// marker stands for a secret: no message of ours holds it by chance.
const marker = "S3cr3tM4rk3r"

// FuzzTable holds the reader of any table to this: an entry that it accepts is one that a plain
// oracle finds whole, and stands in the text; a user who is looked up reads as when everyone is
// read; settings stay in their bounds; no error tells a value.
func FuzzTable(f *testing.F) {
	for _, content := range []string{
		"", "\ufeff; x\n[alice]\n" +
			"secret=" + marker + "\npin=" + marker + "\n",
		"alice " + marker + " " + marker +
			" 0\n#\n\tbob\t1\t2\t-5.5 # x\n",
		"window = 3m\nmax_failures=" + marker + "\n[alice]\n", "[alice]\r\n" +
			"secret = " + marker + "\r\n" + marker + "\n",
		"[alice]\nsecret=a\npin=\x01" + marker +
			"\n[alice/app]\ntype=totp\nsecret=hex:00\n" +
			"[alice/app]\n[alice/]\n[alice/" + marker + "\n",
		"[a]\nsecret=1\npin=2\n[a]\nsecret=1\npin=2\n", "a 1 2\na 1 2\n[a]\n",
		"callers = postgres: postgresql, www-data: apache2 httpd\nself_service = no\n",
		"names = account\n[alice]\nsecret=" + marker, "names=" + marker + "\n",
		"callers=root: x\n", "callers=a: b, a: c\nself_service=" + marker, "window=1h\n" +
			"look_ahead=1000\nmax_drift=24h\nresync=off\nunlock_after=never\n",
		"[a]\n" + marker + "=1\nsecret=" + strings.Repeat("x", 257),
		"[alice]\nsecret=1\npin=1\n" +
			"offset=-90s\ndisabled=yes\n", "alice " + marker + " " + marker + " x\n",
		"[alice]\ntype=" + marker + "\n", "[alice]\ntype=hotp\n" +
			"secret=" + marker + "!\ncounter=-1\n",
	} {
		f.Add(content, "alice")
		f.Add(content, "a")
	}
	f.Fuzz(func(t *testing.T, content, name string) {
		if strings.Contains(content, "\x00") || strings.Contains(name, marker) {
			return // never gets as far; a name is no secret
		}
		form := documentOf("f", []byte(content))
		settings, err := form.settings()
		checkPolicy(t, settings.Policy)
		checkCallers(t, content, settings)
		tellsNothing(t, err)
		all := form.entries("")
		for _, e := range all {
			tellsNothing(t, e.Err)
			if e.Err == nil {
				checkEntry(t, content, e)
			}
		}
		if name == "" || strings.ContainsAny(name, "\n\r \t]/\ufeff") {
			return // not how a name can be written
		}
		if form.form() == inColumns && hasHeader([]byte(content)) {
			return // both forms in one file: a section says more when it is looked for
		}
		only := func(entries []Entry) (found []string) {
			for _, e := range entries {
				if e.User.Name == name {
					found = append(found, fmt.Sprint(e.User, e.Line, e.Err))
				}
			}
			return found
		}
		if one, among := only(form.entries(name)), only(all); !slices.Equal(one, among) {
			t.Errorf("%q in %q reads %q, and among all %q", name, content, one, among)
		}
	})
}

func tellsNothing(t *testing.T, err error) {
	t.Helper()
	if err != nil && strings.Contains(err.Error(), marker[:8]) {
		t.Errorf("an error tells a value: %v", err)
	}
}

func checkPolicy(t *testing.T, p motp.Policy) {
	t.Helper()
	if p.Window < 0 || p.Window > motp.MaxWindow || p.MaxFailures < 1 || p.MaxFailures > 1000 ||
		p.UnlockAfter < 0 || p.LookAhead < 0 || p.LookAhead > 1000 ||
		p.MaxDrift < 0 ||
		p.MaxDrift > 24*time.Hour ||
		p.Resync < 0 ||
		p.Resync > 24*time.Hour {
		t.Errorf("policy out of bounds: %+v", p)
	}
}

// checkCallers holds a table to what it says: nobody may ask whom it does not name.
func checkCallers(t *testing.T, content string, s Settings) {
	t.Helper()
	for _, c := range s.Callers {
		if c.Account == "root" || c.Account == "" || len(c.Services) == 0 ||
			!strings.Contains(content, c.Account) {
			t.Errorf("%q grants %+v", content, c)
		}
		for _, service := range c.Services {
			if !s.MayAsk(c.Account, service) ||
				!strings.Contains(content, service) {
				t.Errorf("%q grants %+v", content, c)
			}
		}
	}
	if s.SelfService != SelfServiceStatus &&
		!strings.Contains(content, s.SelfService.String()) {
		t.Errorf("%q lets users do %v", content, s.SelfService)
	}
	if s.Names != NamesTyped && !strings.Contains(content, s.Names.String()) {
		t.Errorf("%q has users looked up by %v", content, s.Names)
	}
}

func checkEntry(t *testing.T, content string, e Entry) {
	t.Helper()
	u := e.User
	if u.Name == "" || len(u.Tokens) < 1 || len(u.Tokens) > motp.MaxTokens ||
		u.Tokens[0].Name != "" ||
		!strings.Contains(content, u.Name) {
		t.Errorf("accepted %q with %d tokens", u.Name, len(u.Tokens))
	}
	names := make(map[string]bool)
	for _, token := range u.Tokens {
		if names[token.Name] {
			t.Errorf("two tokens are called %q", token.Name)
		}
		names[token.Name] = true
		whole := token.Secret != "" && len(token.Secret) <= 256 && len(token.PIN) <= 64 &&
			token.Offset.Abs() <= 3650*24*time.Hour
		if token.Type == motp.MobileOTP {
			whole = whole && token.PIN != "" &&
				strings.Contains(content, token.Secret) &&
				isPrintableASCII(token.Secret)
		}
		if !whole || !strings.Contains(content, token.PIN) ||
			strings.ContainsFunc(token.PIN, func(r rune) bool {
				return !unicode.IsPrint(r)
			}) {
			t.Errorf("accepted %+v", token)
		}
		if token.Digits != 0 && (token.Digits < 6 || token.Digits > 8) ||
			token.Period < 0 ||
			token.Period > time.Hour ||
			token.Counter < 0 ||
			token.T0 < 0 {
			t.Errorf("accepted %+v", token)
		}
	}
}

func isPrintableASCII(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r <= ' ' || r > '~' }) < 0
}

// FuzzSection writes a section with these values, and holds the reader to a plain oracle of each
// key, and the writer to what was read: what it writes is read back the same.
func FuzzSection(f *testing.F) {
	f.Add("motp", "7ac61d4736f51a2b", "5555", "offset", "-360", "", "")
	f.Add("totp", "GEZDGNBVGY3TQOJQ", "1 2", "period", "60", "digits", "8")
	f.Add("hotp", "hex:3132", "", "counter", "9", "algorithm", "sha512")
	f.Add("motp", "a;b#c\"d", "\"q\" ; # =", "disabled", "yes", "offset", "1h30m")
	f.Add("totp", "gezd gnbv-gy3t qojq====", "é", "t0", "1000", "offset", "315360000s")
	f.Add("totp", "GEZDGNBVGY3TQOJQ", "1", "paper", paperSet, "disabled", "no")
	f.Add("motp", "1", "1", "paper", "9d"+paperSet[1:], "paper", "1//")
	f.Fuzz(func(t *testing.T, kind, secret, pin, key1, value1, key2, value2 string) {
		content := "[alice]\ntype = " + kind + "\nsecret = " + secret + "\n"
		if pin != "" {
			content += "pin = " + pin + "\n"
		}
		for _, s := range []setting{{key1, value1}, {key2, value2}} {
			if s.key != "" {
				content += s.key + " = " + s.value + "\n"
			}
		}
		if strings.ContainsAny(kind+secret+pin+key1+key2+value1+value2, "\n\x00") ||
			strings.ContainsAny(key1[:min(1, len(key1))]+key2[:min(1, len(key2))],
				"[;# \t\r\ufeff") {
			return // other lines than were meant
		}
		found := documentOf("f", []byte(content)).entries("alice")
		if len(found) != 1 {
			t.Fatalf("%d entries in %q", len(found), content)
		}
		e := found[0]
		if e.Err != nil {
			var known *Error
			if !errors.As(e.Err, &known) || known.Kind != BadUser || known.Line < 1 ||
				known.Line > 6 {
				t.Errorf("%q: %v", content, e.Err)
			}
			return
		}
		checkEntry(t, content, e)
		token := e.User.Tokens[0]
		trimmed := func(s string) string { return strings.Trim(s, blanks) }
		if token.Type.String() != trimmed(kind) || token.PIN != trimmed(pin) ||
			token.Type == motp.MobileOTP && token.Secret != trimmed(secret) {
			t.Errorf("%q is read as %+v", content, token)
		}
		for _, s := range []setting{{key1, value1}, {key2, value2}} {
			if key := strings.TrimRight(s.key, " \t"); key != "" &&
				!strings.Contains(s.key, "=") &&
				!agrees(e.User, key, trimmed(s.value)) {
				t.Errorf("%s = %q is read as %+v", s.key, s.value, token)
			}
		}
		if checkUser(e.User) == nil { // by hand more can be written than by us
			checkWritten(t, e.User)
		}
	})
}

// checkWritten writes a user, and reads back the same.
func checkWritten(t *testing.T, u motp.User) {
	t.Helper()
	x := documentOf("f", []byte("[bob]\nsecret = 1\npin = 1\n"))
	if err := x.add(u); err != nil {
		t.Fatalf("%+v cannot be written: %v", u, err)
	}
	got, err := readBack("f", x.bytes(), u.Name)
	if err != nil || !reflect.DeepEqual(got.User, u) {
		t.Errorf("%+v was written, %+v is read, %v, in %q", u, got, err, x.bytes())
	}
}

// agrees is a plain reading of one key that was accepted.
func agrees(u motp.User, key, value string) bool {
	token := u.Tokens[0]
	n, err := strconv.ParseInt(strings.TrimSuffix(value, "s"), 10, 64)
	switch key {
	case "disabled":
		return u.Disabled == (value == "yes") && (value == "yes" || value == "no")
	case "paper":
		set, rest, _ := strings.Cut(strings.ToLower(value), "/")
		hashes := strings.Join(strings.Fields(rest), " ")
		trimmed, isDigits := strings.CutSuffix(strings.TrimLeft(set, "0"), "d")
		if isDigits {
			trimmed += "d"
		}
		salt, hashes, _ := strings.Cut(hashes, "/")
		return paperOf(u.Paper) == trimmed+"/"+salt+"/"+strings.TrimSpace(hashes)
	case "digits":
		return err == nil && int64(token.Digits) == n
	case "period":
		return err == nil && token.Period == time.Duration(n)*time.Second
	case "counter":
		return err == nil && token.Counter == n
	case "t0":
		return err == nil && token.T0 == n
	case "algorithm":
		return strings.EqualFold(token.Algorithm.String(), value)
	case "offset":
		if steps, err := strconv.ParseInt(value, 10, 64); err == nil {
			return token.Offset == time.Duration(steps)*10*time.Second
		}
		d, err := time.ParseDuration(value)
		return err == nil && token.Offset == d && d%time.Second == 0
	}
	return false // unknown, or set twice
}
