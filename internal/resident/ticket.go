package resident

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pam-motp/pam-motp/pam/login"
	"golang.org/x/sys/unix"
)

const (
	// ticketFor is how long a person has to answer a question.
	ticketFor = 2 * time.Minute

	// ticketMax is the longest ticket: a field of the wire's.
	ticketMax = 1024
)

var (
	errTicket = errors.New("the answer came with a ticket that is not this login's, " +
		"was used, or is older than two minutes: log in again")
	errNoTicket = errors.New("where the login stands does not fit into a ticket")
	errManyUsed = errors.New("programs of this account have answered thousands of " +
		"questions in two minutes: try again later")
)

// tickets seals where logins stand while a person is asked, so that nothing of them is kept here. A
// ticket is good once, for two minutes, for the process that got it, and for the same request.
type tickets struct {
	key   []byte
	seals cipher.AEAD
	now   func() time.Duration // sinceBoot, but in tests
	last  atomic.Int64         // until when the latest ticket is good

	mu    sync.Mutex
	used  map[[serialSize]byte]usedTicket
	of    map[uint32]int // how many of each account, root's and those of an earlier motpd aside
	swept time.Duration
}

// A usedTicket was used, and would be good until a time.
type usedTicket struct {
	until time.Duration
	uid   uint32
}

const (
	keySize    = 32
	serialSize = 16

	// usedOfOne is how many used tickets of an account are remembered: no person answers so
	// many questions, and no program fills the memory with them.
	usedOfOne = 4096
)

func newTickets() (*tickets, error) {
	key := make([]byte, keySize)
	if _, err := rand.Read(key); err != nil {
		return nil, err
	}
	return ticketsWith(key)
}

func ticketsWith(key []byte) (*tickets, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	seals, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, err
	}
	return &tickets{key: key, seals: seals, now: sinceBoot,
		used: make(map[[serialSize]byte]usedTicket), of: make(map[uint32]int)}, nil
}

// sinceBoot is the time by a clock that nobody sets, and that the next motpd has, too.
func sinceBoot() time.Duration {
	var t unix.Timespec
	_ = unix.ClockGettime(unix.CLOCK_BOOTTIME, &t) // which Linux has
	return time.Duration(t.Nano())
}

// seal makes a ticket.
func (t *tickets) seal(stage login.Stage, c connection, req login.Request) (string, error) {
	what, err := stage.MarshalBinary()
	if err != nil {
		return "", err
	}
	plain := make([]byte, serialSize, serialSize+8+len(what))
	if _, err := rand.Read(plain); err != nil {
		return "", err
	}
	until := t.now() + ticketFor
	t.last.Store(int64(until))
	plain = binary.LittleEndian.AppendUint64(plain, uint64(until))
	plain = append(plain, what...)
	sealed := t.seals.Seal(nil, nil, plain, whose(c, req))
	clear(plain)
	ticket := base64.RawURLEncoding.EncodeToString(sealed)
	if len(ticket) > ticketMax {
		return "", errNoTicket
	}
	return ticket, nil
}

// open takes a ticket, which is used from then on.
func (t *tickets) open(ticket string, c connection, req login.Request) (login.Stage, error) {
	var stage login.Stage
	sealed, err := base64.RawURLEncoding.DecodeString(ticket)
	if err != nil || base64.RawURLEncoding.EncodeToString(sealed) != ticket {
		return stage, errTicket // to the letter: line ends would be passed over
	}
	plain, err := t.seals.Open(nil, nil, sealed, whose(c, req))
	if err != nil || len(plain) < serialSize+8 {
		return stage, errTicket
	}
	defer clear(plain)
	until := time.Duration(binary.LittleEndian.Uint64(plain[serialSize:]))
	err = t.use([serialSize]byte(plain), usedTicket{until, c.peer.Uid})
	if err != nil {
		return stage, err
	}
	if err := stage.UnmarshalBinary(plain[serialSize+8:]); err != nil {
		return login.Stage{}, errTicket
	}
	return stage, nil
}

// use notes that a ticket was used, if it is still good.
func (t *tickets) use(serial [serialSize]byte, ticket usedTicket) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.now()
	t.sweep(now)
	if _, used := t.used[serial]; used || now > ticket.until {
		return errTicket
	}
	if t.of[ticket.uid] >= usedOfOne {
		return errManyUsed
	}
	t.used[serial] = ticket
	if ticket.uid != 0 {
		t.of[ticket.uid]++
	}
	return nil
}

// sweep forgets the tickets that would not be good any more.
func (t *tickets) sweep(now time.Duration) {
	if now-t.swept <= ticketFor {
		return
	}
	for serial, old := range t.used {
		if old.until >= now {
			continue
		}
		delete(t.used, serial)
		if t.of[old.uid]--; t.of[old.uid] <= 0 {
			delete(t.of, old.uid)
		}
	}
	t.swept = now
}

// whose is what a ticket is bound to: who asked, and for what.
func whose(c connection, req login.Request) []byte {
	h := sha256.New()
	number := func(n uint64) {
		_ = binary.Write(h, binary.LittleEndian, n)
	}
	number(uint64(c.peer.Uid))
	number(uint64(c.peer.Pid))
	number(uint64(req.Flags))
	number(uint64(req.Lookup))
	for _, text := range append([]login.Text{req.Service, req.User, req.RHost, req.TTY,
		req.Account}, req.Options...) {
		kind := uint64(0)
		if text.Absent {
			kind = 1
		} else if text.TooLong {
			kind = 2
		}
		number(kind)
		number(uint64(len(text.S)))
		h.Write([]byte(text.S))
	}
	return h.Sum(nil)
}
