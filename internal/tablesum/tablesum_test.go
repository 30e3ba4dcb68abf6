package tablesum

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/pam-motp/pam-motp/conf"
	"github.com/pam-motp/pam-motp/motp"
)

var fleetKey = []byte("0123456789abcdef0123456789abcdef")

// sums are those of a table.
func sums(t *testing.T, k Key, text string) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "motp.conf")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	_, all, err := conf.Table{Path: path}.Users()
	if err != nil {
		t.Fatal(err)
	}
	s := k.Of()
	for _, e := range all {
		s.Add(e)
	}
	b, ok := s.Bytes()
	if !ok {
		t.Fatal("too many")
	}
	return b
}

const (
	alice = "[alice]\nsecret = 0123456789abcdef\npin = 4917\n"
	bob   = "[bob]\nsecret = fedcba9876543210\npin = 4918\n"
	phone = "[alice/phone]\ntype = totp\nsecret = JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP\n"
)

// Whatever an entry says is compared, for those who are in both tables and are not local.
func TestDiffer(t *testing.T) {
	k := NewKey("example", fleetKey)
	here := sums(t, k, alice+phone+bob)
	const bobWith, zoe = "[bob]\nsecret = fedcba987654321", "[zoe]\nsecret = 1123456789abcdef\n"
	for name, c := range map[string]struct {
		there string
		want  []string
	}{
		"the same":          {alice + phone + bob, nil},
		"in another order":  {bob + alice + phone, nil},
		"somebody more":     {zoe + alice + phone, nil},
		"nobody":            {"window = 1m\n", nil},
		"another secret":    {bobWith + "1\npin = 4918\n", []string{"bob"}},
		"another PIN":       {bobWith + "0\npin = 4919\n", []string{"bob"}},
		"an offset":         {bob + "offset = 60\n", []string{"bob"}},
		"disabled":          {bob + "disabled = yes\n", []string{"bob"}},
		"broken":            {bob + "x = y\n", []string{"bob"}},
		"local":             {bob + "local = yes\noffset = 60\n", nil},
		"a token less":      {alice + bob, []string{"alice"}},
		"digits":            {alice + phone + "digits = 8\n" + bob, []string{"alice"}},
		"twice":             {bob + bob, []string{"bob"}},
		"a PIN, and others": {alice + bob + "offset = 1\n", []string{"alice", "bob"}},
	} {
		var want []string
		for _, name := range c.want {
			want = append(want, k.Tag(name))
		}
		slices.Sort(want)
		if got := Differ(here, sums(t, k, c.there)); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q of %q", name, got, want, c.want)
		}
	}
}

// Without the key of the fleet nothing can be found out of names or what is said of them.
func TestKey(t *testing.T) {
	of := NewKey("example", fleetKey)
	for name, other := range map[string]Key{
		"another key":   NewKey("example", bytes.Repeat([]byte{1}, len(fleetKey))),
		"another fleet": NewKey("other", fleetKey)} {
		if a, b := sums(t, of, alice), sums(t, other, alice); bytes.Equal(
			a[:tagLen],
			b[:tagLen],
		) ||
			bytes.Equal(a[tagLen:], b[tagLen:]) {
			t.Errorf("%s makes the same sums", name)
		}
	}
}

// Who stands in one table twice, with the entry of the other, is not the same.
func TestTwice(t *testing.T) {
	e := conf.Entry{User: motp.User{Name: "bob"}}
	once, twice := NewKey("example", fleetKey).Of(), NewKey("example", fleetKey).Of()
	once.Add(e)
	twice.Add(e)
	twice.Add(e)
	a, _ := once.Bytes()
	b, _ := twice.Bytes()
	if len(Differ(a, b)) != 1 || len(Differ(b, a)) != 1 || Differ(b, b) != nil {
		t.Errorf("%q, %q", Differ(a, b), Differ(b, a))
	}
}
