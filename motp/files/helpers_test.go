//go:build linux

package files

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/pam-motp/pam-motp/motp"
	"github.com/pam-motp/pam-motp/motp/memory"
)

// A file as most users have it.
const (
	slotSize  = 2 * smallImage
	fileSize  = 4 * smallImage
	imageSize = smallImage
)

const rfcKey = "12345678901234567890"

var (
	noon  = time.Unix(1296121200, 0) // step 129612120
	alice = motp.User{Name: "alice", Tokens: []motp.Token{{Secret: "0123456789abcdef",
		PIN: "6666"}}}

	dongle = motp.Token{Type: motp.HOTP, Secret: rfcKey, Name: "dongle", Counter: 5}
	dora   = motp.User{Name: "dora", Tokens: []motp.Token{dongle}}
)

// at is the time n steps from noon.
func at(n int64) time.Time { return noon.Add(time.Duration(n) * motp.StepLength) }

// code is what alice's token shows n steps from noon.
func code(n int64) string { return alice.Tokens[0].Code(at(n)) }

// A fixture is a verifier and the store below it.
type fixture struct {
	motp.Verifier
	Store
}

func fixtureIn(dir string, p motp.Policy) fixture {
	store := Store{Dir: dir}
	return fixture{motp.Verifier{Store: store, Policy: p}, store}
}

func (f fixture) Prepare(ctx context.Context, user string) error {
	return f.Verifier.Prepare(ctx, user)
}

func newVerifier(t *testing.T) fixture {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "motp")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	return fixtureIn(dir, motp.DefaultPolicy)
}

func mustVerify(t *testing.T, v fixture, typed string, n int64) motp.Verdict {
	t.Helper()
	res, err := v.Verify(ctx, alice, typed, at(n))
	if err != nil {
		t.Fatal(err)
	}
	return res.Verdict
}

// statusOf is what a file says of a user.
func statusOf(t *testing.T, u motp.User, file []byte) (s motp.Status, err error) {
	t.Helper()
	v := newVerifier(t)
	if err := os.WriteFile(filepath.Join(v.Dir, motp.EncodeName(u.Name)), file,
		0o600); err != nil {
		t.Fatal(err)
	}
	return v.Status(ctx, u, noon)
}

// failed is a record of alice's with some failures, as the first one in its file.
func failed(t *testing.T, failures int) numbered {
	t.Helper()
	v := newVerifier(t)
	for i := range failures {
		mustVerify(t, v, fmt.Sprintf("%06x", i), 0)
	}
	n, _, err := v.read(ctx, "alice")
	if err != nil {
		t.Fatal(err)
	}
	return numbered{seq: 1, record: n.record}
}

// blank is the record of a user who never tried to log in, as the first one in its file.
func blank() numbered {
	v := motp.Verifier{Store: new(memory.Store)}
	err := v.Prepare(ctx, "alice")
	current, viewErr := v.Store.View(ctx, "alice")
	if err != nil || viewErr != nil {
		panic(err)
	}
	return numbered{seq: 1, record: current.Record}
}

// some is a record of some number, as a store sees one.
func some(seq uint64, record string) numbered { return numbered{seq: seq, record: []byte(record)} }

// smallSlot is a record's slot in a small file.
func smallSlot(n numbered) (b []byte, at int64) {
	b, at, err := n.slot("alice", smallImage)
	if err != nil {
		panic(err)
	}
	return b, at
}

// same says that two records are one.
func same(a, b numbered) bool { return a.seq == b.seq && string(a.record) == string(b.record) }
