//go:build linux

package files

import (
	"os"
	"slices"
	"testing"
)

// Each name is found in the folder again, and nothing else there is taken for one.
func TestNames(t *testing.T) {
	v := newVerifier(t)
	want := []string{"alice", "Alice", "alice@example.com", "EXAMPLE\\alice", "-x",
		".hidden", "a%41",
		"\x00", "ü", "a/b", "%"}
	for _, name := range want {
		if err := v.Prepare(ctx, name); err != nil {
			t.Fatal(err)
		}
	}
	v.VerifyUnknown(ctx, "mallory", "000000", noon)
	for _, other := range []string{".new-alice", "%zz", "%2f", "a%4", "a b"} {
		if err := os.WriteFile(v.Dir+"/"+other, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	got, err := v.Names(ctx)
	slices.Sort(got)
	slices.Sort(want)
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("%q, %v; want %q", got, err, want)
	}
}
