package conf

import (
	"github.com/pam-motp/pam-motp/motp"
)

// headColumns is what a table of four columns begins with.
const headColumns = "# user\tsecret\tpin\tGMT offset (h)\n\n"

// Columns writes users as a table of four columns, the form of pam_mobile_otp, with tabs between
// them. Users for whom that form has no words are left out, and returned with the reason. Everybody
// else is read back the same.
func Columns(users []motp.User) (table []byte, left Refusals) {
	x := &columns{content{text: []byte(headColumns)}}
	for _, u := range users {
		if err := addColumns(x, u); err != nil {
			left = append(left, Refusal{u.Name, err})
		}
	}
	return x.bytes(), left
}

// addColumns adds a row, if it is read back as the same user.
func addColumns(x *columns, u motp.User) error {
	if err := checkUser(u); err != nil {
		return err
	}
	row := &columns{}
	if err := row.add(u); err != nil {
		return err
	}
	d := documentOf("", append([]byte(headColumns), row.bytes()...))
	got := d.entries("")
	if d.form() != inColumns || len(got) != 1 || got[0].Err != nil ||
		!sameUser(got[0].User, u) {
		return errOtherwise
	}
	x.join(append(x.split(), row.split()...))
	return nil
}
