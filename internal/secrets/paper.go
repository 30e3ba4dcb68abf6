package secrets

import (
	"crypto/rand"
	"fmt"

	"github.com/pam-motp/pam-motp/motp"
)

// NewPaper makes codes for a user to keep on paper, from the system's random source, and what a
// table has of them.
func NewPaper(set uint64, count int) (p motp.PaperCodes, codes []string, err error) {
	for range count {
		var random [motp.PaperEntropy]byte
		if _, err := rand.Read(random[:]); err != nil {
			return motp.PaperCodes{}, nil, fmt.Errorf("make a code: %w", err)
		}
		codes = append(codes, motp.PaperCode(random))
	}
	p, err = HashPaper(set, codes)
	return p, codes, err
}

// HashPaper is what a table has of codes that there are already.
func HashPaper(set uint64, codes []string) (motp.PaperCodes, error) {
	var salt [motp.PaperSalt]byte
	if _, err := rand.Read(salt[:]); err != nil {
		return motp.PaperCodes{}, fmt.Errorf("make a salt: %w", err)
	}
	return motp.HashPaper(set, salt, codes)
}
