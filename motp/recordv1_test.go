package motp

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

// v1File is a user's file as version 1 wrote it, with the same record in both slots.
func v1File(user string, lastLogin int64, tokens ...v1Memory) []byte {
	file := make([]byte, fileSize)
	for slot := range 2 {
		image := make([]byte, imageSize)
		copy(image, v1Magic)
		put64(image[8:], uint64(10+slot))
		put64(image[16:], 3) // failures
		put64(image[24:], uint64(lastLogin))
		put64(image[40:], uint64(lastLogin))
		w := writer{}
		for i := range tokens {
			tokens[i].write(&w)
		}
		copy(image[v1HeaderSize:], w.b)
		put64(image[v1ChecksumAt:], checksum(user, image, v1ChecksumAt))
		copy(file[slot*slotSize:], image)
		copy(file[slot*slotSize+imageSize:], image)
	}
	return file
}

// v1Used is what version 1 knew of a token that used some numbers.
func v1Used(t Token, name string, numbers ...int64) v1Memory {
	m := v1Memory{id: v1ID(t, name)}
	for _, n := range numbers {
		if t.Type == HOTP {
			m.burn(n)
		} else {
			m.use(n)
		}
	}
	return m
}

// What version 1 knew is carried on, whatever the table says of the token by now; and a token that is
// new in it is not suspected of more than what another may have used.
func TestVersion1IsCarriedOn(t *testing.T) {
	phone := Token{Name: "phone", Secret: "0123456789abcdef", PIN: "6666"}
	app := Token{Name: "app", Type: TOTP, Secret: "12345678901234567890"}
	button := Token{Name: "button", Type: HOTP, Secret: "abcdefghij"}
	named := func(t Token, name string) Token {
		t.Name = name
		return t
	}
	step, number := phone.Step(noon), app.Step(noon)
	twice := Token{Name: "twice", Secret: "aaaaaaaa00000000", PIN: "1234", Offset: -4 * time.Minute}
	again := named(twice, "again")
	again.Offset = 0
	full := []v1Memory{v1Used(twice, "twice", step-40, step-30), v1Used(twice, "again", step-1),
		v1Used(phone, "phone", step-2, step), v1Used(app, "app", number),
		v1Used(button, "button", 7)}
	for i := range uint64(10) { // as many as version 1 held
		full = append(full, v1Memory{id: i*2 + 1, replay: replay{high: 9, used: [4]uint64{1}}})
	}
	for _, c := range []struct {
		name  string
		token Token
		typed string
		want  Verdict
	}{
		{"used", phone, phone.CodeAt(step), Replay},
		{"used before", phone, phone.CodeAt(step - 2), Replay},
		{"not used", phone, phone.CodeAt(step - 1), Accepted},
		{"from before", phone, phone.CodeAt(step - 18), Accepted},
		{"used, TOTP", app, app.CodeAt(number), Replay},
		{"not used, TOTP", app, app.CodeAt(number + 1), Accepted},
		{"used, HOTP", button, button.CodeAt(7), Replay},
		{"not used, HOTP", button, button.CodeAt(8), Accepted},
		{"used, with another name since", named(phone, "x"), phone.CodeAt(step), Replay},
		{"used before, with another name since", named(phone, "x"), phone.CodeAt(step - 2), Replay},
		{"TOTP used, with another name since", named(app, "x"), app.CodeAt(number), Replay},
		{"HOTP used, with another name since", named(button, "x"), button.CodeAt(7), Old},
		{"not used, with another name since", named(phone, "x"), phone.CodeAt(step + 1), Accepted},
		{"used by the name of a second token", twice, twice.CodeAt(step - 1), Replay},
		{"used by the name of the first token", twice, twice.CodeAt(step - 40), Replay},
		{"used by neither", twice, twice.CodeAt(step), Accepted},
		{"a new secret", Token{Secret: "ffffffff00000000", PIN: "1"},
			Token{Secret: "ffffffff00000000", PIN: "1"}.CodeAt(step + 1), Accepted},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := newVerifier(t)
			path := filepath.Join(v.Dir, "alice")
			if err := os.WriteFile(path, v1File("alice", noon.Unix(), full...), 0o600); err != nil {
				t.Fatal(err)
			}
			u := User{Name: "alice", Tokens: []Token{c.token}}
			if c.token.Name == twice.Name {
				u.Tokens = append(u.Tokens, again)
			}
			if s, err := v.Status(ctx, u, noon); err != nil || s.Failures != 3 || !s.LastLogin.Equal(noon) {
				t.Errorf("status %+v, %v", s, err)
			}
			for range 2 { // from the converted record, too
				res, err := v.Verify(ctx, u, c.typed, noon)
				if err != nil || res.Verdict != c.want || res.Doubt {
					t.Errorf("%+v, %v; want %v", res, err, c.want)
				}
				if c.want == Accepted {
					c.want = Replay
				}
			}
		})
	}
}

