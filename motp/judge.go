package motp

import (
	"crypto/md5"
	"crypto/subtle"
	"strings"
	"time"
)

// A Verdict is what became of one attempt. Only Accepted is good; the zero value is a refusal.
type Verdict int

// The verdicts. Wrong and Malformed are counted as failures, the others are not.
const (
	Refused   Verdict = iota // not judged: an error came first
	Accepted                 // a right code, for the first time
	Wrong                    // no code of the window
	Repeated                 // the same wrong answer as last time: a client that tries again
	Replay                   // a right code that was used before
	Old                      // a right code from further back than is remembered: the clock was set back, or a much newer code was used
	Malformed                // not the form of a code
	Empty                    // no answer, or the answer that OpenSSH makes up for people whom it has refused already
	Locked                   // too many failures before; the code was not looked at
	Disabled                 // the administrator switched the user off
)

var verdictNames = [...]string{"refused", "ok", "wrong", "repeated", "replay", "old", "malformed", "empty", "locked", "disabled"}

// String returns the word for the verdict that logs use.
func (v Verdict) String() string {
	if v < 0 || int(v) >= len(verdictNames) {
		v = Refused
	}
	return verdictNames[v]
}

// maxAnswer is the longest answer that is looked at, in bytes.
const maxAnswer = 1024

// judge decides one attempt and notes it in the record, which must be on disk before the verdict is told. token is the one that the code came from,
// if any. The work is the same whatever the outcome.
func (r *record) judge(u User, typed string, now time.Time, p Policy) (v Verdict, token string) {
	answer := normalize(typed)
	memories := r.memories(u)
	matched := make([][]int64, len(u.Tokens))
	best := Wrong
	for i, t := range u.Tokens {
		matched[i] = t.match(answer, now, p)
		if found := memories[i].weigh(matched[i]); rank(found) > rank(best) {
			best, token = found, t.Name
		}
	}

	if r.lockEnded(now, p) {
		r.failures, r.lockedSince = 0, 0
	}
	mark := markOf(u, answer)
	switch {
	case u.Disabled || len(u.Tokens) == 0:
		return Disabled, ""
	case r.locked(p):
		return Locked, ""
	case answer == "" || isOpenSSHDummy(typed):
		return Empty, ""
	case best == Replay || best == Old:
		return best, token
	case best == Accepted:
		for i, m := range memories {
			for _, step := range matched[i] {
				m.use(step)
			}
		}
		r.failures, r.lockedSince, r.wrongMark, r.lastLogin = 0, 0, 0, now.Unix()
		return Accepted, token
	case r.wrongMark == mark:
		return Repeated, ""
	}
	r.wrongMark = mark
	r.countFailure(now, p)
	if !WellFormed(answer) {
		return Malformed, ""
	}
	return Wrong, ""
}

// match returns the steps of the window whose code is the answer, seldom more than one. It computes and compares them all.
func (t Token) match(answer string, now time.Time, p Policy) (steps []int64) {
	buf := make([]byte, 0, 256)
	var padded [CodeLength]byte
	copy(padded[:], answer)
	whole := subtle.ConstantTimeEq(int32(len(answer)), CodeLength)
	center, reach := t.Step(now), p.steps()
	for step := center - reach; step <= center+reach; step++ {
		code := t.codeAt(step, buf)
		if subtle.ConstantTimeCompare(code[:], padded[:])&whole == 1 {
			steps = append(steps, step)
		}
	}
	return steps
}

// weigh says what the steps that a code matches make of it. A code that matches any used step is a replay, even if it matches an unused one too.
func (m *tokenMemory) weigh(steps []int64) Verdict {
	v := Wrong
	for _, step := range steps {
		found := Accepted
		switch m.look(step) {
		case stepUsed:
			found = Replay
		case stepOld:
			found = Old
		}
		if rank(found) > rank(v) {
			v = found
		}
	}
	return v
}

// rank orders the verdicts on one code that matches several steps or tokens: a replay outweighs all else, so that no used code is accepted by way
// of another step or token.
func rank(v Verdict) int {
	switch v {
	case Accepted:
		return 1
	case Old:
		return 2
	case Replay:
		return 3
	default:
		return 0
	}
}

// normalize trims blanks and folds letters to lower case, since some tokens show upper case. What is too long to be a code is cut: it stays
// wrong, and its length costs nothing.
func normalize(typed string) string {
	if len(typed) > maxAnswer {
		typed = typed[:maxAnswer]
	}
	return strings.ToLower(strings.TrimSpace(typed))
}

// WellFormed says whether a text could be a code, blanks around it and the case of letters aside.
func WellFormed(typed string) bool {
	answer := normalize(typed)
	return len(answer) == CodeLength && strings.Trim(answer, "0123456789abcdef") == ""
}

// isOpenSSHDummy recognises what sshd answers for a user whom it has refused already: this text, repeated to the length of the real answer
// (fake_password in its auth-pam.c).
func isOpenSSHDummy(typed string) bool {
	const dummy = "\b\n\r\x7fINCORRECT"
	for i := range len(typed) {
		if typed[i] != dummy[i%len(dummy)] {
			return false
		}
	}
	return typed != ""
}

// markOf is a fingerprint of a wrong answer. It is keyed with the user's first secret, which is not in the record, because people type
// passwords into the wrong field.
func markOf(u User, answer string) uint64 {
	h := md5.New()
	if len(u.Tokens) > 0 {
		h.Write([]byte(u.Tokens[0].Secret))
	}
	h.Write([]byte{0})
	h.Write([]byte(answer))
	var sum [md5.Size]byte
	return get64(h.Sum(sum[:0])) | 1 // never 0, which stands for none
}

func (r *record) locked(p Policy) bool {
	return int64(r.failures) >= int64(p.MaxFailures)
}

// lockEnded says whether the user is locked no longer. A clock that was set back does not end a lock.
func (r *record) lockEnded(now time.Time, p Policy) bool {
	return r.locked(p) && p.UnlockAfter > 0 && now.Unix()-r.lockedSince >= int64(p.UnlockAfter/time.Second)
}

func (r *record) countFailure(now time.Time, p Policy) {
	if r.failures < 1<<31 {
		r.failures++
	}
	r.lastFailure = now.Unix()
	if r.locked(p) && r.lockedSince == 0 {
		r.lockedSince = now.Unix()
	}
}
