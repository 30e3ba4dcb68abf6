//go:build linux

package files

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/pam-motp/pam-motp/motp"
)

// The files in testdata were written before this package was one of its own: see the sizes of
// image.go. They are read, and written into, as they are.
func TestEarlierVersion2(t *testing.T) {
	// alice typed a wrong code, used those of steps 0 and 2, and typed two wrong ones, one
	// after the other from noon on.
	v := withFile(t, "alice", "testdata/record-v2")
	if s, err := v.Status(ctx, alice, at(4)); err != nil || s.Failures != 2 || s.Doubt ||
		!s.LastLogin.Equal(at(2)) || s.Tokens[0].LastStep != alice.Tokens[0].Step(at(2)) {
		t.Errorf("%+v, %v", s, err)
	}
	for _, c := range []struct {
		typed string
		want  motp.Verdict
	}{{code(0), motp.Replay}, {code(2), motp.Replay}, {"000002", motp.Repeated},
		{code(1), motp.Accepted}} {
		if got := mustVerify(t, v, c.typed, 4); got != c.want {
			t.Errorf("%s: %v, want %v", c.typed, got, c.want)
		}
	}
}

// One that has grown: at noon carol used a code of each of 16 secrets, one after the other.
func TestEarlierVersion2Grown(t *testing.T) {
	v := withFile(t, "carol", "testdata/record-v2-grown")
	for i := range 16 {
		carol := motp.User{Name: "carol",
			Tokens: []motp.Token{{Name: "app", Type: motp.TOTP,
				Secret: fmt.Sprintf("%020d", i),
				Offset: time.Duration(i) * time.Second}}}
		res, err := v.Verify(ctx, carol, carol.Tokens[0].Code(noon), noon)
		if err != nil || res.Verdict != motp.Replay || res.Doubt {
			t.Errorf("secret %d: %+v, %v; want replay", i, res, err)
		}
	}
	if st, err := os.Stat(v.Dir + "/carol"); err != nil ||
		st.Size() != int64(size(largeImage).file()) {
		t.Errorf("%v, %v", st, err)
	}
}

// One with a PIN that the user has set: alice set 2468 at noon, and logged in with it a step later.
func TestEarlierVersion2WithPIN(t *testing.T) {
	const file, own = "testdata/record-v2-pin", "2468"
	token := alice.Tokens[0]
	token.PIN = own
	v := withFile(t, "alice", file)
	for _, c := range []struct {
		typed string
		want  motp.Verdict
	}{{token.Code(at(0)), motp.Replay}, {token.Code(at(1)), motp.Replay}, {code(2), motp.Wrong},
		{token.Code(at(2)), motp.Accepted}} {
		if got := mustVerify(t, v, c.typed, 2); got != c.want {
			t.Errorf("%s: %v, want %v", c.typed, got, c.want)
		}
	}
	anew := newVerifier(t)
	if res, err := anew.ChangePIN(ctx, alice, code(0), own, noon); err != nil ||
		res.Verdict != motp.Accepted {
		t.Fatalf("%+v, %v", res, err)
	}
	mustVerify(t, anew, token.Code(at(1)), 1)
	if want, err := os.ReadFile(file); err != nil || wholeFile(t, anew) != string(want) {
		t.Errorf("the file has other bytes, %v", err)
	}
}

// withFile is a verifier that has a file of a user's already.
func withFile(t *testing.T, user, file string) fixture {
	t.Helper()
	v := newVerifier(t)
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(v.Dir, user), b, 0o600); err != nil {
		t.Fatal(err)
	}
	return v
}

// What is written is what was written before, byte by byte: who has both versions on one machine,
// or goes back, reads the same.
func TestWrittenAsBefore(t *testing.T) {
	v := newVerifier(t)
	for i, typed := range []string{"000000", code(0), code(2), "000001", "000002"} {
		mustVerify(t, v, typed, int64(i))
	}
	want, err := os.ReadFile("testdata/record-v2")
	if err != nil {
		t.Fatal(err)
	}
	if wholeFile(t, v) != string(want) {
		t.Error("the file has other bytes")
	}
}
