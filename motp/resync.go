package motp

import (
	"context"
	"time"
)

// A Pending is a right code from too far off, which counts for nothing until the next one proves that it was no guess. Verify returns it, VerifyNext takes
// it, in the same conversation.
type Pending struct {
	matches []farMatch
}

// farMatch is a step outside of the window, of one of the user's tokens.
type farMatch struct {
	token int // index into User.Tokens
	step  int64
}

const (
	// farCounters is how many HOTP codes may lie between ours and the token's, for a resynchronisation.
	farCounters = 1000

	// nextWithin is how much later than the first the next code may be: a person types for a while.
	nextWithin = time.Minute
)

// farWindow is where the codes that are worth a second question come from.
func (m *tokenMemory) farWindow(t Token, now time.Time, p Policy) window {
	if t.Type == HOTP {
		next := m.next(t)
		return window{next, next + farCounters}
	}
	far := int64(p.Resync / t.StepLength())
	center := m.center(t, now)
	return window{center - far, center + far}
}

// findFar looks for a code far off. It takes the same time wherever it finds one.
func (r *record) findFar(u User, a answer, now time.Time, p Policy) *Pending {
	var found []farMatch
	for i, m := range r.memories(u) {
		t := u.Tokens[i]
		for _, step := range t.match(a, []window{m.farWindow(t, now, p)}) {
			if m.weigh(t, []int64{step}) == Accepted {
				found = append(found, farMatch{i, step})
			}
		}
	}
	if found == nil {
		return nil
	}
	return &Pending{found}
}

// VerifyNext checks the code after one that was right but far off. If the two follow each other, the user is let in, and the token's clock or counter is
// known from then on. Otherwise this is one more failure. All else is as with Verify.
func (v Verifier) VerifyNext(
	ctx context.Context, u User, first *Pending, typed string, now time.Time,
) (Result, error) {
	res, err := v.attempt(ctx, u, now, func(r *record) (Verdict, string, *Pending) {
		verdict, token := r.judgeNext(u, first, typed, now, v.Policy)
		return verdict, token, nil
	})
	if err != nil || res.Verdict != Accepted {
		return res, err
	}
	// Once more, into the other slot: where one slot is lost, codes are taken for used up to the end of the window, and these two may lie beyond it.
	if err := v.updateMended(ctx, u, now, func(*record) {}); err != nil {
		return Result{}, err
	}
	return res, nil
}

func (r *record) judgeNext(u User, first *Pending, typed string, now time.Time, p Policy) (Verdict, string) {
	a := read(typed)
	memories := r.memories(u)
	var best *farMatch
	var next []int64
	for i := range first.matches {
		f := &first.matches[i]
		t, m := u.Tokens[f.token], memories[f.token]
		steps := t.match(a, []window{{f.step + 1, f.step + t.nextSteps()}})
		if len(steps) > 0 && m.weigh(t, append(steps, f.step)) == Accepted {
			best, next = f, steps
		}
	}
	return r.conclude(u, typed, now, p, func() (Verdict, string) {
		if best == nil {
			return Wrong, ""
		}
		t, m := u.Tokens[best.token], memories[best.token]
		if t.Type != HOTP {
			m.use(best.step)
			m.synced += next[0] - m.center(t, now)
		}
		m.accept(t, next, now)
		return Accepted, t.Name
	})
}

// nextSteps is how many steps after the first the next code may be.
func (t Token) nextSteps() int64 {
	if t.Type == HOTP {
		return 1
	}
	return max(1, int64(nextWithin/t.StepLength()))
}

// ForgetClock forgets what was learned of the clock of one of a user's tokens, because its offset says it now. Used codes stay used.
func (v Verifier) ForgetClock(ctx context.Context, u User, token string, now time.Time) error {
	return v.updateMended(ctx, u, now, func(r *record) {
		for i, m := range r.memories(u) {
			if t := u.Tokens[i]; t.Name == token && t.Type != HOTP {
				m.drift, m.synced = 0, 0
			}
		}
	})
}
