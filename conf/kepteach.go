package conf

import "golang.org/x/sys/unix"

// Each yields every entry, opened, in no order; both of somebody who stands there twice. With an
// index it has one user in memory at a time: it waits for one to be made. With an error, what was
// yielded is not all: [Kept.Users] tells.
func (k *Kept) Each(yield func(Entry)) error {
	x, fd, ok := k.open()
	if !ok {
		k.awaitIndex()
		if x, fd, ok = k.open(); !ok {
			return errUnusual
		}
	}
	defer unix.Close(fd)
	for at := 0; at < len(x.places); {
		end := at + 1
		for end < len(x.places) && x.places[end].hash() == x.places[at].hash() {
			end++
		}
		if !k.eachOf(x, fd, x.places[at:end], yield) {
			return errUnusual
		}
		at = end
	}
	own, err := k.table.findOwn("")
	if err != nil && !isNotExist(err) {
		return err
	}
	for _, e := range openAll(nil, own, k.table.Sealer) {
		yield(e)
	}
	if !x.stamp.isOf(fd) {
		return errUnusual
	}
	return nil
}

// eachOf yields what stands at some places, which are of one user, or of two with one hash.
func (k *Kept) eachOf(x *index, fd int, places []spot, yield func(Entry)) bool {
	text, ok := x.read(fd, places, k.hash)
	defer wipe(text)
	if !ok {
		return false
	}
	c := content{file: k.table.Path, text: text}
	var found []Entry
	if x.form == inColumns {
		found = (&columns{c}).entries("")
	} else {
		found = (&sections{c}).entries("")
	}
	for _, e := range openAll(text, found, k.table.Sealer) {
		yield(e)
	}
	return true
}

// awaitIndex has an index made, and waits until that has ended.
func (k *Kept) awaitIndex() {
	k.refresh()
	k.mu.Lock()
	builder := k.builder
	k.mu.Unlock()
	if builder != nil {
		<-builder
	}
}
