package conf

import (
	"bytes"
	"slices"
)

const (
	// chunk is how much of a table is in memory while an index is made, and so the longest line
	// and the longest beginning without a user that an index knows how to deal with.
	chunk = 256 << 10

	// maxPlaces keeps an index below 32 MB. A table with more users is searched.
	maxPlaces = 4 << 20

	// An entry is read in one go if it is no longer than this, which nearly all are.
	usualEntry = 1 << 10

	// maxEntry is the longest section, with the comments behind it, that an index leads to.
	maxEntry = 64 << 10

	// maxAlike is for how many places of one name, or of names with the same hash, an index is
	// of use. A user with all tokens has eight.
	maxAlike = 16
)

// An index says where in a table the users stand, and what holds for all of them. It knows nobody's
// name or secret. Of a table in which something is not as usual there is none, but what says so.
type index struct {
	stamp stamp // that of the table when it was read
	fit   bool  // false if the table must be searched

	form     form
	settings Settings
	places   []spot // in order
}

// A spot is the hash of a user's name in the upper half, and in the lower where one of their
// sections begins, or their row, in bytes.
type spot uint64

func spotOf(hash uint32, at int64) spot { return spot(hash)<<32 | spot(at) }

func (s spot) hash() uint32 { return uint32(s >> 32) }

func (s spot) at() int64 { return int64(uint32(s)) }

// A hasher makes a number of a name. Two names may have the same one.
type hasher func(name []byte) uint32

// indexTable makes the index of an open table that has this stamp, a chunk at a time. The error is
// one of reading.
func indexTable(fd int, path string, s stamp, hash hasher, chunk int) (*index, error) {
	unfit := &index{stamp: s}
	if s.size > maxFile {
		return unfit, nil
	}
	x := &index{stamp: s, fit: true}
	buf := make([]byte, min(int64(chunk), s.size+1))
	defer clear(buf)
	for at, rest := int64(0), 0; ; {
		n, err := readAt(fd, buf[rest:], at+int64(rest))
		if err != nil {
			return nil, err
		}
		text := buf[:rest+n]
		last := len(text) < len(buf)
		if !last {
			text = text[:bytes.LastIndexByte(text, '\n')+1]
		}
		if !last && len(text) == 0 || bytes.IndexByte(text, 0) >= 0 ||
			at == 0 && !x.begin(path, text, last) || !x.add(text, at, hash) {
			return unfit, nil
		}
		if last {
			break
		}
		if at == 0 { // about as many as there will be
			all := int64(len(x.places)+len(x.places)/16) * s.size / int64(chunk)
			x.places = slices.Grow(x.places, int(min(all, maxPlaces)))
		}
		at += int64(len(text))
		rest = copy(buf, buf[len(text):])
	}
	slices.Sort(x.places)
	return x, nil
}

// begin reads what comes first in a table: which form it has, and what is set. It returns false if
// that is wrong, or cannot be told from the beginning; last says that there is no more.
func (x *index) begin(path string, text []byte, last bool) bool {
	d := documentOf(path, text)
	x.form = d.form()
	if x.form == inSections && !last && !hasHeader(text) {
		return false
	}
	var err error
	x.settings, err = d.settings()
	return err == nil
}

// add notes who stands in some whole lines of the table. It returns false if there are too many, or
// sections among rows.
func (x *index) add(text []byte, at int64, hash hasher) bool {
	if x.form == inSections {
		for begin := range starts(text, "[") {
			name := x.form.nameIn(lineAt(text, begin))
			x.places = append(x.places, spotOf(hash(name), at+int64(begin)))
		}
		return len(x.places) <= maxPlaces
	}
	for l := range lines(text, 0) {
		if l.isHeader() {
			return false
		}
		if !l.blank() {
			name := x.form.nameIn(l)
			x.places = append(x.places, spotOf(hash(name), at+int64(l.start)))
		}
	}
	return len(x.places) <= maxPlaces
}

// nameIn returns whom a header or a row is for.
func (f form) nameIn(l line) []byte {
	if f == inColumns {
		if end := bytes.IndexAny(l.text, " \t"); end >= 0 {
			return l.text[:end]
		}
		return l.text
	}
	inside, _ := l.inBrackets()
	name, _, _ := bytes.Cut(inside, []byte("/"))
	return name
}

// find returns the places of a name with this hash. If there are none, it returns that of somebody
// else, so that the work is the same.
func (x *index) find(hash uint32) []spot {
	from, _ := slices.BinarySearch(x.places, spotOf(hash, 0))
	to := from
	for to < len(x.places) && x.places[to].hash() == hash {
		to++
	}
	if from == to && len(x.places) > 0 {
		from %= len(x.places)
		to = from + 1
	}
	return x.places[from:to]
}

// read reads what stands at some places of the table, one behind the other, and nothing else. ok is
// false if that is more than usual, or something else than was indexed. The text is to be wiped.
func (x *index) read(fd int, places []spot, hash hasher) (text []byte, ok bool) {
	if len(places) > maxAlike {
		return nil, false
	}
	var all [maxAlike][]byte
	size := 0
	for i, p := range places {
		entry, ok := x.readEntry(fd, p, hash)
		if !ok {
			wipe(all[:i]...)
			return nil, false
		}
		all[i] = entry
		size += len(entry)
	}
	if len(places) == 1 {
		return all[0], true
	}
	text = make([]byte, 0, size)
	for _, entry := range all[:len(places)] {
		text = append(text, entry...)
		wipe(entry)
	}
	return text, true
}

// readEntry reads one section, or one row.
func (x *index) readEntry(fd int, p spot, hash hasher) (entry []byte, ok bool) {
	for size := usualEntry; size <= maxEntry; size *= 4 {
		b := make([]byte, size)
		n, err := readAt(fd, b, p.at())
		if err != nil || n == 0 {
			return nil, false
		}
		end, ok := x.form.entryEnd(b[:n], n < size)
		if !ok {
			wipe(b)
			continue
		}
		first := lineAt(b[:end], 0)
		if len(first.text) == 0 || x.form == inSections && !first.isHeader() ||
			hash(x.form.nameIn(first)) != p.hash() {
			wipe(b)
			return nil, false
		}
		return b[:end], true
	}
	return nil, false
}

// entryEnd returns where an entry ends that begins with the text. ok is false if that is further
// on; last says that there is no more.
func (f form) entryEnd(text []byte, last bool) (end int, ok bool) {
	if !last {
		text = text[:bytes.LastIndexByte(text, '\n')+1]
	}
	for l := range lines(text, 0) {
		if l.start > 0 && (f == inColumns || l.isHeader()) {
			return l.start, true
		}
	}
	return len(text), last
}

// wipe overwrites all of some memory, what is behind a slice's end too.
func wipe(all ...[]byte) {
	for _, b := range all {
		clear(b[:cap(b)])
	}
}
