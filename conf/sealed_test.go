package conf

import (
	"encoding/base64"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/pam-motp/pam-motp/motp"
)

const secretNew = "fedcba9876543210"

// keyed seals in a way that anybody can open, but in its place only. It is the id of the key that
// seals; those before it, behind blanks, open. The empty one has no key.
type keyed string

func (k keyed) Seal(user, token, field, value string) (string, error) {
	if k == "" {
		return value, nil
	}
	text := strings.Join([]string{user, token, field, value}, "\x00")
	return "sealed:v1:" + strings.Fields(string(k))[0] + ":" +
		base64.RawStdEncoding.EncodeToString([]byte(text)), nil
}

var errNotMine = errors.New("does not open here")

func (k keyed) Open(user, token, field, sealed string) (string, error) {
	rest, ok := strings.CutPrefix(sealed, "sealed:v1:")
	id, text, _ := strings.Cut(rest, ":")
	if !ok || !slices.Contains(strings.Fields(string(k)), id) {
		return "", errNotMine
	}
	b, err := base64.RawStdEncoding.DecodeString(text)
	value, found := strings.CutPrefix(string(b),
		strings.Join([]string{user, token, field, ""}, "\x00"))
	if err != nil || !found {
		return "", errNotMine
	}
	return value, nil
}

func (k keyed) Fresh(sealed string) bool {
	return k != "" && strings.HasPrefix(sealed, "sealed:v1:"+strings.Fields(string(k))[0]+":")
}

func (keyed) RefusesPlain() bool { return false }

// plainly opens by a key, and seals by none.
type plainly struct{ keyed }

func (plainly) Seal(_, _, _, value string) (string, error) { return value, nil }
func (plainly) Fresh(string) bool                          { return false }

const plainTable = `window = 5m

; hers
[alice]
secret = 7ac61d4736f51a2b
pin=5555
[alice/tablet]
type = totp
secret = GEZD GNBV GY3T QOJQ
; secret = 0123456789abcdef

[bob]
  secret   =   0123456789abcdef
pin = 1 2
disabled = yes
`

// sealedTable is that table, sealed by k.
func sealedTable(t *testing.T, k keyed) Table {
	t.Helper()
	table := Table{write(t, plainTable).Path, k}
	if _, err := (Editor{Table: table}).Reseal(nil); err != nil {
		t.Fatal(err)
	}
	return table
}

