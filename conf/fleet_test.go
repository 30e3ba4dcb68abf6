package conf

import (
	"encoding/base64"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pam-motp/pam-motp/motp"
)

// inFleet are the settings that a fleet needs.
const inFleet = "store = etcd https://a.example:2379 https://b.example:2379\n" +
	"store_ca = /etc/motp/ca.crt\nstore_cert = /etc/motp/motpd.crt\n" +
	"store_key = /etc/motp/motpd.key\nfleet = example\nfleet_key = /etc/motp/fleet.key\n"

func exampleFleet() Fleet {
	return Fleet{Nodes: []string{"https://a.example:2379", "https://b.example:2379"},
		CA: "/etc/motp/ca.crt", Cert: "/etc/motp/motpd.crt", Key: "/etc/motp/motpd.key",
		Name: "example", KeyFile: "/etc/motp/fleet.key",
		Call: 400 * time.Millisecond, Wait: 4 * time.Second}
}

func TestFleet(t *testing.T) {
	other := exampleFleet()
	other.Nodes = []string{
		"https://[2001:db8::1]:1",
		"https://192.0.2.7:65535",
		"https://c_d-e.F:80",
	}
	other.Call, other.Wait = 50*time.Millisecond, 7*time.Second
	edge := exampleFleet()
	edge.Call, edge.Wait = 500*time.Millisecond, time.Second
	for text, want := range map[string]Fleet{
		"":                        {},
		"window = 1m\n":           {},
		inFleet:                   exampleFleet(),
		"window = 1m\n" + inFleet: exampleFleet(),
		strings.ReplaceAll(inFleet, "https://a.example:2379 https://b.example:2379",
			"\thttps://[2001:db8::1]:1  https://192.0.2.7:65535\thttps://c_d-e.F:80") +
			"store_call=50ms\nstore_wait=7s\n": other,
		inFleet + "store_wait = 1s\nstore_call = 0.5s\n": edge,
	} {
		settings, err := write(t, text+zoe).Settings()
		if err != nil || !settings.Fleet.Equal(want) ||
			settings.Fleet.IsZero() != reflect.DeepEqual(want, Fleet{}) {
			t.Errorf("%q: %+v, %v; want %+v", text, settings.Fleet, err, want)
		}
	}
}

// without takes the line of a setting out of inFleet.
func without(keys ...string) string {
	var left []string
	for line := range strings.Lines(inFleet) {
		if key, _, _ := strings.Cut(line, " "); !slices.Contains(keys, key) {
			left = append(left, line)
		}
	}
	return strings.Join(left, "")
}

// with gives a setting another value, in its own line.
func with(key, value string) string {
	return without(key) + key + " = " + value + "\n"
}

