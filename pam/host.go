package main

import (
	"github.com/pam-motp/pam-motp/pam/login"
	"github.com/pam-motp/pam-motp/pam/wire"
)

// request is what stands on the wire, as a login has it.
func request(r wire.Request) login.Request {
	options := make([]login.Text, len(r.Options))
	for i, o := range r.Options {
		options[i] = login.Text(o)
	}
	return login.Request{
		Flags: r.Flags, Service: login.Text(r.Service), User: login.Text(r.User),
		RHost: login.Text(r.RHost), TTY: login.Text(r.TTY),
		Account: login.Text(r.Account), Lookup: r.Lookup, Options: options,
	}
}

// host is the process at the other end of the dialogue.
type host struct{ wire.Dialogue }

func (h host) Prompt(text string) (code int, answer login.Text, err error) {
	code, reply, err := h.Dialogue.Prompt(text)
	return code, login.Text(reply), err
}

func (h host) GetToken() (code int, token login.Text, err error) {
	code, reply, err := h.Dialogue.GetToken()
	return code, login.Text(reply), err
}
