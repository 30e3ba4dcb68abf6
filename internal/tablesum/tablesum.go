// Package tablesum tells whose entries differ in the tables of two hosts of a fleet, without what
// stands there: each host sums up each user's entry with a key of the fleet's, and shows the sums.
//
// Whoever has no such key learns from them how many users there are, and that some have changed.
// Whoever has it can try guesses of a PIN if he knows all else that an entry says.
//
// The package must not know how sums come to other hosts.
package tablesum

import (
	"bytes"
	"cmp"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"slices"

	"github.com/pam-motp/pam-motp/conf"
)

const (
	tagLen = 6
	oneLen = tagLen + 4

	// Most is how many users' sums are shown: a megabyte of them, where etcd takes half as much
	// more.
	Most = 100_000
)

// A Key makes the sums of a fleet.
type Key struct{ secret []byte }

// NewKey is the key that a fleet's own leads to, for this alone.
func NewKey(fleet string, secret []byte) Key { return Key{sum(secret, "motp fleet table", fleet)} }

// sum is one of words, each with its length.
func sum(secret []byte, words ...string) []byte {
	h := hmac.New(sha256.New, secret)
	for _, w := range words {
		var n [8]byte
		binary.LittleEndian.PutUint64(n[:], uint64(len(w)))
		_, _ = h.Write(n[:])
		_, _ = h.Write([]byte(w))
	}
	return h.Sum(nil)
}

// Tag is what stands for a user's name.
func (k Key) Tag(name string) string { return hex.EncodeToString(k.tag(name)) }

func (k Key) tag(name string) []byte { return sum(k.secret, "name", name)[:tagLen] }

// Sums are those of a table, while it is read.
type Sums struct {
	key Key
	all [][oneLen]byte
}

// Of begins the sums of a table.
func (k Key) Of() *Sums { return &Sums{key: k} }

// Add adds an entry. Local users are of no other host.
func (s *Sums) Add(e conf.Entry) {
	if e.Local {
		return
	}
	words := append([]string{"entry", e.User.Name}, e.Said()...)
	var one [oneLen]byte
	copy(one[:], s.key.tag(e.User.Name))
	copy(one[tagLen:], sum(s.key.secret, words...))
	s.all = append(s.all, one)
}

// Bytes are the sums as they are shown. ok is false if they are too many.
func (s *Sums) Bytes() (b []byte, ok bool) {
	if len(s.all) > Most {
		return nil, false
	}
	slices.SortFunc(s.all, func(a, b [oneLen]byte) int { return bytes.Compare(a[:], b[:]) })
	b = make([]byte, 0, len(s.all)*oneLen)
	for _, one := range s.all {
		b = append(b, one[:]...)
	}
	return b, true
}

// Differ are the tags of those who are in both tables, and of whom these do not say the same.
func Differ(a, b []byte) (tags []string) {
	for len(a) >= oneLen && len(b) >= oneLen {
		ofA, ofB := first(a), first(b)
		switch order := cmp.Compare(string(ofA[:tagLen]), string(ofB[:tagLen])); {
		case order < 0:
			a = a[len(ofA):]
		case order > 0:
			b = b[len(ofB):]
		default:
			if !bytes.Equal(ofA, ofB) {
				tags = append(tags, hex.EncodeToString(ofA[:tagLen]))
			}
			a, b = a[len(ofA):], b[len(ofB):]
		}
	}
	return tags
}

// first are the sums of the first user.
func first(b []byte) []byte {
	end := oneLen
	for len(b) >= end+oneLen && bytes.Equal(b[:tagLen], b[end:end+tagLen]) {
		end += oneLen
	}
	return b[:end]
}