// Half a set of settings is a mistake, and the error says which is missing: whoever has named a
// store must not have a memory of this host's alone.
func TestFleetWithMistakes(t *testing.T) {
	const (
		meaning  = ": has a meaning only with store"
		needs    = ":1: store: is not all that a fleet needs: "
		form     = "store: must be etcd and its nodes"
		nodes    = "store: must name nodes as https://NAME:PORT"
		path     = ": must be the path of a file"
		name     = "fleet: must be a name of 1 to 64 letters"
		duration = ": must be a duration from "
	)
	long := strings.Repeat("x", 65)
	for text, want := range map[string]string{
		without("store"):     "store_ca" + meaning,
		"store_call = 1s\n":  "store_call" + meaning,
		"store_wait = 1s\n":  "store_wait" + meaning,
		"fleet = x\n":        "fleet" + meaning,
		without("store_ca"):  needs + "store_ca must be set, too",
		without("fleet_key"): needs + "fleet_key must be set, too",
		without("store_cert", "fleet"): needs +
			"store_cert, fleet must be set, too",
		with("store", ""):                  form,
		with("store", "etcd"):              form,
		with("store", "https://a:1"):       form,
		with("store", "redis https://a:1"): form,
		with("store", "etcd "+strings.Repeat("https://a:1 ", 17)): "store: names more " +
			"than 16 nodes",
		with("store", "etcd https://a:1 https://a:1"): "store: names a node twice",
		with("store_ca", "ca.crt"):                    "store_ca" + path,
		with("store_cert", "/etc/"):                   "store_cert" + path,
		with("store_key", ""):                         "store_key" + path,
		with("fleet_key", "/a\a"):                     "fleet_key" + path,
		with("fleet", "two words"):                    name,
		with("fleet", long):                           name,
		with("fleet", ""):                             name,
		inFleet + "store_call = 49ms\n":               "store_call" + duration + "50ms",
		inFleet + "store_call = 3001ms\n":             "store_call" + duration,
		inFleet + "store_call = 400.5ms\n":            "store_call" + duration,
		inFleet + "store_call = 400\n":                "store_call" + duration,
		inFleet + "store_wait = 900ms\n":              "store_wait" + duration + "1s to 7s",
		inFleet + "store_wait = 7001ms\n":             "store_wait" + duration,
		inFleet + "store_call = 2001ms\n":             ":7: store_call: leaves no time",
		inFleet + inFleet:                             ":7: store: is set twice",
		inFleet + "store_wait = 1s\nstore_call = 501ms\n": ":8: store_call: leaves no " +
			"time for a second node",
	} {
		wrongFleet(t, text, want)
	}
	for _, node := range []string{"https://a:1,", "http://a:1", "a:1", "https://a",
		"https://:1", "https://a:0", "https://a:01", "https://a:+1", "https://a:65536",
		"https://a:1/", "https://x@a:1", "https://[::1:1", "https://[a.b/]:1",
		"https://[]:1"} {
		wrongFleet(t, with("store", "etcd https://b:1 "+node), nodes)
	}
}

// wrongFleet holds that settings keep everybody out, with an error that says so.
func wrongFleet(t *testing.T, text, want string) {
	t.Helper()
	table := write(t, text+zoe)
	settings, err := table.Settings()
	_, _, same := table.Lookup("zoe")
	var bad *Error
	if !errors.As(err, &bad) || bad.Kind != BadSettings ||
		!strings.Contains(err.Error(), want) || !settings.Fleet.IsZero() ||
		!reflect.DeepEqual(err, same) {
		t.Errorf("%q: %+v, %v; %v; want %q", text, settings.Fleet, err, same, want)
	}
}

// Every part of the settings counts where it is asked whether they have changed.
func TestFleetEqual(t *testing.T) {
	for i := range reflect.TypeFor[Fleet]().NumField() {
		f := exampleFleet()
		field := reflect.ValueOf(&f).Elem().Field(i)
		switch field.Kind() {
		case reflect.String:
			field.SetString("other")
		case reflect.Slice:
			field.Set(field.Slice(0, 1))
		default:
			field.SetInt(1)
		}
		if f.Equal(exampleFleet()) || !f.Equal(f) || f.IsZero() {
			t.Errorf("%+v", f)
		}
	}
}

// The fleet's key is read from a private file, and no error tells it.
func TestFleetReadKey(t *testing.T) {
	key := []byte(strings.Repeat("k", FleetKeyLen))
	right := base64.StdEncoding.EncodeToString(key)
	for text, ok := range map[string]bool{
		right: true, right + "\n": true, " \n" + right + " ": true, "": false,
		right[:40]:  false,
		string(key): false, right + right: false, "# key\n" + right: false,
		base64.RawStdEncoding.EncodeToString(key): false,
	} {
		path := filepath.Join(t.TempDir(), "fleet.key")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := Fleet{KeyFile: path}.ReadKey()
		if (err == nil) != ok || ok && string(got) != string(key) {
			t.Errorf("%q: %q, %v", text, got, err)
		}
		if err != nil && (!strings.Contains(err.Error(), path) ||
			len(text) > 8 && strings.Contains(err.Error(), text[:8])) {
			t.Errorf("%q: %v", text, err)
		}
		if err := os.Chmod(path, 0o640); err != nil {
			t.Fatal(err)
		}
		if _, err := (Fleet{KeyFile: path}).ReadKey(); !errors.Is(err, ErrExposed) {
			t.Errorf("readable by others: %v", err)
		}
	}
}

