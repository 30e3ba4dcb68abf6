package fleetsetup

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pam-motp/pam-motp/internal/fleetkeys"
)

var (
	now  = time.Date(2027, 1, 2, 3, 4, 5, 0, time.UTC)
	plan = Plan{"example", []Node{{"a", "192.0.2.1"}, {"b", "b.example"}, {"c", "2001:db8::3"}}}
)

func create(t *testing.T) *Folder {
	t.Helper()
	f, err := Create(filepath.Join(t.TempDir(), "fleet"), plan, now)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestPlan(t *testing.T) {
	nodes := func(all ...string) (p Plan, err error) {
		p.Fleet = "example"
		for _, text := range all {
			n, err := ParseNode(text)
			if err != nil {
				return p, err
			}
			p.Nodes = append(p.Nodes, n)
		}
		return p, p.Check()
	}
	p, err := nodes("a=192.0.2.1", "b=b.example", "c=[2001:db8::3]")
	if err != nil || !p.Equal(plan) {
		t.Errorf("%+v, %v", p, err)
	}
	if read, err := parsePlan(plan.text()); err != nil || !read.Equal(plan) {
		t.Errorf("what was written is read as %+v, %v", read, err)
	}
	for _, c := range []struct {
		nodes []string
		says  string
	}{
		{nil, "needs nodes"},
		{[]string{"a"}, "NAME=ADDRESS"},
		{[]string{"a=192.0.2.1:2379"}, "without a port"},
		{[]string{"a=https://a"}, "without a port"},
		{[]string{"=192.0.2.1"}, "must be named"},
		{[]string{"../a=192.0.2.1"}, "must be named"},
		{[]string{"a b=192.0.2.1"}, "must be named"},
		{[]string{"a=192.0.2.1", "b=192.0.2.2"}, "odd number"},
		{[]string{"a=192.0.2.1", "a=192.0.2.2", "b=192.0.2.3"}, "another node's"},
		{[]string{"a=192.0.2.1", "b=192.0.2.2", "c=192.0.2.2"}, "another node's"},
		{strings.Fields("a=a b=b c=c d=d e=e f=f g=g h=h i=i"), "too many"},
	} {
		_, err := nodes(c.nodes...)
		if err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%q: %v", c.nodes, err)
		}
	}
	for _, name := range []string{"", "a b", "a\nb", "-a", strings.Repeat("a", 57)} {
		if (Plan{name, plan.Nodes}).Check() == nil {
			t.Errorf("a fleet is named %q", name)
		}
	}
}

// A folder is made whole, is for its owner alone, and is left as it is by whoever makes another.
func TestCreate(t *testing.T) {
	f := create(t)
	err := filepath.WalkDir(f.At, func(path string, e fs.DirEntry, err error) error {
		info, failed := e.Info()
		if failed == nil && info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s: %v", path, info.Mode())
		}
		return errors.Join(err, failed)
	})
	if err != nil {
		t.Fatal(err)
	}
	files, err := os.ReadDir(filepath.Dir(f.At))
	if err != nil || len(files) != 1 {
		t.Errorf("beside it is %v, %v", files, err)
	}
	before, _ := os.ReadFile(f.Shared())
	if _, err := Create(f.At, plan, now); !errors.Is(err, fs.ErrExist) {
		t.Errorf("another one: %v", err)
	}
	if after, _ := os.ReadFile(f.Shared()); string(after) != string(before) {
		t.Error("its key was replaced")
	}
	if _, err := Open(f.At + "x"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no folder: %v", err)
	}
}

// Each node's certificates are by the authority that the node trusts for that, and its settings
// name files that it is given, and each other node.
func TestNodes(t *testing.T) {
	f := create(t)
	file := regexp.MustCompile(`_FILE=` + nodeKeys + `/(.*)`)
	for _, n := range f.Nodes {
		read := func(name string) []byte {
			text, err := os.ReadFile(filepath.Join(f.NodeFolder(n), name))
			if err != nil {
				t.Fatal(err)
			}
			return text
		}
		for cert, by := range map[string]string{"server": "ca.crt", "peer": "peers.crt"} {
			pair := fleetkeys.Pair{Cert: read(cert + ".crt"), Key: read(cert + ".key")}
			if err := fleetkeys.Fits(read(by), pair); err != nil {
				t.Errorf("%s of %s: %v", cert, n.Name, err)
			}
		}
		if string(read("ca.crt")) == string(read("peers.crt")) {
			t.Error("the nodes trust hosts as they trust each other")
		}
		settings := string(read("etcd.env"))
		for _, m := range file.FindAllStringSubmatch(settings, -1) {
			read(m[1])
		}
		for _, other := range f.Nodes {
			if !strings.Contains(settings, other.Name+"="+other.url(peerPort)) {
				t.Errorf("%s does not know %s:\n%s", n.Name, other.Name, settings)
			}
		}
		if !strings.Contains(string(read("install")), nodeKeys) {
			t.Error("the keys are put elsewhere")
		}
	}
	b, _ := os.ReadFile(filepath.Join(f.NodeFolder(f.Nodes[1]), "etcd.env"))
	for _, want := range []string{"LISTEN_CLIENT_URLS=https://0.0.0.0:2379\n",
		"ADVERTISE_CLIENT_URLS=https://b.example:2379\n",
		"c=https://[2001:db8::3]:2380"} {
		if !strings.Contains(string(b), want) {
			t.Errorf("the settings of a node with a name are\n%s", b)
		}
	}
	want := []string{"https://192.0.2.1:2379", "https://b.example:2379",
		"https://[2001:db8::3]:2379"}
	if got := f.Endpoints(); !slices.Equal(got, want) {
		t.Errorf("hosts ask %v", got)
	}
}

