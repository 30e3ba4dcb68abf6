package motp

import (
	"context"
	"crypto/subtle"
	"slices"
	"time"
)

// A paperUse is what a record knows of the codes on paper: the latest set, and which of its codes
// were used. Those of every lower set count as used.
type paperUse struct {
	set  uint64
	used []PaperHash // at most MaxPaper
}

// A paperMatch is what an answer is worth as a code on paper.
type paperMatch struct {
	verdict Verdict // Wrong if it is none
	hash    PaperHash
}

// matchPaper looks an answer up among a user's codes on paper. The work is that for a full set and
// a full list of used ones, whatever there is.
func (r *record) matchPaper(u User, a answer) paperMatch {
	code, ok := u.readPaper(a)
	m := paperMatch{Wrong, u.Paper.hash(code)}
	listed, used := among(u.Paper.Hashes, m.hash), among(r.paper.used, m.hash)
	switch {
	case !ok || !listed || !u.Paper.Exist():
	case u.Paper.Set < r.paper.set:
		m.verdict = Old
	case u.Paper.Set > r.paper.set:
		m.verdict = Accepted
	case used:
		m.verdict = Replay
	case len(r.paper.used) == MaxPaper: // more than a set may have: it was edited by hand
		m.verdict = Old
	default:
		m.verdict = Accepted
	}
	return m
}

// among says whether a hash is among others, of which there are MaxPaper at the most.
func among(all []PaperHash, h PaperHash) bool {
	found := 0
	for i := range MaxPaper {
		var other PaperHash
		there := 0
		if i < len(all) {
			other, there = all[i], 1
		}
		found |= there & subtle.ConstantTimeCompare(other[:], h[:])
	}
	return found == 1
}

// usePaper notes the use of a code of a set. No record from before may be read again, not even
// after a damage, since the code would be good with it: so there is nothing to make up for in one
// that is in doubt (see assumeWorst).
func (r *record) usePaper(set uint64, h PaperHash) {
	r.beginPaper(set)
	r.paper.used = append(r.paper.used, h)
	r.beyond = true
}

// beginPaper has a set be the latest, unless a later one is.
func (r *record) beginPaper(set uint64) {
	if set > r.paper.set {
		r.paper = paperUse{set: set}
		r.beyond = true
	}
}

// burnPaper takes for used all codes of every set that there may have been: of the table's, and of
// the latest that the record knows.
func (r *record) burnPaper(p PaperCodes) {
	if latest := max(p.Set, r.paper.set); latest > 0 {
		r.beginPaper(latest + 1)
	}
}

// paperLeft counts the codes of a table's set that are good still.
func (r *record) paperLeft(p PaperCodes) int {
	if p.Set < r.paper.set {
		return 0
	}
	if p.Set > r.paper.set {
		return len(p.Hashes)
	}
	left := 0
	for _, h := range p.Hashes {
		if !slices.Contains(r.paper.used, h) {
			left++
		}
	}
	return min(left, MaxPaper-len(r.paper.used))
}

// A PaperStatus is what the record knows of a user's codes on paper.
type PaperStatus struct {
	// Left is how many of the table's are good still, the PIN aside.
	Left int

	// Next is the number that the user's next set must have, at least, to be good.
	Next uint64
}

func (r *record) paperStatus(p PaperCodes) PaperStatus {
	return PaperStatus{Left: r.paperLeft(p), Next: max(p.Set, r.paper.set) + 1}
}

// BeginPaper tells the record of the set of codes on paper that the table has now, so that no older
// one is good again, should a table with it come from a backup. It comes after the edit: a set is
// good without it, too.
func (v Verifier) BeginPaper(ctx context.Context, u User, now time.Time) error {
	if err := v.check(u); err != nil {
		return err
	}
	return v.update(ctx, u, now, nil, func(r *record, _ bool) error {
		r.memories(u) // which are kept
		r.beginPaper(u.Paper.Set)
		return nil
	})
}

// EndPaper takes for used all codes on paper of the set that a user has, or had until now, and of
// any earlier one: should a table with it come from a backup, none is good again.
func (v Verifier) EndPaper(ctx context.Context, u User, now time.Time) error {
	if err := v.check(u); err != nil {
		return err
	}
	return v.update(ctx, u, now, nil, func(r *record, _ bool) error {
		r.memories(u) // which are kept
		r.burnPaper(u.Paper)
		return nil
	})
}

// password is what an answer holds beside its code: that of the token, or the one on paper.
func (r *record) password(u User, a answer, token string) Password {
	if r.byPaper && a.field != CodeAlone {
		return Password(u.paperReading(a).rest)
	}
	return u.password(a, token)
}

// readPaperUse reads what a record knows of codes on paper.
func readPaperUse(v *reader) (p paperUse, ok bool) {
	n := len(v.b) - paperHead
	if n < 0 || n%len(PaperHash{}) != 0 || n > MaxPaper*len(PaperHash{}) {
		return paperUse{}, false
	}
	p.set = v.get(8)
	for len(v.b) > 0 {
		p.used = append(p.used, PaperHash(v.b))
		v.b = v.b[len(PaperHash{}):]
	}
	return p, p.set > 0
}

func (p paperUse) write(w *writer) {
	w.put(8, p.set)
	for _, h := range p.used {
		w.b = append(w.b, h[:]...)
	}
}
