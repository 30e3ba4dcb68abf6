//go:build linux

package files

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/pam-motp/pam-motp/motp"
)

// v1File is a user's file as version 1 wrote it, with the same record in both slots: 15 tokens that
// nobody has any more, each with one used number.
func v1File(user string) []byte {
	file := make([]byte, fileSize)
	for slot := range 2 {
		image := make([]byte, imageSize)
		copy(image, v1Magic)
		put := func(at int, v uint64) { binary.LittleEndian.PutUint64(image[at:], v) }
		put(8, uint64(10+slot))
		put(16, 3) // failures
		for i := range 15 {
			put(64*(i+1), uint64(2*i+1)) // its id
			put(64*(i+1)+8, 9)           // the number
			put(64*(i+1)+16, 1)          // which was used
		}
		put(v1ChecksumAt, checksum(user, image, v1ChecksumAt))
		copy(file[slot*slotSize:], image)
		copy(file[slot*slotSize+imageSize:], image)
	}
	return file
}

// A record of version 1 that is in doubt has no reach: a day is taken for used.
func TestVersion1InDoubt(t *testing.T) {
	v := newVerifier(t)
	file, err := os.ReadFile("testdata/record-v1")
	if err != nil {
		t.Fatal(err)
	}
	clear(file[:slotSize])
	if err := os.WriteFile(filepath.Join(v.Dir, "alice"), file, 0o600); err != nil {
		t.Fatal(err)
	}
	const day = 24 * 360
	for _, n := range []int64{1, 18, day} {
		if got := mustVerify(t, v, code(n), n); got == motp.Accepted {
			t.Errorf("step %d: accepted", n)
		}
	}
	if got := mustVerify(t, v, code(day+20), day+20); got != motp.Accepted {
		t.Errorf("a day later: %v", got)
	}
}

// crowded is a user with more tokens than there is room for beside what writeCrowded writes.
func crowded() motp.User {
	u := motp.User{Name: "alice"}
	for i := range motp.MaxTokens {
		u.Tokens = append(u.Tokens, motp.Token{Name: string(rune('a' + i)), Type: motp.TOTP,
			Secret: string(rune('a'+i)) + "2345678901234567890",
			Offset: time.Duration(i) * time.Second})
	}
	return u
}

// writeCrowded writes a record that grows at the next attempt.
func writeCrowded(t *testing.T, v fixture) {
	t.Helper()
	err := os.WriteFile(filepath.Join(v.Dir, "alice"), v1File("alice"), 0o600)
	if err != nil {
		t.Fatal(err)
	}
}

// A record grows by a file of its own, and does without where there is no room.
func TestGrowth(t *testing.T) {
	for _, room := range []bool{true, false} {
		v, u := newVerifier(t), crowded()
		writeCrowded(t, v)
		path := filepath.Join(v.Dir, "alice")
		if !room {
			grown := growName(recordFile{ino: inodeOf(t, v)})
			if err := os.Mkdir(filepath.Join(v.Dir, grown), 0o700); err != nil {
				t.Fatal(err)
			}
		}
		for i, token := range u.Tokens {
			now := noon.Add(time.Duration(i) * time.Minute)
			for _, want := range []motp.Verdict{motp.Accepted, motp.Replay} {
				res, err := v.Verify(ctx, u, token.Code(now), now)
				if err != nil || res.Verdict != want {
					t.Fatalf("room %v, token %d: %+v, %v; want %v", room, i,
						res, err, want)
				}
			}
		}
		want := int64(fileSize)
		if room {
			want = int64(size(largeImage).file())
		}
		if st, err := os.Stat(path); err != nil || st.Size() != want {
			t.Errorf("room %v: %d bytes, %v; want %d", room, st.Size(), err, want)
		}
		for i, token := range u.Tokens { // all eight are known still
			res, err := v.Verify(ctx, u,
				token.Code(noon.Add(time.Duration(i)*time.Minute)),
				noon.Add(7*time.Minute))
			if err != nil || res.Verdict == motp.Accepted {
				t.Errorf("room %v, token %d: %+v, %v", room, i, res, err)
			}
		}
	}
}
