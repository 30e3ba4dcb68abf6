package motp

import (
	"context"
	"slices"
	"testing"
)

// ctx is for the tests that nobody cancels.
var ctx = context.Background()

// A shelf is a store that takes the contract at its word: it runs each change twice, the first
// time with little room and in vain, and spoils the bytes that it has handed out.
type shelf struct{ records map[string]Current }

// shelfRoom is what a file has at most.
const shelfRoom = 4064

func (s *shelf) Update(_ context.Context, user string, change Change) error {
	if err := CheckName(user); err != nil {
		return err
	}
	var next Next
	var err error
	for _, room := range []int{shelfRoom / 4, shelfRoom} {
		current := s.records[user]
		current.Record, current.Room = slices.Clone(current.Record), room
		next, err = change(current)
		for i := range current.Record {
			current.Record[i] ^= 0xff
		}
	}
	if err != nil {
		return err
	}
	s.records[user] = Current{Record: slices.Clone(next.Record)}
	return nil
}

func (s *shelf) View(_ context.Context, user string) (Current, error) {
	return s.records[user], nil
}

func (s *shelf) Prepare(ctx context.Context, user string, first Change) error {
	if s.records[user].Record != nil {
		return nil
	}
	return s.Update(ctx, user, first)
}

func (s *shelf) Forget(_ context.Context, user string) error {
	delete(s.records, user)
	return nil
}

func (s *shelf) Rehearse(_ context.Context, _ string, change Change) {
	_, _ = change(Current{Room: shelfRoom})
}

func (s *shelf) Names(context.Context) (names []string, err error) {
	for name := range s.records {
		names = append(names, name)
	}
	return names, nil
}

// lose has nothing of a record be read any more.
func (s *shelf) lose(user string) { s.records[user] = Current{Lost: true} }

func newVerifier(t *testing.T) Verifier {
	t.Helper()
	return Verifier{Store: &shelf{map[string]Current{}}, Policy: DefaultPolicy}
}

// verifierOf has a record already.
func verifierOf(t *testing.T, user string, record []byte, doubt bool) Verifier {
	t.Helper()
	v := newVerifier(t)
	v.Store.(*shelf).records[user] = Current{Record: record, Doubt: doubt}
	return v
}

func mustVerify(t *testing.T, v Verifier, typed string, n int64) Verdict {
	t.Helper()
	res, err := v.Verify(ctx, alice, typed, at(n))
	if err != nil {
		t.Fatal(err)
	}
	return res.Verdict
}
