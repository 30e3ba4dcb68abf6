package exporters

import (
	"bytes"

	"github.com/pam-motp/pam-motp/motp"
	"github.com/pam-motp/pam-motp/motp/uri"
)

// writeOtpauth writes URIs as tokens scan them, one a line.
func writeOtpauth(x *Export) ([]byte, error) {
	var b bytes.Buffer
	x.each(func(u motp.User, t motp.Token) (string, []string) {
		e := uri.Enrolment{Site: x.site, User: u.Name, Token: t}
		b.WriteString(e.URI() + "\n")
		notes := unplaced(t)
		if t.Kind().PINInCode {
			notes = append(notes, noteOwnPIN)
		}
		return "", notes
	})
	return b.Bytes(), nil
}