// The token's name may return later: what version 1 knew of it waits.
func TestVersion1MemoryWaitsForItsToken(t *testing.T) {
	v := newVerifier(t)
	phone := Token{Name: "phone", Secret: "fedcba9876543210", PIN: "6666"}
	file := v1File("alice", 0, v1Used(phone, "phone", phone.Step(noon)))
	if err := os.WriteFile(filepath.Join(v.Dir, "alice"), file, 0o600); err != nil {
		t.Fatal(err)
	}
	mustVerify(t, v, "000000", 0)
	mustVerify(t, v, "000001", 0)
	u := User{Name: "alice", Tokens: []Token{alice.Tokens[0], phone}}
	if res, err := v.Verify(ctx, u, phone.Code(noon), noon); err != nil || res.Verdict != Replay {
		t.Errorf("%+v, %v; want replay", res, err)
	}
}

// A record of version 1 that is in doubt has no reach: a day is taken for used.
func TestVersion1InDoubt(t *testing.T) {
	v := newVerifier(t)
	file := v1File("alice", 0, v1Used(alice.Tokens[0], "", alice.Tokens[0].Step(noon)))
	clear(file[:slotSize])
	if err := os.WriteFile(filepath.Join(v.Dir, "alice"), file, 0o600); err != nil {
		t.Fatal(err)
	}
	const day = 24 * 360
	for _, n := range []int64{1, 18, day} {
		if got := mustVerify(t, v, code(n), n); got == Accepted {
			t.Errorf("step %d: accepted", n)
		}
	}
	if got := mustVerify(t, v, code(day+20), day+20); got != Accepted {
		t.Errorf("a day later: %v", got)
	}
}

// crowded is a user with more tokens than there is room for beside what writeCrowded writes.
func crowded() User {
	u := User{Name: "alice"}
	for i := range MaxTokens {
		u.Tokens = append(u.Tokens, Token{Name: string(rune('a' + i)), Type: TOTP,
			Secret: string(rune('a'+i)) + "2345678901234567890",
			Offset: time.Duration(i) * time.Second})
	}
	return u
}

// writeCrowded writes a record that grows at the next attempt.
func writeCrowded(t *testing.T, v Verifier) {
	t.Helper()
	var full []v1Memory
	for i := range uint64(15) {
		full = append(full, v1Memory{id: i*2 + 1, replay: replay{high: 9, used: [4]uint64{1}}})
	}
	err := os.WriteFile(filepath.Join(v.Dir, "alice"), v1File("alice", 0, full...), 0o600)
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
			for _, want := range []Verdict{Accepted, Replay} {
				res, err := v.Verify(ctx, u, token.Code(now), now)
				if err != nil || res.Verdict != want {
					t.Fatalf("room %v, token %d: %+v, %v; want %v", room, i, res, err, want)
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
			res, err := v.Verify(ctx, u, token.Code(noon.Add(time.Duration(i)*time.Minute)),
				noon.Add(7*time.Minute))
			if err != nil || res.Verdict == Accepted {
				t.Errorf("room %v, token %d: %+v, %v", room, i, res, err)
			}
		}
	}
}
