package doctor

import (
	"context"
	"time"

	"github.com/pam-motp/pam-motp/conf"
	"github.com/pam-motp/pam-motp/motp"
)

// invitations tells of the tokens of a table that their users have yet to set up.
func (v *visit) invitations(p position, e conf.Entry, command string) {
	status, err := v.site(p).Verifier(motp.DefaultPolicy).Status(context.Background(), e.User,
		v.Now)
	if err != nil {
		return // which is told with the records
	}
	for i, t := range status.Tokens {
		again := command + " invite " + show(e.User.Name)
		if t.Name != "" {
			again += " --token " + show(t.Name)
		}
		switch t.Invitation {
		case motp.Invited:
			until := time.Unix(e.User.Tokens[i].Invitation.Until, 0)
			v.noteAt(e.File, e.Line, show(e.User.Name)+" was invited, and has yet to "+
				"set up a token, until "+until.Local().Format(time.DateTime), "")
		case motp.Expired, motp.Burnt:
			v.warnAt(e.File, e.Line, "an invitation of "+show(e.User.Name)+" is good "+
				"no more, and nobody has set up the token", again)
		}
	}
}

// cannotSetUp says whether a user was invited to every token, and can set up none.
func cannotSetUp(status motp.Status) bool {
	for _, t := range status.Tokens {
		if t.Invitation != motp.Expired && t.Invitation != motp.Burnt {
			return false
		}
	}
	return len(status.Tokens) > 0
}