// Who has left never has the same user in etcd again.
func TestHosts(t *testing.T) {
	f := create(t)
	users := func() string {
		t.Helper()
		all, err := f.Users()
		if err != nil {
			t.Fatal(err)
		}
		for _, user := range all {
			if !IsHostUser(user) {
				t.Errorf("%s is no host's", user)
			}
		}
		return strings.Join(all, " ")
	}
	join := func(host string) Bundle {
		t.Helper()
		b, err := f.Join(host, now)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	for _, step := range []struct {
		do   func()
		want string
	}{
		{func() {}, ""},
		{func() { join("web1") }, "web1@1"},
		{func() { join("web2") }, "web1@1 web2@1"},
		{func() { join("web1") }, "web1@1 web2@1"},
		{func() {
			if err := f.Leave("web1"); err != nil {
				t.Error(err)
			}
		}, "web2@1"},
		{func() { join("web1") }, "web1@2 web2@1"},
	} {
		if step.do(); users() != step.want {
			t.Errorf("the users are %q, not %q", users(), step.want)
		}
	}
	if err := f.Leave("web3"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("one that never joined leaves: %v", err)
	}
	for _, bad := range []string{"", "../x", "a/b", "a@1", "a b", ".x"} {
		if _, err := f.Join(bad, now); err == nil {
			t.Errorf("%q joins", bad)
		}
	}
	for _, user := range []string{"root", "motpd", "web1", "web1@", "web1@0", "a@b", "@1"} {
		if IsHostUser(user) {
			t.Errorf("%s is a host's", user)
		}
	}
}

func TestBundle(t *testing.T) {
	b, err := create(t).Join("web1", now)
	if err != nil {
		t.Fatal(err)
	}
	text := b.Text()
	got, err := ParseBundle(text)
	if err != nil || got.Fleet != b.Fleet || got.Host != b.Host ||
		!slices.Equal(got.Endpoints, b.Endpoints) ||
		string(got.CA) != string(b.CA) || string(got.Own.Cert) != string(b.Own.Cert) ||
		string(got.Own.Key) != string(b.Own.Key) || string(got.Shared) != string(b.Shared) {
		t.Errorf("what was written is read as %+v, %v", got, err)
	}
	other, err := create(t).Join("web1", now)
	if err != nil {
		t.Fatal(err)
	}
	mixed := b
	mixed.CA = other.CA
	unkeyed := b
	unkeyed.Own.Key = other.Own.Key
	for what, bad := range map[string][]byte{"nothing": nil, "half": text[:len(text)/2],
		"another authority": mixed.Text(), "another key": unkeyed.Text(),
		"no key of the fleet": Bundle{Fleet: b.Fleet, Host: b.Host, CA: b.CA,
			Endpoints: b.Endpoints, Own: b.Own}.Text()} {
		_, err := ParseBundle(bad)
		if err == nil ||
			strings.Contains(err.Error(), strings.TrimSpace(string(b.Shared))) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// A host takes a new certificate of its fleet, and nothing of another.
func TestPlace(t *testing.T) {
	f := create(t)
	at := Place(filepath.Join(t.TempDir(), "motp"))
	join := func(f *Folder) Bundle {
		t.Helper()
		b, err := f.Join("web1", now)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	holds := func(b Bundle) {
		t.Helper()
		for path, want := range map[string][]byte{at.CA(): b.CA, at.Cert(): b.Own.Cert,
			at.Key(): b.Own.Key, at.Shared(): b.Shared} {
			got, err := os.ReadFile(path)
			info, failed := os.Stat(path)
			if err != nil || string(got) != string(want) || failed != nil ||
				info.Mode() != 0o600 {
				t.Errorf("%s is another, or for others: %v %v", path, err, info)
			}
		}
	}
	if err := at.MayPut(join(f)); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(string(at)); err == nil {
		t.Error("who may has done it")
	}
	for range 2 {
		b := join(f)
		if err := at.Put(b); err != nil {
			t.Fatal(err)
		}
		holds(b)
	}
	b := join(f)
	if err := at.Put(b); err != nil {
		t.Fatal(err)
	}
	if err := at.Put(join(create(t))); !errors.Is(err, ErrOther) {
		t.Errorf("another fleet: %v", err)
	}
	holds(b)
	_ = os.Remove(at.CA())
	_ = os.Remove(at.Shared())
	if err := at.Put(b); !errors.Is(err, ErrOther) {
		t.Errorf("somebody's own certificate: %v", err)
	}
}
