// Package exporters writes users in the formats of other programs, so that leaving is as easy as
// coming. What it writes holds secrets.
//
// Each format is one file. A token that a format cannot hold is left out, with the reason; what
// belongs to a token and has no place there is noted. The package must not know motp.conf, nor
// where its output goes.
package exporters

import (
	"github.com/pam-motp/pam-motp/motp"
)

// A Format is the way in which another program keeps tokens.
type Format struct {
	Name  string // as it is called on the command line
	About string // what it is, in a few words

	write func(*Export) ([]byte, error)
}

// Formats are all that can be written, in the order of their names.
var Formats = []Format{
	{"aegis", "the app's plain JSON export", writeAegis},
	{"csv", "a list of seeds with names of columns", writeCSV},
	{"otpauth", "otpauth:// and motp:// URIs, one a line", writeOtpauth},
	{"pskc", "a plain key container (RFC 6030); TOTP, HOTP", writePSKC},
}

// FormatNamed finds a format by its name.
func FormatNamed(name string) (Format, bool) {
	for _, f := range Formats {
		if f.Name == name {
			return f, true
		}
	}
	return Format{}, false
}

// An Export is what is written of some users.
type Export struct {
	Content []byte
	Written int // tokens
	Left    []Note
	Notes   []Note

	users []motp.User
	site  string
}

// A Note tells something of a token: why it is left, or what of it.
type Note struct {
	User, Token string
	Words       string
}

// Write writes users. The site is the issuer, where a format has one.
func (f Format) Write(users []motp.User, site string) (Export, error) {
	x := Export{users: users, site: site}
	content, err := f.write(&x)
	x.Content = content
	return x, err
}

// Reasons and notes that formats share.
const (
	leftT0       = "counts its time from another moment than 1970, which the format cannot say"
	leftDisabled = "is disabled, and would not be there"
	leftInvited  = "was handed out by an invitation, and its user has yet to set it up"
	noteOffset   = "the offset has no place there: set the token's clock, or the other server's"
	noteTypedPIN = "the PIN that is typed before the code has no place there"
	noteOwnPIN   = "the PIN has no place there: who takes the token over is asked for it"
)

// each calls write with each token that a format may hold; it tells why one is left, if it is.
func (x *Export) each(write func(u motp.User, t motp.Token) (why string, notes []string)) {
	for _, u := range x.users {
		for _, t := range u.Tokens {
			why, notes := leftDisabled, []string(nil)
			switch {
			case u.Disabled:
			case t.Invitation.Exists():
				why = leftInvited
			case t.T0 != 0:
				why = leftT0
			default:
				why, notes = write(u, t)
			}
			if why != "" {
				x.Left = append(x.Left, Note{u.Name, t.Name, why})
				continue
			}
			x.Written++
			for _, n := range notes {
				x.Notes = append(x.Notes, Note{u.Name, t.Name, n})
			}
		}
	}
}

// unplaced are the notes of a token for a format with neither offsets nor PINs that are typed.
func unplaced(t motp.Token) (notes []string) {
	if t.Offset != 0 {
		notes = append(notes, noteOffset)
	}
	if t.PIN != "" && !t.Kind().PINInCode {
		notes = append(notes, noteTypedPIN)
	}
	return notes
}
