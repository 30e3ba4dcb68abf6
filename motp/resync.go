package motp

import (
	"context"
	"math"
	"slices"
	"time"
)

// A Pending is a right code from too far off, which counts for nothing until the next one proves
// that it was no guess. Verify returns it, VerifyNext takes it, in the same conversation: it is
// good for the user and the token of that code, for two minutes.
type Pending struct {
	user    string
	at      time.Time
	matches []farMatch
}

// farMatch is a number outside of the window, of one of the user's tokens.
type farMatch struct {
	token  string // its name
	key    uint64 // of its secret
	number int64
}

// pendingFor is how long a Pending is good: a person reads one more code and types it.
const pendingFor = 2 * time.Minute

// holds says whether a Pending is one of this user's, and still good.
func (p *Pending) holds(u User, now time.Time) bool {
	age := now.Sub(p.at)
	return p.user == u.Name && age >= -clockSlack && age <= pendingFor
}

const (
	// farCounters is how many HOTP codes may lie between ours and the token's, for a
	// resynchronisation.
	farCounters = 1000

	// nextWithin is how much later than the first the next code may be: a person types for a
	// while.
	nextWithin = time.Minute
)

// farWindow is where the codes that are worth a second question come from.
func (m *memory) farWindow(t Token, now time.Time, p Policy) window {
	if t.counts() {
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
		far := m.farWindow(t, now, p)
		m.acceptable(t, far.to+t.nextSteps(), now)
		for _, number := range t.match(a, []window{far}) {
			if r.weigh(t, m, []int64{number}) == Accepted {
				found = append(found, farMatch{t.Name, m.key, number})
			}
		}
	}
	if found == nil {
		return nil
	}
	return &Pending{u.Name, now, found}
}

// Sync lets a user put a token's clock or counter right without an administrator. It does what
// [Verifier.Verify] does with a Policy.Resync of 24 hours, and counts like a login. After Accepted
// one code was enough, and where its clock was seen is the center of the window from then on; with
// a Pending [Verifier.VerifyNext] takes the next code, and moves the center if it is right. Nothing
// is written to the table, whose offset wins once it is edited.
//
// Since codes up to a day ahead may be accepted, a recovery from a damaged record takes them for
// used from then on.
func (v Verifier) Sync(ctx context.Context, u User, typed string, now time.Time) (Result, error) {
	v.Policy.Resync = MaxResync
	a := read(typed)
	return v.attempt(ctx, u, a, now, func(r *record, u User) (Verdict, string, *Pending) {
		verdict, token, pending := r.judgeOrFar(u.withoutPaper(), a, now, v.Policy)
		if verdict == Accepted {
			r.recenter(u, token)
		}
		return verdict, token, pending
	})
}

// recenter moves the center of a token's window to where its clock was seen last.
func (r *record) recenter(u User, token string) {
	for i, m := range r.memories(u) {
		t := u.Tokens[i]
		if drift, synced := m.learned(t); t.Name == token && drift != 0 && !t.counts() {
			m.learn(t, 0, synced+drift)
		}
	}
}

// VerifyNext checks the code after one that was right but far off. If the two follow each other,
// the user is let in, and the token's clock or counter is known from then on. Otherwise this is one
// more failure. All else is as with Verify.
func (v Verifier) VerifyNext(
	ctx context.Context, u User, first *Pending, typed string, now time.Time,
) (Result, error) {
	return v.JudgeNext(ctx, u, first, Attempt{Typed: typed}, now)
}

// JudgeNext is VerifyNext for an answer of which more is known. In a field that may hold a password
// it need not hold one: whoever is asked for the next code types that alone, and a program that
// gives the same answer to each question is not wrong twice.
func (v Verifier) JudgeNext(
	ctx context.Context, u User, first *Pending, at Attempt, now time.Time,
) (Result, error) {
	if first == nil {
		return Result{}, invalidError("no first code is pending")
	}
	a := readField(at.Typed, at.Field)
	return v.attempt(ctx, u, a, now, func(r *record, forced User) (Verdict, string, *Pending) {
		verdict, token := r.judgeNext(forced, first, a, now, v.Policy)
		if verdict == Accepted && at.Origin != "" {
			r.grant(u, at.Origin, now)
		}
		return verdict, token, nil
	})
}

func (r *record) judgeNext(u User, first *Pending, a answer, now time.Time,
	p Policy) (Verdict, string) {
	var best *follower
	found := Wrong
	if first.holds(u, now) {
		best, found = r.findNext(u, first, a)
	}
	return r.conclude(u, a, now, p, func() (Verdict, string) {
		if found != Accepted {
			return found, ""
		}
		t, m := best.token, best.memory
		if !t.counts() {
			m.use(best.first)
			drift, synced := m.learned(t)
			m.learn(t, drift, synced+best.next[0]-m.center(t, now))
		}
		m.acceptable(t, slices.Max(best.next), now)
		r.accept(t, m, best.next, math.MinInt64, now)
		return Accepted, t.Name
	})
}

// A follower is a code that comes soon after one from far off.
type follower struct {
	token  Token
	memory *memory
	first  int64
	next   []int64
}

// findNext looks for the code after one of those that are pending, and says what it is worth.
func (r *record) findNext(u User, first *Pending, a answer) (best *follower, v Verdict) {
	v = Wrong
	memories := r.memories(u)
	for _, f := range first.matches {
		for i, m := range memories {
			t := u.Tokens[i]
			if t.Name != f.token || m.key != f.key {
				continue
			}
			next := t.match(a, []window{{f.number + 1, f.number + t.nextSteps()}})
			if len(next) == 0 {
				continue
			}
			if found := r.weigh(t, m, append(next, f.number)); rank(found) > rank(v) {
				best, v = &follower{t, m, f.number, next}, found
			}
		}
	}
	return best, v
}

// nextSteps is how many steps after the first the next code may be.
func (t Token) nextSteps() int64 {
	if t.counts() {
		return 1
	}
	return max(1, int64(nextWithin/t.StepLength()))
}

// ForgetClock forgets what was learned of the clock of one of a user's tokens, because its offset
// says it now. Used codes stay used.
func (v Verifier) ForgetClock(ctx context.Context, u User, token string, now time.Time) error {
	return v.update(ctx, u, now, nil, func(r *record, _ bool) error {
		for i, m := range r.memories(u) {
			if t := u.Tokens[i]; t.Name == token && !t.counts() {
				m.learn(t, 0, 0)
			}
		}
		return nil
	})
}