// The key of this host's certificate is as private: with it, others forget what was used.
func TestFleetReadKeyBesideAnExposedOne(t *testing.T) {
	dir := t.TempDir()
	f := Fleet{KeyFile: filepath.Join(dir, "fleet.key"), Key: filepath.Join(dir, "motpd.key")}
	key := base64.StdEncoding.EncodeToString(make([]byte, FleetKeyLen))
	if err := os.WriteFile(f.KeyFile, []byte(key), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := f.ReadKey(); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no key: %v", err)
	}
	for mode, want := range map[fs.FileMode]error{0o640: ErrExposed, 0o604: ErrExposed,
		0o600: nil, 0o400: nil} {
		if err := os.WriteFile(f.Key, []byte("a key"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(f.Key, mode); err != nil {
			t.Fatal(err)
		}
		if _, err := f.ReadKey(); !errors.Is(err, want) {
			t.Errorf("%v: %v, want %v", mode, err, want)
		}
		if err := os.Remove(f.Key); err != nil {
			t.Fatal(err)
		}
	}
}

// What is looked up for one user says where that user's record is, and every entry does, too.
func TestLocal(t *testing.T) {
	const users = "[root]\nlocal = yes\nsecret = 0123456789abcdef\npin = 1234\n" +
		"[rooter]\nlocal=no\nsecret = 1\npin = 1234\n" +
		"[broken]\nlocal = yes\nsecret = 2\n[alice]\nsecret = 3\npin = 1234\n" +
		"[alice/local]\nsecret = 4\npin = 1234\n"
	own := "[ann]\nsecret = 5\npin = 1234\nlocal = yes\n"
	for _, settings := range []string{inFleet, ""} {
		table := write(t, settings+users)
		writeOwn(t, table, "ann", own)
		kept := keep(table)
		indexed(t, kept)
		var want Fleet
		if settings != "" {
			want = exampleFleet()
		}
		local := map[string]bool{"root": true, "rooter": false, "broken": false,
			"alice": false, "nobody": false, "": false, "ann": true}
		for name, local := range local {
			want := want
			if local {
				want = Fleet{}
			}
			for _, d := range []interface {
				Lookup(string) (Settings, motp.User, error)
			}{table, kept} {
				got, _, _ := d.Lookup(name)
				if !got.Fleet.Equal(want) {
					t.Errorf("%T, %q: %+v, want %+v", d, name, got.Fleet, want)
				}
			}
		}
		if all, err := table.Settings(); err != nil || !all.Fleet.Equal(want) {
			t.Errorf("%+v, %v", all, err)
		}
		_, entries, err := table.Users()
		if err != nil || len(entries) != 5 {
			t.Fatalf("%v, %v", entries, err)
		}
		for _, e := range entries {
			if e.Local != local[e.User.Name] ||
				e.Fleet.IsZero() != (e.Local || want.IsZero()) {
				t.Errorf("%+v", e)
			}
		}
	}
}

func TestLocalWithMistakes(t *testing.T) {
	for text, want := range map[string]string{
		"[zoe]\nlocal = maybe\nsecret = 1\npin = 1\n":   "local: must be yes or no",
		"[zoe]\nlocal =\nsecret = 1\npin = 1\n":         "local: must be yes or no",
		zoe + "[zoe/a]\nlocal = yes\nsecret=1\npin=1\n": "local: stands in the user's own",
		"local = yes\n" + zoe:                           "local: unknown setting",
	} {
		if _, _, err := write(t, text).Lookup("zoe"); err == nil ||
			!strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

// No change of the table moves a record from one place to the other, but the one that is asked for.
func TestEditsKeepLocal(t *testing.T) {
	root := motp.User{Name: "root", Tokens: []motp.Token{{Secret: "fedcba9876543210",
		PIN: "1235"}}}
	table := func() Table {
		return write(t, inFleet+"[root]\nlocal = yes\nsecret = 0123456789abcdef\n"+
			"pin = 1234\n\n[alice]\nsecret = 1\npin = 1234\n")
	}
	of := Address{User: "root"}
	set := func(key, value string) func(Editor) error {
		return func(e Editor) error { return e.Set(of, key, value) }
	}
	for name, c := range map[string]struct {
		edit  func(Editor) error
		local bool
	}{
		"set":          {set("pin", "9999"), true},
		"disabled":     {set("disabled", "yes"), true},
		"local, again": {set("local", "yes"), true},
		"not local":    {set("local", "no"), false},
		"unset":        {func(e Editor) error { return e.Unset(of, "local") }, false},
		"others":       {func(e Editor) error { return e.Remove("alice") }, true},
		"replaced": {func(e Editor) error {
			return e.Put(nil, []motp.User{root})
		}, true},
		"token": {func(e Editor) error {
			return e.AddToken("root", motp.Token{Name: "a", Secret: "2", PIN: "1234"})
		}, true},
		"added": {func(e Editor) error {
			return e.Put([]motp.User{{Name: "bob", Tokens: root.Tokens}}, nil)
		}, true},
	} {
		at := table()
		if err := c.edit(Editor{Table: at}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if s, _, err := at.Lookup("root"); err != nil || s.Fleet.IsZero() != c.local {
			t.Errorf("%s: %+v, %v", name, s.Fleet, err)
		}
	}
	at := table()
	e := Editor{Table: at}
	if err := e.Set(Address{"alice", ""}, "local", "yes"); err != nil {
		t.Error(err)
	}
	if s, _, err := at.Lookup("alice"); err != nil || !s.Fleet.IsZero() {
		t.Errorf("%+v, %v", s.Fleet, err)
	}
	if err := e.Set(Address{"alice", ""}, "local", "maybe"); err == nil ||
		!strings.Contains(err.Error(), "local: must be yes or no") {
		t.Error(err)
	}
}

// Where a record is, is never older than the question, whether or not it is remembered that there
// is no fleet.
func TestPlaces(t *testing.T) {
	table := write(t, zoe)
	p := PlacesIn(table.Path)
	p.now = later
	is := func(what, name string, want bool) {
		t.Helper()
		if f, err := p.Of(name); err != nil || f.IsZero() == want {
			t.Errorf("%s, %q: %+v, %v", what, name, f, err)
		}
	}
	rewrite := func(text string) {
		t.Helper()
		if err := os.WriteFile(table.Path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"zoe", "nobody", ""} {
		is("no fleet", name, false)
	}
	if p.none.Load() == nil {
		t.Error("that there is no fleet is not remembered")
	}
	rewrite(inFleet + zoe + "local = yes\n[alice]\nsecret = 1\n")
	is("a fleet", "zoe", false)
	for _, name := range []string{"alice", "nobody", ""} {
		is("a fleet", name, true)
	}
	rewrite(zoe)
	is("no fleet any more", "alice", false)
	rewrite("store = x\n" + zoe)
	if _, err := p.Of("zoe"); err == nil {
		t.Error("a mistake in the settings is passed over")
	}
	p.now, p.none = before, atomic.Pointer[stamp]{}
	rewrite(zoe)
	is("a table that was just written", "zoe", false)
	if p.none.Load() != nil {
		t.Error("the times of a file that was just written are trusted")
	}
	if err := os.Remove(table.Path); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Of("zoe"); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
}
