package motp

import (
	"errors"
	"slices"
	"testing"
	"time"
)

// A token is shown in one place, and for a while: whoever has read the invitation on its way looks
// at the secret in vain, or the user is told.
func TestShowEnrolment(t *testing.T) {
	type look struct {
		place string
		after time.Duration
		want  error
	}
	for name, looks := range map[string][]look{
		"once":                    {{"home", 0, nil}},
		"again, the line dropped": {{"home", 0, nil}, {"home", 59 * time.Minute, nil}},
		"elsewhere":               {{"home", 0, nil}, {"there", time.Minute, ErrShown}},
		"elsewhere, much later":   {{"home", 0, nil}, {"there", 3 * time.Hour, ErrShown}},
		"elsewhere, and at home": {{"home", 0, nil}, {"there", 0, ErrShown},
			{"home", time.Minute, nil}},
		"too late": {{"home", 0, nil}, {"home", time.Hour, ErrShown}},
		"the hour is from the first time": {{"home", 0, nil},
			{"home", 50 * time.Minute, nil}, {"home", 70 * time.Minute, ErrShown}},
		"servers differ a little": {{"home", 0, nil}, {"home", -9 * time.Second, nil}},
		"the clock was set back":  {{"home", 0, nil}, {"home", -time.Minute, ErrShown}},
		"of nowhere in particular": {{"", 0, nil}, {"", time.Minute, nil},
			{"x", 0, ErrShown}},
	} {
		v, u := newVerifier(t), invited()
		u.Tokens[0].Invitation.Until = noon.Add(24 * time.Hour).Unix()
		for n, l := range looks {
			now := noon.Add(l.after)
			_, e, err := v.BeginEnrolment(ctx, u, letter, now)
			if err == nil {
				err = v.ShowEnrolment(ctx, u, e, l.place, now)
			}
			if !errors.Is(err, l.want) || l.want == nil && err != nil {
				t.Errorf("%s: showing %d: %v, want %v", name, n+1, err, l.want)
			}
		}
		s, err := v.Status(ctx, u, noon)
		if err != nil || !s.Tokens[0].Shown.Equal(noon) {
			t.Errorf("%s: shown at %v, %v", name, s.Tokens[0].Shown, err)
		}
	}
}

// Whoever is invited anew is shown the new token, and the record keeps those of the table.
func TestShownAnew(t *testing.T) {
	v := newVerifier(t)
	for n := range byte(3 * maxShowings) {
		u := invited()
		i := &u.Tokens[0].Invitation
		i.Salt[1] = n
		i.Hash = i.hash(u.Tokens[0], "ABCDEFGHIJKLMN23")
		e := enrolling(t, v, u)
		if err := v.ShowEnrolment(ctx, u, e, "home", noon); err != nil {
			t.Fatalf("anew, %d times: %v", n, err)
		}
		if err := v.ShowEnrolment(ctx, u, e, "there", noon); !errors.Is(err, ErrShown) {
			t.Errorf("anew, %d times, and elsewhere: %v", n, err)
		}
	}
	current, err := v.Store.View(ctx, "alice")
	if err != nil {
		t.Fatal(err)
	}
	if r, err := current.read(); err != nil || len(r.shown) != maxShowings {
		t.Errorf("%d are kept, %v", len(r.shown), err)
	}
}

// What a record says of a showing is whole, or the record is none.
func TestShowingInRecord(t *testing.T) {
	r := record{shown: []showing{{1, 2, 3}, {4, 5, 6}}}
	b := r.bytes()
	if read, ok := readRecord(b); !ok || !slices.Equal(read.shown, r.shown) {
		t.Errorf("%v, %v", read.shown, ok)
	}
	for _, n := range []byte{shownSize - 1, shownSize + 1} {
		other := append(slices.Clone(b), entryShown, n, 0)
		if _, ok := readRecord(append(other, make([]byte, n)...)); ok {
			t.Errorf("a showing of %d bytes is read", n)
		}
	}
}