func content2(t *testing.T, table Table) string {
	t.Helper()
	b, err := os.ReadFile(table.Path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// What is sealed reads as what it was, by all ways to read, and stands nowhere in the file.
func TestSealedReadsTheSame(t *testing.T) {
	plain := write(t, plainTable)
	table := sealedTable(t, "a")
	text := content2(t, table)
	for _, secret := range []string{"7ac61d", "5555", "GEZD", "= 1 2",
		" 0123456789abcdef\npin"} {
		if strings.Contains(text, secret) {
			t.Errorf("%q stands in\n%s", secret, text)
		}
	}
	// all else is as it was, by the byte
	back := Editor{Table: Table{table.Path, plainly{"a"}}}
	if done, err := back.Reseal(nil); err != nil || done.Values != 5 ||
		content2(t, table) != plainTable {
		t.Errorf("%+v, %v: unsealed, the table is\n%s", done, err, content2(t, table))
	}
	table = sealedTable(t, "a")
	kept := keptOf(t, table)
	for _, name := range []string{"alice", "bob"} {
		_, want, err := plain.Lookup(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range []interface {
			Lookup(string) (Settings, motp.User, error)
		}{table, kept} {
			settings, got, err := d.Lookup(name)
			if err != nil || !sameUser(got, want) ||
				settings.Policy.Window.Minutes() != 5 {
				t.Errorf("%s is %+v, %v; want %+v", name, got, err, want)
			}
		}
	}
	_, all, err := table.Users()
	if err != nil || len(all) != 2 || all[0].Err != nil || all[0].User.Tokens[1].Secret == "" {
		t.Errorf("%+v, %v", all, err)
	}
}

// keptOf is a table with its index made.
func keptOf(t *testing.T, table Table) *Kept {
	t.Helper()
	k := Keep(table.Path, table.Sealer)
	k.settling, k.pause = 0, 0
	k.rebuild()
	if k.index.Load() == nil {
		t.Fatal("no index")
	}
	return k
}

// What does not open keeps its user out, and nobody else, and nothing plain takes its place.
func TestSealedDoesNotOpen(t *testing.T) {
	good := content2(t, sealedTable(t, "a"))
	part := strings.SplitAfter(good, "\n")
	line := func(prefix string, nth int) string {
		for _, l := range part {
			if strings.HasPrefix(strings.TrimSpace(l), prefix) {
				if nth--; nth < 0 {
					_, value, _ := strings.Cut(strings.TrimSpace(l), "=")
					return strings.TrimSpace(value)
				}
			}
		}
		t.Fatal(prefix)
		return ""
	}
	hers, tablet, his := line("secret", 0), line("secret", 1), line("secret", 2)
	pin := line("pin", 0)
	for what, c := range map[string]struct {
		from, to string
		by       motp.Sealer
		want     string
		others   bool // are out, too
	}{
		"another user's": {hers, his, keyed("a"), ":4: secret: does not open here", false},
		"another token's": {tablet, hers, keyed("a"), ":7: secret: does not open here",
			false},
		"another field's": {pin, hers, keyed("a"), ":4: pin: does not open here", false},
		"cut":             {hers, hers[:20], keyed("a"), "secret: does not open", false},
		"version 2": {hers, strings.Replace(hers, "v1", "v2", 1), keyed("a"),
			"secret: does not open", false},
		"nothing": {hers, "sealed:", keyed("a"), "secret: does not open here", false},
		"too long": {hers, hers + strings.Repeat("A", 512), keyed("a"), "and too long",
			false},
		"no key":    {"", "", keyed(""), "does not open here", true},
		"no sealer": {"", "", nil, "has no keys", true},
		"the wrong": {"", "", keyed("b"), "does not open here", true},
	} {
		table := Table{write(t, strings.Replace(good, c.from, c.to, 1)).Path, c.by}
		for _, d := range []interface {
			Lookup(string) (Settings, motp.User, error)
		}{table, keptOf(t, table)} {
			_, got, err := d.Lookup("alice")
			var bad *Error
			if !errors.As(err, &bad) || bad.Kind != BadUser || len(got.Tokens) > 0 ||
				!errors.Is(err, motp.ErrSealed) && what != "too long" ||
				!strings.Contains(err.Error(), c.want) {
				t.Errorf("%s: %+v, %v", what, got, err)
			}
			if _, _, err := d.Lookup("bob"); (err != nil) != c.others {
				t.Errorf("%s: bob: %v", what, err)
			}
			if _, _, err := d.Lookup("carol"); !errors.Is(err, ErrNoUser) {
				t.Errorf("%s: carol: %v", what, err)
			}
		}
	}
	row := Table{write(t, "alice "+hers+" 5555\nbob 0123456789abcdef 1234\n").Path, keyed("a")}
	if _, _, err := row.Lookup("alice"); !errors.Is(err, motp.ErrSealed) {
		t.Error("four columns:", err)
	}
	if _, _, err := row.Lookup("bob"); err != nil {
		t.Error("four columns:", err)
	}
}

// Whatever writes a secret or a PIN seals it, and leaves all else as it is.
func TestEditorSeals(t *testing.T) {
	table := sealedTable(t, "a")
	before := content2(t, table)
	e := Editor{Table: table}
	carol := user("carol", secretNew, "4711", 0)
	second := motp.Token{Name: "desk", Type: motp.TOTP, Secret: key, PIN: "90210"}
	for what, edit := range map[string]func() error{
		"add":   func() error { return e.Add(carol) },
		"put":   func() error { return e.Put([]motp.User{carol}, nil) },
		"token": func() error { return e.AddToken("bob", second) },
		"pin":   func() error { return e.Set(Address{"alice", ""}, "pin", "4711") },
		"a new pin": func() error {
			return e.Set(Address{"alice", "tablet"}, "pin",
				"4711")
		},
		"secret": func() error { return e.Set(Address{"bob", ""}, "secret", secretNew) },
	} {
		if err := os.WriteFile(table.Path, []byte(before), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := (Editor{Table: table, DryRun: true}).Set(Address{"bob", ""}, "pin",
			"4711"); err != nil || content2(t, table) != before {
			t.Error("dry run:", err)
		}
		if err := edit(); err != nil {
			t.Errorf("%s: %v", what, err)
			continue
		}
		after := content2(t, table)
		for _, plain := range []string{"4711", "90210", secretNew, "GEZDGNBV"} {
			if strings.Contains(after, plain) {
				t.Errorf("%s: %q stands in\n%s", what, plain, after)
			}
		}
		changed := 0
		for l := range strings.Lines(before) {
			if !strings.Contains(after, l) {
				changed++
			}
		}
		if changed > 1 || after == before {
			t.Errorf("%s: %d lines are others in\n%s", what, changed, after)
		}
		if _, all, err := table.Users(); err != nil ||
			slices.ContainsFunc(all, func(e Entry) bool { return e.Err != nil }) {
			t.Errorf("%s: %+v, %v", what, all, err)
		}
	}
	before = content2(t, table)
	if err := e.Set(Address{"bob", ""}, "pin", "1 2"); err != nil ||
		content2(t, table) != before {
		t.Error("a PIN that is there already was written anew", err)
	}
}

// Edits that touch no secret need no key; those that do are refused where others are sealed.
func TestEditorWithoutKey(t *testing.T) {
	table := sealedTable(t, "a")
	before := content2(t, table)
	e := Editor{Table: Table{table.Path, keyed("")}}
	for what, err := range map[string]error{
		"disable": e.Set(Address{"alice", ""}, "disabled", "yes"),
		"offset":  e.Set(Address{"alice", ""}, "offset", "1h"),
		"unset":   e.Unset(Address{"alice", ""}, "offset"),
		"token":   e.RemoveToken(Address{"alice", "tablet"}),
		"remove":  e.Remove("bob"),
	} {
		if err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
	if _, u, err := table.Lookup("alice"); err != nil || !u.Disabled || len(u.Tokens) != 1 ||
		u.Tokens[0].Secret != "7ac61d4736f51a2b" {
		t.Errorf("%+v, %v", u, err)
	}
	must(t, os.WriteFile(table.Path, []byte(before), 0o600))
	for what, err := range map[string]error{
		"add": e.Add(user("carol", secretNew, "4711", 0)),
		"put": e.Put([]motp.User{user("carol", secretNew, "4711", 0)}, nil),
		"token": e.AddToken("bob", motp.Token{Name: "x", Type: motp.TOTP,
			Secret: key}),
		"pin":       e.Set(Address{"alice", ""}, "pin", "4711"),
		"sealed":    e.Set(Address{"alice", ""}, "pin", "sealed:v1:a:QQ"),
		"sealed s.": e.Set(Address{"alice", ""}, "secret", "sealed:v1:a:QQ"),
	} {
		if err == nil || content2(t, table) != before ||
			!strings.Contains(err.Error(), "there is no key") &&
				!strings.Contains(err.Error(), "must not begin with sealed:") {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// Nothing plain is written into one file of a table while another holds what is sealed.
func TestEditorWithoutKeyInAnotherFile(t *testing.T) {
	const settings = "window = 5m\n"
	for _, own := range []string{"[dave]\nsecret = sealed:v1:a:QQ\n",
		"[dave]\nsecret = sealed:v1:a:QQ\nfruit = red\n"} {
		table := Table{write(t, settings).Path, keyed("")}
		must(t, os.Mkdir(table.Dir(), 0o700))
		must(t, os.WriteFile(table.Dir()+"/dave.conf", []byte(own), 0o600))
		e := Editor{Table: table}
		err := e.Add(user("carol", secretNew, "4711", 0))
		if err == nil || !strings.Contains(err.Error(), "there is no key") ||
			content2(t, table) != settings {
			t.Errorf("beside %q: %v", own, err)
		}
	}
}

// Reseal changes what has to be changed, of those who are meant, and tells what it left.
func TestReseal(t *testing.T) {
	const broken = "[broken]\nsecret = 7ac61d4736f51a2b\npin = 1\nfruit = red\n"
	table := Table{write(t, plainTable+broken).Path, keyed("a")}
	must(t, os.Mkdir(table.Dir(), 0o700))
	own := table.Dir() + "/dave.conf"
	must(t, os.WriteFile(own, []byte("[dave]\nsecret = 7ac61d4736f51a2b\npin = 1\n"), 0o600))
	e := Editor{Table: table}
	rehearsed, err := (Editor{Table: table, DryRun: true}).Reseal(nil)
	if err != nil || content2(t, table) != plainTable+broken {
		t.Fatal("dry run:", err)
	}
	one, err := e.Reseal(func(user string) bool { return user == "bob" })
	if err != nil || one.Values != 2 || !slices.Equal(one.Users, []string{"bob"}) ||
		len(
			one.Left,
		)+len(
			one.Comments,
		) > 0 || !strings.Contains(content2(t, table), "=5555\n") {
		t.Errorf("bob alone: %+v, %v", one, err)
	}
	all, err := e.Reseal(nil)
	if err != nil || all.Values != 5 || rehearsed.Values != 7 || len(all.Left) != 1 ||
		all.Left[0].User != "broken" || !slices.Equal(all.Users, []string{"alice",
		"dave"}) ||
		!slices.Equal(all.Comments, []string{table.Path + ":10"}) ||
		!slices.Equal(all.Files, []string{table.Path, own}) {
		t.Errorf("all: %+v, %v", all, err)
	}
	before := content2(t, table)
	again, err := e.Reseal(nil)
	if err != nil || again.Values != 0 || content2(t, table) != before {
		t.Errorf("again: %+v, %v", again, err)
	}
	// a new key in front, and the old one gone
	e.Table.Sealer = keyed("b a")
	turned, err := e.Reseal(nil)
	if err != nil || turned.Values != 7 || strings.Contains(content2(t, table), ":a:") {
		t.Errorf("rotated: %+v, %v", turned, err)
	}
	e.Table.Sealer = keyed("c")
	lost, err := e.Reseal(nil)
	if err != nil || lost.Values != 0 || len(lost.Left) < 3 {
		t.Errorf("without the key: %+v, %v", lost, err)
	}
	for _, name := range []string{"alice", "bob", "dave"} {
		if _, _, err := (Table{table.Path, keyed("b")}).Lookup(name); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// The four columns have no room; they can become sections, in one step.
func TestSections(t *testing.T) {
	const rows = "# user secret pin hours\n\n# hers\nalice\t7ac61d4736f51a2b\t5555\t1\n" +
		"bob 0123456789abcdef 1234 # his secret\n"
	table := Table{write(t, rows).Path, keyed("a")}
	e := Editor{Table: table}
	_, err := e.Reseal(nil)
	if !errors.Is(err, ErrFourColumns) || content2(t, table) != rows {
		t.Error(err)
	}
	for what, err := range map[string]error{
		"add": e.Add(user("carol", secretNew, "4711", 0)),
		"pin": e.Set(Address{"alice", ""}, "pin", "4711"),
	} {
		if err == nil || content2(t, table) != rows {
			t.Errorf("%s: %v", what, err)
		}
	}
	_, _, err = table.Lookup("alice")
	must(t, err)
	must(t, e.Sections())
	text := content2(t, table)
	for _, there := range []string{"# user secret pin hours\n\n# hers\n", "[alice]\n",
		"offset = 1h\n", "# his secret\n"} {
		if !strings.Contains(text, there) {
			t.Errorf("%q is not in\n%s", there, text)
		}
	}
	if strings.Contains(text, "1234") || strings.Contains(text, "5555") {
		t.Errorf("plain:\n%s", text)
	}
	plain := write(t, rows)
	for _, name := range []string{"alice", "bob"} {
		_, want, err := plain.Lookup(name)
		must(t, err)
		if _, got, err := table.Lookup(name); err != nil || !sameUser(got, want) {
			t.Errorf("%s is %+v, %v", name, got, err)
		}
	}
	bad := Editor{Table: Table{write(t, rows+"dave 1\n").Path, keyed("a")}}
	before := content2(t, bad.Table)
	if err := bad.Sections(); err == nil || content2(t, bad.Table) != before {
		t.Error("a row that nobody can read was converted", err)
	}
}

// counted counts what is opened.
type counted struct {
	keyed
	opened *int
}

func (c counted) Open(user, token, field, sealed string) (string, error) {
	*c.opened++
	return c.keyed.Open(user, token, field, sealed)
}

// For somebody who is not there as much is opened as for somebody who is.
func TestSealedStrangers(t *testing.T) {
	opened := 0
	table := writeTable(t, "[bob]\nsecret = "+secretA+"\npin = 1\n\n[carol]\nsecret = "+
		secretNew+"\npin = 2\n")
	table.Sealer = keyed("a")
	_, err := (Editor{Table: table}).Reseal(nil)
	must(t, err)
	table.Sealer = counted{"a", &opened}
	for _, d := range []interface {
		Lookup(string) (Settings, motp.User, error)
	}{table, keptOf(t, table)} {
		for _, name := range []string{"bob", "mallory", ""} {
			opened = 0
			_, _, err := d.Lookup(name)
			if (err == nil) != (name == "bob") || opened != 2 {
				t.Errorf("%T: %q: %d values were opened, %v", d, name, opened, err)
			}
		}
	}
}

// FuzzSealed holds any table with sections to this: what does not open is nobody's secret; sealing
// leaves nothing plain of whoever can log in, and everybody who they are; and done again, it
// changes nothing.
func FuzzSealed(f *testing.F) {
	sealed, err := keyed("a").Seal("alice", "", "pin", "5555")
	if err != nil {
		f.Fatal(err)
	}
	const alice = "[alice]\nsecret = 7ac61d4736f51a2b\n"
	for _, pin := range []string{sealed, "5555", sealed[:len(sealed)-3], "sealed:",
		"sealed:v2:a:",
		strings.Replace(sealed, ":a:", ":b:", 1), strings.Repeat(sealed, 20)} {
		f.Add(alice + "pin = " + pin + "\n")
		f.Add(alice + "[alice/tablet]\r\npin=" + pin + "\r\nsecret = 1\r\n[bob]\nsecret=2")
	}
	f.Add(plainTable)
	f.Add("[a]\nsecret = " + sealed + "\n; pin = 5555\n[a/b]\ntype = totp\nsecret = hex:00\n")
	f.Fuzz(func(t *testing.T, content string) {
		by := keyed("a")
		x := documentOf("f", []byte(content))
		if _, err := x.settings(); err != nil || strings.Contains(content, "\x00") ||
			x.form() == inColumns {
			return
		}
		before := openAll([]byte(content), x.entries(""), by)
		broken := make(map[string]bool) // by any of their sections
		for _, e := range before {
			broken[e.User.Name] = broken[e.User.Name] || e.Err != nil
			for _, token := range e.User.Tokens {
				if e.Err == nil && (isSealed(token.Secret) || isSealed(token.PIN)) {
					t.Errorf("%q: %s has what is sealed", content, e.User.Name)
				}
			}
		}
		r := resealing{file: "f", by: by}
		if err := r.alter(x); err != nil {
			t.Fatalf("%q: %v", content, err)
		}
		after := slices.Clone(x.bytes())
		if err := r.check(documentOf("f", after)); err != nil {
			t.Fatalf("%q is sealed as %q: %v", content, after, err)
		}
		for i, e := range documentOf("f", after).entries("") {
			for _, value := range e.Values() {
				if !broken[e.User.Name] && value.Text == "" {
					t.Errorf("%q: %s is plain in %q", content, value.Key, after)
				}
			}
			e.open(by)
			if was := before[i]; was.Err == nil &&
				(e.Err != nil || !sameUser(e.User, was.User)) {
				t.Errorf("%q: %v is %v, %v", content, was.User, e.User, e.Err)
			}
		}
		again, y := resealing{file: "f", by: by}, documentOf("f", after)
		if err := again.alter(y); err != nil || again.values > 0 ||
			string(y.bytes()) != string(after) {
			t.Errorf("%q is sealed again as %q, %v", after, y.bytes(), err)
		}
	})
}
