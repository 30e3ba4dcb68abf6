package motp

import (
	"crypto/md5"
	"encoding/binary"
	"math"
	"time"
)

// A memory is what is remembered of one secret: which of its numbers were used, and where its clock
// was seen. A number is what is hashed, a step or a counter, so it does not matter under which
// name, offset or T0 the table has the secret. Secret, kind and period tell memories apart: steps
// of 30 and of 60 seconds are no numbers of one line, nor are steps and counters.
type memory struct {
	key    uint64 // of the secret, see keyOf
	kind   Type
	period uint32 // seconds; 0 for HOTP
	replay

	// reach is the highest number that was ever acceptable, less the server's own at that time
	// (serverStep); for HOTP, the longest look-ahead. noReach if none was.
	reach int64

	// What was learned of the token's clock holds for the offset that the table had then, in
	// seconds. drift is where the clock was seen last, in steps ahead of its center; synced is
	// how far a resynchronisation has moved the center. For HOTP synced is what the table's
	// counter must have reached, see loseCounter.
	base          int64
	drift, synced int64
}

const noReach = math.MinInt64

// counts says that the numbers are a counter's. A kind that is not known any more is none.
func (m *memory) counts() bool { return Token{Type: m.kind}.counts() }

// keyOf is a fingerprint of a secret. HMAC pads a short key with zeros, so that a key with zeros at
// its end makes the same codes as one without (RFC 2104 section 2).
func keyOf(t Token) uint64 {
	sum := md5.Sum([]byte(t.Kind().Family + "\x00" + hashedSecret(t)))
	return binary.LittleEndian.Uint64(sum[:]) | 1
}

// hashedSecret is the same for all secrets that make the same codes.
func hashedSecret(t Token) string {
	k, secret := t.Kind(), t.Secret
	for !k.TextSecret && len(secret) > 0 && secret[len(secret)-1] == 0 {
		secret = secret[:len(secret)-1]
	}
	return secret
}

// newMemory returns the empty memory of a token's secret.
func newMemory(t Token) *memory {
	return &memory{key: keyOf(t), kind: t.Type, period: periodOf(t), reach: noReach}
}

func periodOf(t Token) uint32 { return uint32(t.StepLength() / time.Second) }

func (m *memory) is(t Token, key uint64) bool {
	return m.key == key && m.kind == t.Type && m.period == periodOf(t)
}

// memories returns what is remembered of each of the user's tokens, making room for new ones.
// Tokens with one secret share one.
func (r *record) memories(u User) []*memory {
	found := make([]*memory, len(u.Tokens))
	for i, t := range u.Tokens {
		found[i] = r.memory(t)
	}
	r.keep = found
	return found
}

func (r *record) memory(t Token) *memory {
	if m := r.find(t); m != nil {
		return m
	}
	m := newMemory(t)
	r.lines = append(r.lines, m)
	return m
}

// find returns what is remembered of a token's secret, or nil.
func (r *record) find(t Token) *memory {
	key := keyOf(t)
	for _, m := range r.lines {
		if m.is(t, key) {
			return m
		}
	}
	return nil
}

// look says what is known of a number of a token: by its own memory, and by any other of the same
// secret that covers it, since the same number makes the same code whatever counts it.
func (r *record) look(t Token, m *memory, number int64) usable {
	if m.counterLost(t) {
		return stepOld
	}
	if t.counts() && number < m.next(t) {
		return stepUsed
	}
	worst := m.look(number)
	for _, other := range r.lines {
		if other == m || other.key != m.key || !other.covers(number) {
			continue
		}
		switch found := other.look(number); {
		case found == stepUsed || found == stepOld && other.counts():
			return stepUsed
		case found == stepOld && worst == stepFresh:
			worst = stepOld
		}
	}
	return worst
}

// learned is what is known of the clock of a token, in steps, if the table has the offset that it
// had then. After an edit the table is right.
func (m *memory) learned(t Token) (drift, synced int64) {
	if m.base != int64(t.Offset/time.Second) {
		return 0, 0
	}
	return m.drift, m.synced
}

// learn notes what is known of a token's clock.
func (m *memory) learn(t Token, drift, synced int64) {
	m.base, m.drift, m.synced = int64(t.Offset/time.Second), drift, synced
}

// serverStep is the number that a token without offset and T0 would have.
func (m *memory) serverStep(now int64) int64 {
	period := int64(m.period)
	if period == 0 {
		return 0
	}
	step := now / period
	if now%period < 0 {
		step--
	}
	return step
}

// acceptable notes that numbers up to a highest one may be accepted now. beyond is the first of
// them that a recovery from the record as it was would not take for used.
func (m *memory) acceptable(t Token, highest int64, now time.Time) (beyond int64) {
	if m.counts() {
		next := m.next(t)
		// of a counter without a reach, none is good after a recovery
		beyond = math.MaxInt64
		if m.reach != noReach {
			beyond = next + m.reach + 1
		}
		m.reach = max(m.reach, highest-next)
		return beyond
	}
	server := m.serverStep(now.Unix())
	beyond = t.Step(now.Add(unknownReach)) + 1
	if m.reach != noReach {
		beyond = server + m.reach + 1
	}
	m.reach = max(m.reach, highest-server)
	return beyond
}

// next is the lowest counter that a HOTP token may use.
func (m *memory) next(t Token) int64 {
	if m.blank() {
		return t.Counter
	}
	return max(t.Counter, m.high+1)
}

// loseCounter notes that the record in which a HOTP token's counter stood cannot be read any more.
func (m *memory) loseCounter(t Token) {
	m.learn(t, 0, t.Counter+1)
}

// horizon is how long before the highest used number of a clock's token the lowest may lie where
// that is not known. It is less than what lies between the numbers of two periods, so that a token
// which is given another one is not shut out.
const horizon = 20 * 365 * 24 * time.Hour

// burn treats every number up to and including one as used.
func (m *memory) burn(number int64) {
	low, known := m.low, !m.blank() && m.low != math.MinInt64
	m.replay.burn(number)
	if known && !m.counts() {
		m.low = min(low, number)
	}
	m.boundLow()
}

// boundLow gives the numbers of a clock a lowest one where it is not known.
func (m *memory) boundLow() {
	if !m.counts() && !m.blank() && m.low == math.MinInt64 && m.period > 0 {
		m.low = m.high - int64(horizon/time.Second)/int64(m.period)
	}
}

// counterLost says that any code of a HOTP token may have been used, until the table names a
// counter that it did not name when the old one was lost.
func (m *memory) counterLost(t Token) bool {
	return t.counts() && t.Counter < m.synced
}
