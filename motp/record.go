package motp

import (
	"crypto/md5"
	"slices"
	"strconv"
	"time"
)

// A record is what is remembered of one user. On disk it is a file of 4096 bytes that never changes its size: two slots, written in turn, each
// holding the same 1024 bytes twice. A slot is written by one pwrite and one fdatasync before the attempt is answered.
//
//	slot 0: image, image again │ slot 1: image, image again
//
// A crash in the middle of a write can spoil the slot being written, whose attempt was not answered; the other slot stands. A bit that rots
// spoils one image, and its twin stands. All numbers are little-endian, times are Unix seconds, 0 for never.
//
//	image:  0  "motp", version, 3 bytes of zero
//	        8  sequence number; the slot is its lowest bit, the highest valid one is in force
//	       16  failures in a row (4 bytes), 4 bytes of zero
//	       24  time of the last counted failure
//	       32  time since which the user is locked
//	       40  time of the last login
//	       48  mark of the last wrong code, see markOf
//	       56  checksum: MD5(user's name ‖ image without these 8 bytes), its first 8 bytes
//	       64  15 tokens: id (8), highest used step or counter (8), bitmap of used steps (32), drift (8), synced (8); id 0 if unused
//
// The checksum holds the name, so that a record cannot be passed off as another user's.
type record struct {
	seq         uint64
	failures    uint32
	lastFailure int64
	lockedSince int64
	lastLogin   int64
	wrongMark   uint64
	tokens      [maxTokens]tokenMemory
}

// tokenMemory is what is remembered of one token.
type tokenMemory struct {
	id uint64
	replay
	drift  int64 // where the token's clock was seen last, in steps ahead of its center
	synced int64 // how far a resynchronisation has moved the center, in steps; for HOTP what the table's counter must have reached, see loseCounter
}

const (
	recordVersion = 1
	imageSize     = 1024
	slotSize      = 2 * imageSize
	fileSize      = 2 * slotSize
	headerSize    = 64
	tokenSize     = 64
	maxTokens     = (imageSize - headerSize) / tokenSize
	checksumAt    = 56
)

func put64(b []byte, v uint64) {
	for i := range 8 {
		b[i] = byte(v >> (8 * i))
	}
}

func get64(b []byte) (v uint64) {
	for i := range 8 {
		v |= uint64(b[i]) << (8 * i)
	}
	return v
}

// slot returns the bytes of the record's slot and where they belong in the file.
func (r *record) slot(user string) (bytes []byte, at int64) {
	b := make([]byte, slotSize)
	copy(b, "motp")
	b[4] = recordVersion
	put64(b[8:], r.seq)
	put64(b[16:], uint64(r.failures))
	put64(b[24:], uint64(r.lastFailure))
	put64(b[32:], uint64(r.lockedSince))
	put64(b[40:], uint64(r.lastLogin))
	put64(b[48:], r.wrongMark)
	for i := range r.tokens {
		t, e := &r.tokens[i], b[headerSize+i*tokenSize:]
		put64(e, t.id)
		put64(e[8:], uint64(t.high))
		for j, word := range t.used {
			put64(e[16+8*j:], word)
		}
		put64(e[48:], uint64(t.drift))
		put64(e[56:], uint64(t.synced))
	}
	image := b[:imageSize]
	put64(image[checksumAt:], checksum(user, image))
	copy(b[imageSize:], image)
	return b, int64(r.seq%2) * slotSize
}

func checksum(user string, image []byte) uint64 {
	h := md5.New()
	h.Write([]byte(user))
	h.Write(image[:checksumAt])
	h.Write(image[checksumAt+8:])
	var sum [md5.Size]byte
	return get64(h.Sum(sum[:0]))
}

