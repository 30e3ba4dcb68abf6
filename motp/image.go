package motp

import "crypto/md5"

// A user's file holds two slots, written in turn, each with the same image twice. A slot is written
// by one pwrite and one fdatasync before the attempt is answered.
//
//	slot 0: image, image again │ slot 1: image, image again
//
// A crash in the middle of a write can spoil the slot being written, whose attempt was not answered;
// the other slot stands. A bit that rots spoils one image, and its twin stands.
//
//	image:  0  "motp", version, 3 bytes of zero
//	        8  sequence number; the slot is its lowest bit, the highest valid one is in force
//	       16  length of the record's bytes (4), 4 bytes of zero
//	       24  checksum: MD5(user's name ‖ image without these 8 bytes), its first 8 bytes
//	       32  the record's bytes, see recordcodec.go; then zeros
//
// The checksum holds the name, so that a record cannot be passed off as another user's. A file is as
// long as four images: 1024 bytes each, or 4096 where a user's record has grown.
const (
	smallImage = 1024
	largeImage = 4096

	imageHead  = 32
	checksumAt = 24

	magic   = "motp\x02"
	v1Magic = "motp\x01"
)

// A size is that of an image, and with it of the file.
type size int

func (s size) slot() int { return 2 * int(s) }
func (s size) file() int { return 4 * int(s) }
func (s size) room() int { return int(s) - imageHead }

// sizeOf tells a file's images from its length. What a shorter file lacks reads as zeros, which are
// no record.
func sizeOf(fileLength int) size {
	if fileLength >= size(largeImage).file() {
		return largeImage
	}
	return smallImage
}

// size is that of the images which the record needs.
func (r *record) size() size {
	if len(r.bytes()) > size(smallImage).room() {
		return largeImage
	}
	return smallImage
}

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

// slot returns the bytes of the record's slot and where they belong in the file. ok is false if the
// record does not fit.
func (r *record) slot(user string, s size) (b []byte, at int64, ok bool) {
	content, ok := r.encode(s.room())
	if !ok {
		return nil, 0, false
	}
	b = make([]byte, s.slot())
	copy(b, magic)
	put64(b[8:], r.seq)
	put64(b[16:], uint64(len(content)))
	copy(b[imageHead:], content)
	image := b[:s]
	put64(image[checksumAt:], checksum(user, image, checksumAt))
	copy(b[s:], image)
	return b, int64(r.seq%2) * int64(s.slot()), true
}

func checksum(user string, image []byte, at int) uint64 {
	h := md5.New()
	h.Write([]byte(user))
	h.Write(image[:at])
	h.Write(image[at+8:])
	var sum [md5.Size]byte
	return get64(h.Sum(sum[:0]))
}

// parseImage reads one image. ok is false if it is not whole, not this user's, or of a version that
// is not known.
func parseImage(user string, image []byte) (r record, ok bool) {
	switch {
	case string(image[:5]) == v1Magic && len(image) == smallImage:
		if get64(image[v1ChecksumAt:]) != checksum(user, image, v1ChecksumAt) {
			return record{}, false
		}
		return readV1(image)
	case string(image[:5]) != magic, get64(image[checksumAt:]) != checksum(user, image, checksumAt):
		return record{}, false
	}
	n := get64(image[16:])
	if n > uint64(len(image)-imageHead) {
		return record{}, false
	}
	r, ok = readRecord(image[imageHead:][:n])
	r.seq = get64(image[8:])
	return r, ok
}

// parseFile finds the record in force in the bytes of a user's file, which are as many as four images
// have. ok is false if there is none. doubt is true if one slot is spoilt in both its images, so that
// a newer record may have stood there: see record.assumeWorst.
func parseFile(user string, file []byte) (r record, doubt, ok bool) {
	s := size(len(file) / 4)
	var slots [2]struct {
		newest record
		whole  bool
	}
	for i := range slots {
		for _, at := range []int{i * s.slot(), i*s.slot() + int(s)} {
			image, valid := parseImage(user, file[at:at+int(s)])
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
