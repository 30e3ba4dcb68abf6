package motp

import (
	"crypto/md5"
	"encoding/binary"
	"time"
)

// A Verdict is what became of one attempt. Only Accepted is good; the zero value is a refusal.
type Verdict int

// The verdicts. Wrong, Malformed and, unless it is the right invitation, NotEnrolled are counted as
// failures, the others are not.
const (
	Refused  Verdict = iota // not judged: an error came first
	Accepted                // a right code, for the first time
	Wrong                   // no code of the window
	Repeated                // the same wrong answer as a moment ago: a client that tries again
	Replay                  // a right code that was used before
	// a right code from further back than is remembered: the clock was set back, or a much
	// newer code was used
	Old
	Malformed // not the form of a code
	// no answer, or the answer that OpenSSH makes up for people whom it has refused already
	Empty
	Locked   // too many failures before; the code was not looked at
	Disabled // the administrator switched the user off
	Clock    // the server's clock is before the user's last login: nothing can be judged
	// no code, of a user who has yet to set up each of their tokens; or the right invitation
	NotEnrolled
)

var verdictNames = [...]string{"refused", "ok", "wrong", "repeated", "replay", "old", "malformed",
	"empty", "locked", "disabled", "clock", "not-enrolled"}

// String returns the word for the verdict that logs use.
func (v Verdict) String() string {
	if v < 0 || int(v) >= len(verdictNames) {
		v = Refused
	}
	return verdictNames[v]
}

// judge decides one attempt and notes it in the record, which must be on disk before the verdict is
// told. token is the one that the code came from, if any. The work is the same whatever the
// outcome.
func (r *record) judge(u User, a answer, now time.Time, p Policy) (v Verdict, token string) {
	memories := r.memories(u)
	matched := make([][]int64, len(u.Tokens))
	beyond := make([]int64, len(u.Tokens))
	best := Wrong
	for i, t := range u.Tokens {
		windows := memories[i].windows(t, now, p)
		beyond[i] = memories[i].acceptable(t, highest(windows), now)
		matched[i] = t.match(a, windows)
		if found := r.weigh(t, memories[i], matched[i]); rank(found) > rank(best) {
			best, token = found, t.Name
		}
	}
	paper := r.matchPaper(u, a)
	byPaper := rank(paper.verdict) > rank(best)
	if byPaper {
		best, token = paper.verdict, ""
	}
	return r.conclude(u, a, now, p, func() (Verdict, string) {
		r.byPaper = byPaper
		if best == Accepted {
			for i, m := range memories {
				r.accept(u.Tokens[i], m, matched[i], beyond[i], now)
			}
			if paper.verdict == Accepted {
				r.usePaper(u.Paper.Set, paper.hash)
			}
		}
		return best, token
	})
}

// conclude puts what is known of the user before what a code is worth: someone who is locked or
// switched off gets in with none, and an answer that was just refused is not judged anew. matched
// notes the use of the code if it is accepted; it is called for no other.
func (r *record) conclude(u User, a answer, now time.Time, p Policy,
	matched func() (Verdict, string)) (Verdict, string) {
	if r.lockEnded(now, p) {
		r.failures, r.lockedSince = 0, 0
		r.locks++
	}
	mark := markOf(u, a)
	switch refusal := r.refuses(u, now, p); {
	case refusal != Refused:
		return refusal, ""
	case a.text == "" || isOpenSSHDummy(a.typed):
		return Empty, ""
	case r.wrongMark == mark && r.justFailed(now):
		return Repeated, ""
	}
	switch v, token := matched(); {
	case v == Accepted:
		r.failures, r.locks, r.lockedSince, r.wrongMark = 0, 0, 0, 0
		r.lastLogin = now.Unix()
		return v, token
	case v != Wrong:
		return v, token
	}
	r.wrongMark = mark
	r.grants = nil
	r.countFailure(now, p)
	if u.admitsNobody() {
		return NotEnrolled, ""
	}
	if !u.wellFormed(a) {
		return Malformed, ""
	}
	return Wrong, ""
}

// refuses says why a user is refused whatever the code, or Refused if nothing speaks against it. A
// lock that has ended is none.
func (r *record) refuses(u User, now time.Time, p Policy) Verdict {
	switch {
	case u.Disabled || len(u.Tokens) == 0:
		return Disabled
	case r.locked(p) && !r.lockEnded(now, p):
		return Locked
	case r.clockBehind(now):
		return Clock
	}
	return Refused
}

// clockSlack is how far back the clock may be without being wrong: the time of an attempt is read
// before it waits for the record, five seconds at most, and servers that share a record may differ.
const clockSlack = 10 * time.Second

// clockBehind says that the clock is before a time that an accepted code has proven, as after a
// boot without a network. Right codes would count as wrong then, and lock people out.
func (r *record) clockBehind(now time.Time) bool {
	return now.Add(clockSlack).Unix() < r.proven
}

// isOpenSSHDummy recognizes what sshd answers for a user whom it has refused already: this text,
// repeated to the length of the real answer (fake_password in its auth-pam.c).
func isOpenSSHDummy(typed string) bool {
	const dummy = "\b\n\r\x7fINCORRECT"
	for i := range len(typed) {
		if typed[i] != dummy[i%len(dummy)] {
			return false
		}
	}
	return typed != ""
}

// markOf is a fingerprint of a wrong answer. It is keyed with the user's first secret, which is not
// in the record, because people type passwords into the wrong field.
func markOf(u User, a answer) uint64 {
	h := md5.New()
	if len(u.Tokens) > 0 {
		h.Write([]byte(u.Tokens[0].Secret))
	}
	h.Write([]byte{0})
	h.Write([]byte(u.marked(a)))
	var sum [md5.Size]byte
	return binary.LittleEndian.Uint64(h.Sum(sum[:0])) | 1 // never 0, which stands for none
}

func (r *record) locked(p Policy) bool {
	return int64(r.failures) >= int64(p.MaxFailures)
}

// lockEnded says whether the user is locked no longer. A clock that was set back does not end a
// lock. The lock is as young as the last failure, which may have been counted by a service with a
// higher limit and locked nobody there.
func (r *record) lockEnded(now time.Time, p Policy) bool {
	since := max(r.lockedSince, r.lastFailure)
	return r.locked(p) && p.UnlockAfter > 0 &&
		now.Unix()-since >= int64(p.lockLasts(r.locks)/time.Second)
}

// repeatGrace is how long the same wrong answer is not counted again: clients retry by themselves,
// at once. It must end, since the codes change and the answer does not: who sent 000000 for a year
// would be right once in six years, and never be locked.
const repeatGrace = time.Minute

// justFailed says whether the last failure was counted a moment ago. A clock that was set back
// makes it long ago.
func (r *record) justFailed(now time.Time) bool {
	ago := now.Unix() - r.lastFailure
	return ago >= 0 && ago < int64(repeatGrace/time.Second)
}

func (r *record) countFailure(now time.Time, p Policy) {
	if r.failures < 1<<31 {
		r.failures++
	}
	r.lastFailure = now.Unix()
	if r.locked(p) {
		r.lockedSince = now.Unix()
	}
}
