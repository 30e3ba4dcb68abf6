package resident

import (
	"bytes"
	"context"
	"encoding/base64"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pam-motp/pam-motp/conf"
	"github.com/pam-motp/pam-motp/internal/tablesum"
	"github.com/pam-motp/pam-motp/motp"
	"github.com/pam-motp/pam-motp/motp/memory"
)

// A tableStore keeps what is shown.
type tableStore struct {
	memory.Store
	shown []byte
}

func (s *tableStore) ShowTable(_ context.Context, sums []byte) error {
	s.shown = sums
	return nil
}

// The sums that others see are those of all entries, wherever they stand, and of the table as it is
// now; another mark says that it has changed.
func TestShowTable(t *testing.T) {
	file := filepath.Join(t.TempDir(), "fleet.key")
	text := base64.StdEncoding.EncodeToString(make([]byte, conf.FleetKeyLen))
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file+".own", []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	settings := strings.NewReplacer("/fleet.key", file, "= /key", "= "+file+".own").
		Replace(inFleet)
	l := newLab(t, settings+person("alice")+person("bob"))
	there := new(tableStore)
	l.site.WithFleet(func(conf.Fleet) (motp.Store, error) { return there, nil })
	before := l.server.tableMark()
	is := func(what string, users ...string) {
		t.Helper()
		if err := l.server.showTable(t.Context()); err != nil {
			t.Fatal(err)
		}
		_, all, err := l.site.Users()
		if err != nil || len(all) != len(users) {
			t.Fatal(all, err)
		}
		want := tablesum.NewKey("example", make([]byte, conf.FleetKeyLen)).Of()
		for _, e := range all {
			want.Add(e)
		}
		if b, _ := want.Bytes(); len(b) == 0 || !bytes.Equal(b, there.shown) {
			t.Errorf("%s: %x, want %x", what, there.shown, b)
		}
	}
	is("a table", "alice", "bob")
	own := l.site.Table() + ".d"
	if err := os.Mkdir(own, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(own, "carol.conf"), []byte(person("carol")),
		0o600); err != nil {
		t.Fatal(err)
	}
	is("a file beside it", "alice", "bob", "carol")
	if l.server.tableMark() == before {
		t.Error("the mark is the same")
	}
}