// parseImage reads one image. ok is false if it is not whole, not this user's, or of another version.
func parseImage(user string, image []byte) (r record, ok bool) {
	if string(image[:4]) != "motp" || image[4] != recordVersion || get64(image[checksumAt:]) != checksum(user, image) {
		return record{}, false
	}
	r.seq = get64(image[8:])
	r.failures = uint32(get64(image[16:]))
	r.lastFailure = int64(get64(image[24:]))
	r.lockedSince = int64(get64(image[32:]))
	r.lastLogin = int64(get64(image[40:]))
	r.wrongMark = get64(image[48:])
	for i := range r.tokens {
		t, e := &r.tokens[i], image[headerSize+i*tokenSize:]
		t.id = get64(e)
		t.high = int64(get64(e[8:]))
		for j := range t.used {
			t.used[j] = get64(e[16+8*j:])
		}
		t.drift = int64(get64(e[48:]))
		t.synced = int64(get64(e[56:]))
	}
	return r, true
}

// parseFile finds the record in force in the bytes of a user's file. ok is false if there is none. doubt is true if one slot is spoilt in both
// its images, so that a newer record may have stood there: see record.assumeWorst.
func parseFile(user string, file []byte) (r record, doubt, ok bool) {
	var slots [2]struct {
		newest record
		whole  bool
	}
	for i := range slots {
		for _, at := range []int{i * slotSize, i*slotSize + imageSize} {
			image, valid := parseImage(user, file[at:at+imageSize])
			if !valid || image.seq%2 != uint64(i) {
				continue
			}
			if s := &slots[i]; !s.whole || image.seq > s.newest.seq {
				s.newest, s.whole = image, true
			}
		}
	}
	a, b := &slots[0], &slots[1]
	switch {
	case !a.whole && !b.whole:
		return record{}, false, false
	case a.whole && (!b.whole || a.newest.seq > b.newest.seq):
		return a.newest, !b.whole, true
	default:
		return b.newest, !a.whole, true
	}
}

// assumeWorst makes up for a record that may be lost: it may have held one more failure, and the use of any code up to the end of the window.
func (r *record) assumeWorst(u User, now time.Time, p Policy) {
	r.countFailure(now, p)
	for i, m := range r.memories(u) {
		windows := m.windows(u.Tokens[i], now, p)
		for _, w := range windows {
			m.burn(w.to)
		}
	}
}

// memories returns what is remembered of each of the user's tokens, making room for new ones. A token is known by its name and secret: with a new
// secret its codes are new ones, and its old memory stays as long as there is room, in case the old secret returns.
func (r *record) memories(u User) []*tokenMemory {
	found := make([]*tokenMemory, len(u.Tokens))
	ids := make([]uint64, len(u.Tokens))
	for i, t := range u.Tokens {
		ids[i] = tokenID(t)
		found[i] = r.find(ids[i])
	}
	for i := range found {
		if found[i] == nil {
			found[i] = r.spare(found)
			*found[i] = tokenMemory{id: ids[i]}
		}
	}
	return found
}

func (r *record) find(id uint64) *tokenMemory {
	for i := range r.tokens {
		if r.tokens[i].id == id {
			return &r.tokens[i]
		}
	}
	return nil
}

// spare returns a place that is not taken: an unused one, or the one whose last use is longest ago.
func (r *record) spare(taken []*tokenMemory) *tokenMemory {
	var best *tokenMemory
	for i := range r.tokens {
		m := &r.tokens[i]
		if slices.Contains(taken, m) {
			continue
		}
		if m.id == 0 {
			return m
		}
		if best == nil || m.high < best.high {
			best = m
		}
	}
	return best
}

// tokenID is never 0, which marks an unused place. Of a token with another type, period or beginning the same steps are other codes.
func tokenID(t Token) uint64 {
	what := "token\x00" + t.Name + "\x00" + t.Secret
	if t.Type != MobileOTP {
		what += "\x00" + t.Type.String() + "\x00" + t.StepLength().String() + "\x00" + strconv.FormatInt(t.T0, 10)
	}
	sum := md5.Sum([]byte(what))
	return get64(sum[:]) | 1
}
