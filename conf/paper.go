package conf

import (
	"encoding/hex"
	"errors"
	"strconv"
	"strings"

	"github.com/pam-motp/pam-motp/motp"
)

// The value of paperKey is that of a set of codes on paper:
//
//	3/SALT/HASH HASH …
//
// the set's number, followed by d if the codes are eight digits each; its salt, and up to 16
// hashes, each of 16 bytes in hex.

const wrongPaper = "must be a number, a salt, and 1 to 16 hashes, as \"motp codes\" writes them"

func setPaper(at *motp.PaperCodes, value string) string {
	p, ok := parsePaper(value)
	if !ok || p.Validate() != nil {
		return wrongPaper
	}
	*at = p
	return ""
}

func parsePaper(value string) (p motp.PaperCodes, ok bool) {
	set, rest, _ := strings.Cut(value, "/")
	salt, hashes, ok := strings.Cut(rest, "/")
	if set, p.Digits = strings.CutSuffix(set, "d"); strings.HasPrefix(set, "+") {
		return p, false
	}
	var err error
	if p.Set, err = strconv.ParseUint(set, 10, 64); err != nil || p.Set == 0 {
		return p, false
	}
	ok = ok && unhex(p.Salt[:], salt)
	for _, h := range strings.FieldsFunc(hashes, isBlankRune) {
		var hash motp.PaperHash
		ok = ok && unhex(hash[:], h)
		p.Hashes = append(p.Hashes, hash)
	}
	return p, ok
}

// unhex fills b with what a text says in hex.
func unhex(b []byte, text string) bool {
	if len(text) != 2*len(b) {
		return false
	}
	_, err := hex.Decode(b, []byte(text))
	return err == nil
}

// paperOf writes codes down as a table has them; nothing if there are none.
func paperOf(p motp.PaperCodes) string {
	if !p.Exist() {
		return ""
	}
	var hashes []string
	for _, h := range p.Hashes {
		hashes = append(hashes, hex.EncodeToString(h[:]))
	}
	digits := ""
	if p.Digits {
		digits = "d"
	}
	return strconv.FormatUint(p.Set, 10) + digits + "/" + hex.EncodeToString(p.Salt[:]) + "/" +
		strings.Join(hashes, " ")
}

// SetPaper gives a user a set of codes on paper in place of another, or, with the zero value, takes
// them away.
func (e Editor) SetPaper(user string, p motp.PaperCodes) error {
	of := Address{User: user}
	if !p.Exist() {
		return e.Unset(of, paperKey)
	}
	if err := p.Validate(); err != nil {
		return errors.New(paperKey + ": " + wrongPaper)
	}
	return e.Set(of, paperKey, paperOf(p))
}
