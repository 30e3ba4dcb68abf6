package conf

import (
	"errors"
	"hash/maphash"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pam-motp/pam-motp/motp"
	"golang.org/x/sys/unix"
)

// pause is how long no index is made after another.
const pause = time.Second

// Kept is a [Table] for a program that stays: it gives the same answers, and remembers where in
// the table the users stand, so that it reads one user's lines and need not search. It is for many
// goroutines at once.
//
// What it keeps in memory is 8 bytes a user, and the settings: no name, and no secret. Each answer
// looks at the file anew. If that has changed in any way, or so lately that its times don't tell,
// or if there is anything wrong with what was found, then Kept searches as Table does, whose words
// and verdicts these are. So no answer is older than the question. After a change, the places are
// noted anew beside the answers, in one goroutine that ends by itself.
type Kept struct {
	table Table // with what opens its values; opened ones are not kept

	index atomic.Pointer[index] // nil if there is none

	mu      sync.Mutex
	builder chan struct{} // closed when whoever makes an index has ended; nil if nobody does
	rested  time.Time     // before which no index is made

	// what tests change, before they ask
	hash            hasher
	now             func() time.Time
	settling, pause time.Duration
	chunk           int
}

// Keep returns the table at a path, and has what is sealed there opened. Nothing is read before it
// is asked for.
func Keep(path string, by motp.Sealer) *Kept {
	seed := maphash.MakeSeed() // so that nobody can look for names with the same hash
	return &Kept{
		table:    Table{path, by},
		hash:     func(name []byte) uint32 { return uint32(maphash.Bytes(seed, name)) },
		now:      time.Now,
		settling: settling,
		pause:    pause,
		chunk:    chunk,
	}
}

// Lookup finds one user, as [Table.Lookup] does.
func (k *Kept) Lookup(name string) (Settings, motp.User, error) {
	x, fd, ok := k.open()
	if !ok {
		defer k.refresh()
		return k.table.Lookup(name)
	}
	settings, u, err := k.lookup(x, fd, name)
	_ = unix.Close(fd)
	if err == nil || err == ErrNoUser {
		return settings, u, err
	}
	return k.table.Lookup(name)
}

// errUnusual means that a search must tell what there is to say of a user.
var errUnusual = errors.New("is not as it was indexed")

// lookup finds a user by the index of the table that is open. An error other than ErrNoUser says
// nothing but that a search must tell.
func (k *Kept) lookup(x *index, fd int, name string) (Settings, motp.User, error) {
	settings := x.settings
	if name == "" {
		name = nobody
	}
	text, ok := x.read(fd, x.find(k.hash([]byte(name))), k.hash)
	defer wipe(text)
	if !ok || !x.stamp.isOf(fd) { // or it was changed while we read
		return settings, motp.User{}, errUnusual
	}
	var found []Entry
	c := content{file: k.table.Path, text: text}
	if x.form == inColumns {
		found = (&columns{c}).entries("")
	} else {
		found = (&sections{c}).entries("")
	}
	own, err := k.table.findOwn(name)
	if err != nil && !isNotExist(err) {
		return settings, motp.User{}, err
	}
	// somebody else's too, who was read for one who is not there
	found = openAll(text, append(found, own...), k.table.Sealer)
	settings.Fleet = settings.Fleet.of(name, found)
	u, err := only(name, found)
	return settings, u, err
}

// Users returns every entry, as [Table.Users] does.
func (k *Kept) Users() (motp.Policy, []Entry, error) { return k.table.Users() }

// ConfirmAbsent is [Table.ConfirmAbsent], which reads the whole table.
func (k *Kept) ConfirmAbsent(names ...string) error { return k.table.ConfirmAbsent(names...) }

// Settings returns what [Table.Settings] does.
func (k *Kept) Settings() (Settings, error) {
	x, fd, ok := k.open()
	if !ok {
		defer k.refresh()
		return k.table.Settings()
	}
	_ = unix.Close(fd)
	return x.settings, nil
}

// open opens the table, with its index. ok is false if there is no index of what is there now.
func (k *Kept) open() (x *index, fd int, ok bool) {
	x = k.index.Load()
	if x == nil || !x.fit || x.stamp.settlesIn(k.now(), k.settling) > 0 {
		return nil, -1, false
	}
	fd, st, err := openSafely(unix.AT_FDCWD, k.table.Path, k.table.Path, unix.S_IFREG)
	if err != nil {
		return nil, -1, false
	}
	if stampOf(&st) != x.stamp {
		_ = unix.Close(fd)
		return nil, -1, false
	}
	return x, fd, true
}

// refresh has an index made, unless that is being done.
func (k *Kept) refresh() {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.builder != nil {
		return
	}
	done := make(chan struct{})
	k.builder = done
	rested := k.rested
	go func() {
		defer close(done)
		time.Sleep(time.Until(rested))
		k.rebuild()
		k.mu.Lock()
		defer k.mu.Unlock()
		k.builder, k.rested = nil, time.Now().Add(k.pause)
	}()
}

// rebuild makes an index of the table, once its times can be relied on. It gives up if the table
// changes meanwhile; whoever asks next has it tried again.
func (k *Kept) rebuild() {
	wait, ok := k.settlesIn()
	if !ok || wait > k.settling { // in the future
		return
	}
	time.Sleep(wait)

	fd, st, err := openSafely(unix.AT_FDCWD, k.table.Path, k.table.Path, unix.S_IFREG)
	if err != nil {
		return
	}
	defer unix.Close(fd)
	s := stampOf(&st)
	if s.settlesIn(k.now(), k.settling) > 0 || k.knows(s) || beingWritten(fd) {
		return
	}
	k.index.Store(nil) // one takes up enough memory
	if x, err := indexTable(fd, k.table.Path, s, k.hash, k.chunk); err == nil && s.isOf(fd) {
		k.index.Store(x)
	}
}

// settlesIn returns how long it takes until the table's stamp can be relied on.
func (k *Kept) settlesIn() (wait time.Duration, ok bool) {
	var st unix.Stat_t
	if err := unix.Lstat(k.table.Path, &st); err != nil {
		return 0, false
	}
	return stampOf(&st).settlesIn(k.now(), k.settling), true
}

// knows says whether there is an index for a stamp, or it is known that there can be none.
func (k *Kept) knows(s stamp) bool {
	x := k.index.Load()
	return x != nil && x.stamp == s
}
