// Package remote is the host of a login at the other end of a socket: what stands on the wire, as a
// login has it. Worker and motpd share it.
//
// It must not know whose socket it is, nor package fmt: it is linked into the module.
package remote

import (
	"strings"

	"github.com/pam-motp/pam-motp/pam/login"
	"github.com/pam-motp/pam-motp/pam/wire"
)

// Request is a request of the wire's, for a login.
func Request(r wire.Request) login.Request {
	options := make([]login.Text, len(r.Options))
	for i, o := range r.Options {
		options[i] = login.Text(o)
	}
	var answer *login.Answer
	if r.Asked {
		answer = &login.Answer{Code: r.Code, Text: login.Text(r.Answer)}
	}
	return login.Request{
		Flags: r.Flags, Answer: answer, Service: login.Text(r.Service),
		User: login.Text(r.User), RHost: login.Text(r.RHost), TTY: login.Text(r.TTY),
		Account: login.Text(r.Account), Lookup: r.Lookup, Options: options,
	}
}

// A Host is the process at the other end of a dialogue.
type Host struct{ wire.Dialogue }

// Prompt has the person asked.
func (h Host) Prompt(text string) (code int, answer login.Text, err error) {
	code, reply, err := h.Dialogue.Prompt(text)
	return code, login.Text(reply), err
}

// GetToken fetches the password that an earlier module left.
func (h Host) GetToken() (code int, token login.Text, err error) {
	code, reply, err := h.Dialogue.GetToken()
	return code, login.Text(reply), err
}

// GetAccount has the account's own name looked up. The name stays when what the host has answered
// is wiped: it is no secret, and may stand in the log.
func (h Host) GetAccount() (lookup uint32, own login.Text, err error) {
	lookup, reply, err := h.Dialogue.GetAccount()
	own = login.Text(reply)
	own.S = strings.Clone(own.S)
	return lookup, own, err
}
