package motp

// A file as most users have it.
const (
	slotSize  = 2 * smallImage
	fileSize  = 4 * smallImage
	imageSize = smallImage
)

// smallSlot is a record's slot in such a file.
func smallSlot(r *record) (b []byte, at int64) {
	b, at, ok := r.slot("alice", smallImage)
	if !ok {
		panic("the record does not fit")
	}
	return b, at
}

// same says that two records know the same.
func same(a, b record) bool {
	return a.seq == b.seq && string(a.bytes()) == string(b.bytes())
}
