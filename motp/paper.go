package motp

import (
	"crypto/sha256"
	"encoding/base32"
	"slices"
	"strconv"
	"strings"
)

// PaperCodes are what a table has of the codes that a user keeps on paper, for the day without a
// phone. Each is good once, in any order, and behind the PIN in force of the user's first token
// that has one. A table has their hashes, and the user's record those that were used.
//
// A code is 80 random bits, which are 16 characters of base32 (RFC 4648 section 6). It is typed in
// any case, with dashes and blanks between its characters; a 0 is taken for an O, and a 1 for an I,
// as section 3.4 allows. Such codes need no slow hash: nobody tries 2^80.
//
// Sets are numbered. A user's record knows the latest that it has seen, and takes the codes of
// every lower one for used, so that a table from a backup brings none back: see
// [Verifier.BeginPaper].
//
// Only [Verifier.Verify] and [Verifier.Judge] accept them: a code on paper shows nothing of a
// token's clock, and who changes a PIN is to have the phone at hand.
type PaperCodes struct {
	// Set is the number of the set, from 1 up. 0 means that there are no codes.
	Set uint64

	// Digits says that the codes are eight digits each, taken over from a program that has
	// such. They are few: from their hashes they are found by trying.
	Digits bool

	Salt   [PaperSalt]byte
	Hashes []PaperHash // at most MaxPaper
}

// A PaperHash is the beginning of the SHA-256 of "motp paper", a zero byte, the set's salt, and the
// code in its canonical form: capitals, without dashes and blanks.
type PaperHash [16]byte

const (
	// MaxPaper is how many codes a set may have.
	MaxPaper = 16

	// MaxPaperSet is the highest number of a set.
	MaxPaperSet = 1 << 32

	PaperSalt    = 16 // bytes of a set's salt
	PaperEntropy = 10 // bytes that a code is made of
)

const (
	paperLength = PaperEntropy * 8 / 5 // characters
	paperDigits = 8
	paperGroup  = 4
)

// PaperCode makes a code of random bytes: of crypto/rand, and of no other source. It is in groups,
// as it stands on paper.
func PaperCode(random [PaperEntropy]byte) string {
	code := base32.StdEncoding.EncodeToString(random[:])
	var groups []string
	for at := 0; at < len(code); at += paperGroup {
		groups = append(groups, code[at:at+paperGroup])
	}
	return strings.Join(groups, "-")
}

// HashPaper makes a set of codes, as PaperCode makes them, or of eight digits each. The salt is
// random, too.
func HashPaper(set uint64, salt [PaperSalt]byte, codes []string) (PaperCodes, error) {
	p := PaperCodes{Set: set, Salt: salt}
	if len(codes) > 0 {
		p.Digits = digitsOnPaper.reading(read(codes[0]), 0, paperDigits).formed
	}
	for _, c := range codes {
		r := p.reading(read(c), 0)
		if !r.formed {
			return PaperCodes{}, invalidError("not the form of a code on paper")
		}
		p.Hashes = append(p.Hashes, p.hash(p.canonical(r.code)))
	}
	return p, p.Validate()
}

// Exist says whether there are any.
func (p PaperCodes) Exist() bool { return p.Set > 0 }

// Equal says whether two are the same.
func (p PaperCodes) Equal(q PaperCodes) bool {
	return p.Set == q.Set && p.Digits == q.Digits && p.Salt == q.Salt &&
		slices.Equal(p.Hashes, q.Hashes)
}

// String tells how many there are, of which set. It shows no hash, so that they may be printed with
// any of their user.
func (p PaperCodes) String() string {
	return strconv.Itoa(len(p.Hashes)) + " paper codes of set " +
		strconv.FormatUint(p.Set, 10)
}

// GoString is String: %#v shows no hash either.
func (p PaperCodes) GoString() string { return p.String() }

// MarshalJSON fails, as that of a [Token] does.
func (p PaperCodes) MarshalJSON() ([]byte, error) {
	return nil, invalidError("paper codes are not written as JSON, since their hashes are " +
		"secret")
}

// Validate says what is wrong with a set, if anything is. The error is [ErrInvalid].
func (p PaperCodes) Validate() error {
	none := p.Set == 0 && len(p.Hashes) == 0
	if !none && (p.Set == 0 || p.Set > MaxPaperSet || len(p.Hashes) == 0 ||
		len(p.Hashes) > MaxPaper) {
		return invalidError("paper codes are none or more than 16, or of a set out of " +
			"range")
	}
	for i, h := range p.Hashes {
		if slices.Contains(p.Hashes[:i], h) {
			return invalidError("a paper code stands twice in its set")
		}
	}
	return nil
}

func (p PaperCodes) hash(code string) PaperHash {
	const all = len(paperLabel) + PaperSalt + paperLength // of one block, whatever the code is
	b := append(make([]byte, 0, all), paperLabel...)
	b = append(append(b, p.Salt[:]...), code...)
	sum := sha256.Sum256(b)
	return PaperHash(sum[:])
}

const paperLabel = "motp paper\x00"

// paperPIN is what stands before a code on paper.
func (u User) paperPIN() string {
	for _, t := range u.Tokens {
		if t.PIN != "" {
			return t.PIN
		}
	}
	return ""
}

// onPaper and digitsOnPaper are what a code on paper is made of, as if it were some token's. What
// base32 has not, 0 and 1, stands for the letters that look like it.
var (
	onPaper       = Kind{Alphabet: "abcdefghijklmnopqrstuvwxyz234567" + "01"}
	digitsOnPaper = Kind{Alphabet: "0123456789"}
)

// paperReading takes an answer apart as a PIN and one of the user's codes on paper. Without any it
// is that of no code.
func (u User) paperReading(a answer) reading {
	if !u.Paper.Exist() {
		return reading{}
	}
	pin := len(u.paperPIN())
	if a.field != CodeLast && pin <= len(a.text) {
		// it is long, and people put a blank between it and the PIN
		a.text = a.text[:pin] + strings.TrimLeft(a.text[pin:], separators)
	}
	return u.Paper.reading(a, pin)
}

func (p PaperCodes) reading(a answer, pin int) reading {
	if p.Digits {
		return digitsOnPaper.reading(a, pin, paperDigits)
	}
	return onPaper.reading(a, pin, paperLength)
}

// readPaper reads an answer as a PIN and a code on paper, which it returns as it is hashed. ok says
// that it has that form, and that the PIN is right; the code is to be looked for whatever it says,
// so that the work is the same.
func (u User) readPaper(a answer) (code string, ok bool) {
	r, pin := u.paperReading(a), u.paperPIN()
	behind := min(len(pin), len(r.code))
	known := equal([]byte(pin), r.code[:behind])
	return u.Paper.canonical(r.code[behind:]), known && r.formed
}

// canonical is a code as it is hashed.
func (p PaperCodes) canonical(code string) string {
	if p.Digits {
		return code
	}
	b := []byte(code)
	for i, c := range b {
		switch {
		case c == '0':
			b[i] = 'O'
		case c == '1':
			b[i] = 'I'
		case 'a' <= c && c <= 'z':
			b[i] = c - ('a' - 'A')
		}
	}
	return string(b)
}

// withoutPaper is the user for whom no code on paper is good.
func (u User) withoutPaper() User {
	u.Paper = PaperCodes{}
	return u
}
