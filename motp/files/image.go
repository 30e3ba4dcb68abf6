//go:build linux

package files

import (
	"crypto/md5"
	"encoding/binary"

	"github.com/pam-motp/pam-motp/motp"
)

// A user's file holds two slots, written in turn, each with the same image twice. A slot is written
// by one pwrite and one fdatasync before the attempt is answered.
//
//	slot 0: image, image again │ slot 1: image, image again
//
// A crash in the middle of a write can spoil the slot being written, whose attempt was not
// answered; the other slot stands. A bit that rots spoils one image, and its twin stands.
//
//	image:  0  "motp", version, 3 bytes of zero
//	        8  sequence number; the slot is its lowest bit, the highest valid one is in force
//	       16  length of the record's bytes (4), 4 bytes of zero
//	       24  checksum: MD5(user's name ‖ image without these 8 bytes), its first 8 bytes
//	       32  the record's bytes, which package motp knows; then zeros
//
// Version 1 had the sequence number where it is now, and the checksum at 56; the rest of the image
// belongs to the record, which is handed on as the whole image.
//
// The checksum holds the name, so that a record cannot be passed off as another user's. A file is
// as long as four images: 1024 bytes each, or 4096 where a user's record has grown.
const (
	smallImage = 1024
	largeImage = 4096

	imageHead    = 32
	checksumAt   = 24
	v1ChecksumAt = 56

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

// sizeFor is that of the images which a record needs.
func sizeFor(record []byte) size {
	if len(record) > size(smallImage).room() {
		return largeImage
	}
	return smallImage
}

// A numbered is a record with its sequence number, which counts the changes. The first is 1; with 0
// there is none.
type numbered struct {
	seq    uint64
	record []byte
	image  []byte // what it was read from
}

// slot returns the bytes of the record's slot and where they belong in the file.
func (n numbered) slot(user string, s size) (b []byte, at int64, err error) {
	if len(n.record) > s.room() {
		return nil, 0, motp.ErrFull
	}
	b = make([]byte, s.slot())
	image := b[:s]
	copy(image, magic)
	binary.LittleEndian.PutUint64(image[8:], n.seq)
	binary.LittleEndian.PutUint64(image[16:], uint64(len(n.record)))
	copy(image[imageHead:], n.record)
	binary.LittleEndian.PutUint64(image[checksumAt:], checksum(user, image, checksumAt))
	copy(b[s:], image)
	return b, n.place(s), nil
}

// place is where the record's slot is in a file.
func (n numbered) place(s size) int64 { return int64(n.seq%2) * int64(s.slot()) }

func checksum(user string, image []byte, at int) uint64 {
	h := md5.New()
	h.Write([]byte(user))
	h.Write(image[:at])
	h.Write(image[at+8:])
	var sum [md5.Size]byte
	return binary.LittleEndian.Uint64(h.Sum(sum[:0]))
}

// parseImage reads one image. ok is false if it is not whole, not this user's, or of a version that
// is not known. The record is part of the image.
func parseImage(user string, image []byte) (n numbered, ok bool) {
	at := checksumAt
	n.image = image
	if len(image) == smallImage && string(image[:5]) == v1Magic {
		at, n.record = v1ChecksumAt, image
	} else if string(image[:5]) == magic {
		length := binary.LittleEndian.Uint64(image[16:])
		if length > uint64(len(image)-imageHead) {
			return numbered{}, false
		}
		n.record = image[imageHead:][:length]
	} else {
		return numbered{}, false
	}
	if binary.LittleEndian.Uint64(image[at:]) != checksum(user, image, at) {
		return numbered{}, false
	}
	n.seq = binary.LittleEndian.Uint64(image[8:])
	return n, true
}

// parseFile finds the record in force in the bytes of a user's file, which are as many as four
// images have. ok is false if there is none. doubt is true if one slot is spoilt in both its
// images, so that a newer record may have stood there.
func parseFile(user string, file []byte) (n numbered, doubt, ok bool) {
	s := size(len(file) / 4)
	var slots [2]struct {
		newest numbered
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
		return numbered{}, false, false
	case a.whole && (!b.whole || a.newest.seq > b.newest.seq):
		return a.newest, !b.whole, true
	default:
		return b.newest, !a.whole, true
	}
}
