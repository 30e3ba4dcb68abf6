package motp

import (
	"slices"
	"time"
)

// A record is what is remembered of one user.
type record struct {
	failures    uint32 // in a row
	locks       uint32 // that ended in a row, with no login between them
	lastFailure int64  // Unix seconds, as all times here; 0 for never
	lockedSince int64
	lastLogin   int64
	proven      int64 // the latest time that a code of a clock was accepted at
	wrongMark   uint64

	lines  []*memory // one for each secret
	pins   []ownPIN  // that the user has set
	paper  paperUse  // of the codes on paper
	claims []claim   // of invitations that are none any more, the latest last
	shown  []showing // of the tokens of invitations, the latest last

	grants []grant    // of grace, the latest first
	old    []v1Memory // of version 1, which no token of the table accounts for
	other  []entry    // of kinds that this version does not know

	moved bool // another store has what came since, see Verifier.Take

	keep []*memory // of the secrets that are in the table, which are never forgotten

	// beyond says that an accepted code lies where a recovery from the record before would not
	// burn: that must not be read again.
	beyond bool

	// byPaper says that the answer that was judged is a code on paper.
	byPaper bool

	v1 bool // read from version 1, and not looked through yet: see carryOn
}

// unknownReach is how far beyond the table's offset codes count as used where nobody knows which
// were ever acceptable.
const unknownReach = 24 * time.Hour

// latest is the latest time that the record knows of, now included: a clock that was set back
// brings no used code into the future.
func (r *record) latest(now time.Time) int64 {
	return max(now.Unix(), r.proven, r.lastLogin, r.lastFailure)
}

// assumeWorst makes up for a newer record that may be lost: it may have held one more failure, and
// the use of any code that was acceptable.
func (r *record) assumeWorst(u User, now time.Time, p Policy) {
	r.countFailure(now, p)
	r.burnAhead(u, now, p, unknownReach)
}

// burnAhead takes for used whatever code may have been accepted and forgotten, and every invitation
// that may have been claimed: of each secret those
// up to its reach. Where the record does not know it, those up to unknown beyond the table's
// offset, and all of a HOTP token's. Nor is there any grace.
func (r *record) burnAhead(u User, now time.Time, p Policy, unknown time.Duration) {
	r.grants = nil
	r.burnInvitations(u)
	latest := r.latest(now)
	memories := r.memories(u)
	for i, m := range memories {
		t := u.Tokens[i]
		switch {
		case m.counterLost(t):
		case t.counts() && m.reach == noReach:
			m.loseCounter(t)
		case t.counts():
			m.burn(m.next(t) + max(m.reach, p.Reach(t)))
		default:
			for _, w := range m.windows(t, time.Unix(latest, 0), p) {
				m.burn(w.to)
			}
			if m.reach == noReach {
				m.burn(t.Step(time.Unix(latest, 0).Add(unknown)) + p.Reach(t))
			}
		}
	}
	for _, m := range r.lines {
		switch {
		case !m.counts() && m.reach != noReach:
			m.burn(m.serverStep(latest) + m.reach)
		case slices.Contains(r.keep, m):
		case m.counts(): // of a token that is not in the table
			m.synced = max(m.synced, m.high+MaxLookAhead+1)
		default:
			m.burn(m.serverStep(latest + int64(unknown/time.Second)))
		}
	}
	for i := range r.old {
		r.old[i].burnAhead(latest + int64(unknown/time.Second))
	}
}
