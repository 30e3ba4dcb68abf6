package login

import (
	"github.com/pam-motp/pam-motp/internal/logline"
)

// A report is what the log says of one attempt.
type report struct {
	result string // accepted, denied or ignored
	reason string // one word
	detail string // for a person, may be empty
	user   string // empty if the name must not be written
	token  string // which token answered, if it is not the first
	unsaid bool   // nothing has happened that the log need say
}

// attempt is the report with what is known from the request.
func (r report) attempt(req Request) logline.Attempt {
	return logline.Attempt{
		Result: r.result, Reason: r.reason, Detail: r.detail, User: r.user, Token: r.token,
		RHost: logline.Item(req.RHost), TTY: logline.Item(req.TTY),
		Service: logline.Item(req.Service), Caller: req.Caller,
	}
}
