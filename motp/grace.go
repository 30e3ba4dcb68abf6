package motp

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"strconv"
	"time"
)

// A grant is that a right code was typed somewhere. It belongs to the user's entry as the table had
// it then.
type grant struct {
	of    uint64 // fingerprint of entry and origin, see grantOf
	since int64  // Unix seconds
}

// maxGrants is how many are remembered of a user: the latest.
const maxGrants = 8

// grantOf is a fingerprint of an entry of the table and of an origin. It is keyed with the secrets,
// which are not in the record, so that the record tells nobody where its user was.
func grantOf(u User, origin string) uint64 {
	h := sha256.New()
	add := func(s string) {
		_, _ = h.Write(strconv.AppendInt(nil, int64(len(s)), 10))
		_, _ = h.Write([]byte{0})
		_, _ = h.Write([]byte(s))
	}
	add("grace")
	add(origin)
	for _, t := range u.Tokens {
		add(t.Name)
		add(t.Secret)
		add(t.PIN)
		for _, n := range []int64{int64(t.Type), int64(t.Offset), int64(t.Algorithm),
			int64(t.Digits), int64(t.Period), t.T0, t.Counter} {
			add(strconv.FormatInt(n, 10))
		}
	}
	return binary.LittleEndian.Uint64(h.Sum(nil))
}

// grant notes that a right code came from an origin.
func (r *record) grant(u User, origin string, now time.Time) {
	of := grantOf(u, origin)
	r.grants = slices.DeleteFunc(r.grants, func(g grant) bool { return g.of == of })
	r.grants = slices.Insert(r.grants, 0, grant{of, now.Unix()})
	r.grants = r.grants[:min(len(r.grants), maxGrants)]
}

// holds says whether a grant is good. One from the future is of a clock that was set back.
func (g grant) holds(within time.Duration, now time.Time) bool {
	age := now.Unix() - g.since
	return age >= 0 && age < int64(within/time.Second)
}

// A Standing is what is known of a user before they are asked for a code.
type Standing struct {
	// Refusal is why no code would do: Disabled, Locked, or Clock; else Refused, the zero
	// value.
	Refusal Verdict

	// Grace says that a right code came from the same origin a short time ago. It is false with
	// any Refusal.
	Grace bool
}

// Standing reads how a user stands, and changes nothing: whether they are refused whatever they
// type, and whether a right code came from an origin ([Attempt]) within a time up to now. 0 is no
// time at all. Such a grace is over after any wrong code of the user, once the table's entry is
// edited, after EndGrace, and where the record was damaged.
//
// With an error nothing is known, and nobody may be let in.
func (v Verifier) Standing(
	ctx context.Context, u User, origin string, within time.Duration, now time.Time,
) (Standing, error) {
	if err := v.check(u); err != nil {
		return Standing{}, err
	}
	current, err := v.Store.View(ctx, u.Name)
	if err != nil {
		return Standing{}, err
	}
	r, err := current.read()
	if err != nil {
		return Standing{}, err
	}
	r.mend(u, now, v.Policy, current.Doubt)
	if refusal := r.refuses(u, now, v.Policy); refusal != Refused {
		return Standing{Refusal: refusal}, nil
	}
	return Standing{Grace: r.graced(u, origin, within, now)}, nil
}

// graced says whether a right code came from an origin within a time up to now.
func (r *record) graced(u User, origin string, within time.Duration, now time.Time) bool {
	of := grantOf(u, origin)
	return origin != "" && slices.ContainsFunc(r.grants, func(g grant) bool {
		return g.of == of && g.holds(within, now)
	})
}

// kept says whether an answer is a code that a client has kept since it was right, in the user's
// time of grace, and of which token. It lies below the window, where nothing is accepted. Were it
// wrong, a client that sends its first answer again each hour would end the grace, and lock its
// user. What counts as used need not have been: whoever guesses it gains what they have without.
func (r *record) kept(u, forced User, a answer, at Attempt, now time.Time,
	p Policy) (token string, ok bool) {
	if !r.graced(u, at.Origin, at.Grace, now) || r.refuses(u, now, p) != Refused {
		return "", false
	}
	for i, m := range r.memories(forced) {
		t := forced.Tokens[i]
		for _, number := range t.match(a, []window{m.past(t, at.Grace, now, p)}) {
			if r.look(t, m, number) != stepFresh {
				return t.Name, true
			}
		}
	}
	return "", false
}

// past is what lies below a token's window, as far back as a time; of a counter, as far as a
// resynchronization looks ahead.
func (m *memory) past(t Token, within time.Duration, now time.Time, p Policy) window {
	to := lowest(m.windows(t, now, p)) - 1
	if t.counts() {
		return window{max(to-farCounters, 0), to}
	}
	return window{lowest(m.windows(t, now.Add(-within), p)), to}
}

// StandingUnknown does for a name that is no user's what Standing does for a user, so that the time
// it takes tells nobody who is one. There is nothing to tell, and no trouble with it matters.
func (v Verifier) StandingUnknown(
	ctx context.Context, name, origin string, within time.Duration, now time.Time,
) {
	nobody := stranger
	nobody.Name = name
	_, _ = v.Standing(ctx, nobody, origin, within, now)
}

// EndGrace ends whatever time of grace a user has.
func (v Verifier) EndGrace(ctx context.Context, u User, now time.Time) error {
	return v.update(ctx, u, now, nil, func(r *record, _ bool) error {
		r.grants = nil
		return nil
	})
}
