package motp

import (
	"encoding/binary"
	"testing"
	"time"
)

// v1Record is a record as version 1 wrote it.
func v1Record(lastLogin int64, tokens ...v1Memory) []byte {
	b := make([]byte, v1Size)
	copy(b, v1Magic)
	put := func(at int, v uint64) { binary.LittleEndian.PutUint64(b[at:], v) }
	put(16, 3) // failures
	put(24, uint64(lastLogin))
	put(40, uint64(lastLogin))
	w := writer{}
	for i := range tokens {
		tokens[i].write(&w)
	}
	copy(b[v1TokensAt:], w.b)
	return b
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

// What version 1 knew is carried on, whatever the table says of the token by now; and a token that
// is new in it is not suspected of more than what another may have used.
func TestVersion1IsCarriedOn(t *testing.T) {
	phone := Token{Name: "phone", Secret: "0123456789abcdef", PIN: "6666"}
	app := Token{Name: "app", Type: TOTP, Secret: "12345678901234567890"}
	button := Token{Name: "button", Type: HOTP, Secret: "abcdefghij"}
	named := func(t Token, name string) Token {
		t.Name = name
		return t
	}
	step, number := phone.Step(noon), app.Step(noon)
	twice := Token{Name: "twice", Secret: "aaaaaaaa00000000", PIN: "1234",
		Offset: -4 * time.Minute}
	again := named(twice, "again")
	again.Offset = 0
	full := []v1Memory{v1Used(twice, "twice", step-40, step-30), v1Used(twice, "again", step-1),
		v1Used(phone, "phone", step-2, step), v1Used(app, "app", number),
		v1Used(button, "button", 7)}
	for i := range uint64(10) { // as many as version 1 held
		full = append(full, v1Memory{id: i*2 + 1,
			replay: replay{high: 9, used: [4]uint64{1}}})
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
		{"used before, with another name since", named(phone, "x"),
			phone.CodeAt(step - 2), Replay},
		{"TOTP used, with another name since", named(app, "x"), app.CodeAt(number), Replay},
		{"HOTP used, with another name since", named(button, "x"), button.CodeAt(7), Old},
		{"not used, with another name since", named(phone, "x"),
			phone.CodeAt(step + 1), Accepted},
		{"used by the name of a second token", twice, twice.CodeAt(step - 1), Replay},
		{"used by the name of the first token", twice, twice.CodeAt(step - 40), Replay},
		{"used by neither", twice, twice.CodeAt(step), Accepted},
		{"a new secret", Token{Secret: "ffffffff00000000", PIN: "1"},
			Token{Secret: "ffffffff00000000", PIN: "1"}.CodeAt(step + 1), Accepted},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := verifierOf(t, "alice", v1Record(noon.Unix(), full...), false)
			u := User{Name: "alice", Tokens: []Token{c.token}}
			if c.token.Name == twice.Name {
				u.Tokens = append(u.Tokens, again)
			}
			if s, err := v.Status(ctx, u, noon); err != nil || s.Failures != 3 ||
				!s.LastLogin.Equal(noon) {
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
	phone := Token{Name: "phone", Secret: "fedcba9876543210", PIN: "6666"}
	used := v1Record(0, v1Used(phone, "phone", phone.Step(noon)))
	v := verifierOf(t, "alice", used, false)
	mustVerify(t, v, "000000", 0)
	mustVerify(t, v, "000001", 0)
	u := User{Name: "alice", Tokens: []Token{alice.Tokens[0], phone}}
	if res, err := v.Verify(ctx, u, phone.Code(noon), noon); err != nil ||
		res.Verdict != Replay {
		t.Errorf("%+v, %v; want replay", res, err)
	}
}

// A record of version 1 that is in doubt has no reach: a day is taken for used.
func TestVersion1InDoubt(t *testing.T) {
	used := v1Record(0, v1Used(alice.Tokens[0], "", alice.Tokens[0].Step(noon)))
	v := verifierOf(t, "alice", used, true)
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

// A token that the table lacks when version 2 comes, and that returns later under another name,
// finds its codes used; and so does one whose record came from a backup in the meantime.
func TestVersion1MemoryOfWhoReturns(t *testing.T) {
	other := Token{Name: "other", Secret: "1111111122222222", PIN: "1234"}
	for _, old := range []Token{
		{Name: "old", Secret: "fedcba9876543210", PIN: "6666"},
		{Name: "old", Type: TOTP, Secret: "12345678901234567890"},
		{Name: "old", Type: TOTP, Secret: "12345678901234567890", Period: time.Minute},
		{Name: "old", Type: HOTP, Secret: "12345678901234567890"},
	} {
		number := old.Step(noon)
		if old.counts() {
			number = 7
		}
		for _, restored := range []bool{false, true} {
			v := verifierOf(t, "alice",
				v1Record(noon.Unix(), v1Used(old, "old", number)), false)
			without := User{Name: "alice", Tokens: []Token{other}}
			if _, err := v.Verify(ctx, without, "000000", noon); err != nil {
				t.Fatal(err)
			}
			used := number
			if restored {
				used++ // after the backup
				if err := v.Restored(ctx, User{Name: "alice"}, noon,
					0); err != nil {
					t.Fatal(err)
				}
			}
			back := old
			back.Name = "back"
			with := User{Name: "alice", Tokens: []Token{other, back}}
			res, err := v.Verify(ctx, with, back.Answer(used), noon)
			if err != nil || res.Verdict != Replay && res.Verdict != Old {
				t.Errorf("%v, restored %v: %+v, %v; want a refusal", old.Type,
					restored, res, err)
			}
		}
	}
}
