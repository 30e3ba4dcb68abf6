//go:build linux

package files

import (
	"os"
	"testing"

	"github.com/pam-motp/pam-motp/motp"
	"github.com/pam-motp/pam-motp/motp/storetest"
)

// The store keeps to what package motp asks of any.
func TestStore(t *testing.T) {
	storetest.Run(t, func(t *testing.T) storetest.Subject {
		store := Store{Dir: newVerifier(t).Dir}
		return storetest.Subject{
			Store: store,
			Again: func(t *testing.T) motp.Store {
				// by another path, so that calls meet in the kernel only, as
				// processes do
				return Store{Dir: store.Dir + "/../motp"}
			},
			Tear: func(t *testing.T, user string, way int) bool {
				return tear(t, store, user, way)
			},
			Hold: func(t *testing.T, user string) func() {
				c := startChild(t, "hold", store.Dir+"/"+user)
				c.says(t, "held")
				return func() { c.end(t) }
			},
		}
	})
}

// tear spoils a file: each subset of its four images, and each end of it.
func tear(t *testing.T, store Store, user string, way int) bool {
	t.Helper()
	path := store.Dir + "/" + motp.EncodeName(user)
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	const subsets, pieces = 1 << 4, 17
	switch {
	case way < subsets:
		for i := range 4 {
			if way>>i&1 == 1 {
				clear(b[i*imageSize:][:imageSize])
			}
		}
	case way < subsets+pieces:
		b = b[:len(b)*(way-subsets)/pieces]
	default:
		return false
	}
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return true
}
