package resident

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"time"

	"github.com/pam-motp/pam-motp/internal/ask"
	"golang.org/x/sys/unix"
)

// A motpd that ends in good order leaves its tickets to the next, so that nobody who is being asked
// meanwhile has to begin anew: the key, and which tickets were used. The file is root's alone, in
// memory (/run), and good once. After a crash there is none, and those tickets are refused.

// handoverIn is the file, beside the sockets.
func handoverIn(folder string) string { return filepath.Join(folder, ".tickets") }

// folderOf is where the sockets are.
func folderOf(listen string) string {
	if listen != "" {
		return listen
	}
	return filepath.Dir(ask.RootSocket)
}

// handoverMax is the longest file that is read: more than are used in two minutes.
const handoverMax = 16 << 20

const entrySize = serialSize + 8

// leave writes the tickets for the next motpd, if any is still good.
func (t *tickets) leave(path string) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.now() > time.Duration(t.last.Load()) {
		return nil
	}
	b := append([]byte(nil), t.key...)
	now := t.now()
	for serial, ticket := range t.used {
		if ticket.until >= now {
			b = append(b, serial[:]...)
			b = binary.LittleEndian.AppendUint64(b, uint64(ticket.until))
		}
	}
	defer clear(b)
	_ = os.Remove(path)
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL|unix.O_NOFOLLOW, 0o600)
	if err != nil {
		return err
	}
	_, err = file.Write(b)
	if errClose := file.Close(); err == nil {
		err = errClose
	}
	if err != nil {
		_ = os.Remove(path)
	}
	return err
}

// inherit takes what an earlier motpd has left; if it left nothing, or nothing that can be used,
// the tickets are new ones.
func inherit(path string) (*tickets, error) {
	b := readHandover(path)
	defer clear(b)
	if len(b) < keySize || (len(b)-keySize)%entrySize != 0 {
		return newTickets()
	}
	t, err := ticketsWith(append([]byte(nil), b[:keySize]...))
	if err != nil {
		return nil, err
	}
	for b := b[keySize:]; len(b) > 0; b = b[entrySize:] {
		until := time.Duration(binary.LittleEndian.Uint64(b[serialSize:]))
		t.used[[serialSize]byte(b)] = usedTicket{until: until}
	}
	// The latest of them may have been made just now, and whoever has it may still be asked
	// when this motpd ends, too.
	t.last.Store(int64(t.now() + ticketFor))
	return t, nil
}

// readHandover reads the file and removes it. What is not root's alone, or cannot be removed, is
// nothing.
func readHandover(path string) []byte {
	file, err := os.OpenFile(path, os.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil
	}
	defer file.Close()
	var st unix.Stat_t
	if os.Remove(path) != nil || unix.Fstat(int(file.Fd()), &st) != nil ||
		st.Mode != unix.S_IFREG|0o600 || int(st.Uid) != unix.Geteuid() ||
		st.Size > handoverMax {
		return nil
	}
	b := make([]byte, st.Size)
	if n, err := file.Read(b); err != nil || n != len(b) {
		return nil
	}
	return b
}
