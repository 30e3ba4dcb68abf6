package importers

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/pam-motp/pam-motp/internal/shown"
	"github.com/pam-motp/pam-motp/motp"
)

// Lists of hardware tokens know serial numbers, and seldom users. Whose a token is says a list of
// the administrator's, or one name for all.

// Owners says whose the tokens with a serial number are.
type Owners struct {
	User   string            // all are this user's; empty if it is not said
	Serial map[string]string // the user of a serial number; nil if there is no list
}

// ParseOwners reads a list of owners: CSV with a serial number and a user on each line. A first
// line that says so, blank lines, and comments are passed over. The errors show no content.
func ParseOwners(text string) (map[string]string, error) {
	text, why := plainText(text)
	if why != "" {
		return nil, errors.New(why)
	}
	lines := csv.NewReader(strings.NewReader(text))
	lines.FieldsPerRecord, lines.Comment, lines.TrimLeadingSpace = -1, '#', true
	owners := make(map[string]string)
	for n := 0; ; n++ {
		f, err := lines.Read()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, errors.New(whyNoCSV)
		}
		line, _ := lines.FieldPos(0)
		if len(f) != 2 || strings.TrimSpace(f[0]) == "" || strings.TrimSpace(f[1]) == "" {
			const form = "line %d is not of the form: serial number, user"
			return nil, fmt.Errorf(form, line)
		}
		serial, user := strings.TrimSpace(f[0]), strings.TrimSpace(f[1])
		if n == 0 && strings.EqualFold(serial+","+user, "serial,user") {
			continue
		}
		if before, twice := owners[serial]; twice && before != user {
			const both = "line %d gives a serial number to a second user"
			return nil, fmt.Errorf(both, line)
		}
		owners[serial] = user
	}
	if len(owners) == 0 {
		return nil, errors.New("has no line of the form: serial number, user")
	}
	return owners, nil
}

const whyNoCSV = "is not CSV: a quote is missing or in the wrong place"

// takeDevice adds a token that has a serial number. inFile is the user whom the file names, if it
// does; what the administrator says comes first.
func (r *reader) takeDevice(line int, serial, inFile string, t motp.Token, notes ...string) {
	user := r.Owners.User
	if user == "" {
		user = r.Owners.Serial[serial]
	}
	if user == "" {
		user = inFile
	}
	switch {
	case user != "":
	case r.Owners.Serial != nil && serial != "":
		r.skip(line, "", "is a token whose serial number is not in the list of --map")
		return
	case serial == "":
		r.skip(line, "", "is a token without a serial number, and nobody's: --user says "+
			"whose the tokens of the file are")
		return
	default:
		r.skip(line, "", "is a token that is nobody's: --map names a list of serial "+
			"numbers and users, --user one user for all")
		return
	}
	taken := len(r.found.Users)
	r.take(line, user, t, notes...)
	if len(r.found.Users) > taken {
		r.found.Users[taken].serial = serial
	}
}

// settleSerials leaves out tokens that stand there with the same serial number and differ: which of
// them is the device's cannot be known.
func (r *Reading) settleSerials() {
	bySerial := make(map[string][]Imported)
	for _, u := range r.Users {
		if u.serial != "" {
			bySerial[u.serial] = append(bySerial[u.serial], u)
		}
	}
	users := r.Users
	r.Users = nil
	for _, u := range users {
		same := bySerial[u.serial]
		if len(same) < 2 || allEqual(same) {
			r.Users = append(r.Users, u)
			continue
		}
		r.skip(Skipped{u.File, u.Line, u.User.Name, "its serial number stands here " +
			times(len(same)) + " with different tokens (" + places(same) +
			"), and which is the device's cannot be known: take the others out"})
	}
}

// noteSerial stands before a serial number in a note.
const noteSerial = "the first token, which has no name in the table, has serial number "

// withSerial notes the serial number of a user's first token.
func withSerial(u Imported) Imported {
	if u.serial != "" {
		u.Notes = append(u.Notes, noteSerial+shown.Name(u.serial))
	}
	return u
}

// maxTokenName is the longest name of a token that the table takes.
const maxTokenName = 32

// tokenName is a serial number as the name of a token, or empty if it cannot be one.
func tokenName(serial string) string {
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-"
	if len(serial) > maxTokenName || !consistsOf(serial, letters) {
		return ""
	}
	return serial
}
