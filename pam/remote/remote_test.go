package remote

import (
	"testing"

	"github.com/pam-motp/pam-motp/pam/wire"
)

// A parrot answers everything alike.
type parrot string

func (parrot) Send([]byte) error { return nil }

func (p parrot) Receive(packet []byte) (int, error) { return copy(packet, p), nil }

// What somebody typed is gone when it is wiped; what their account is called stays, for the log.
func TestWhatIsWiped(t *testing.T) {
	heard := new(wire.Heard)
	h := Host{wire.Dialogue{Socket: parrot("\x91\x00\x05\x00alice"), Heard: heard}}
	_, token, errToken := h.GetToken()
	lookup, own, errAccount := h.GetAccount()
	if token.S != "alice" || own.S != "alice" || lookup != 0 || errToken != nil ||
		errAccount != nil {
		t.Errorf("%+v, %v, %d, %+v, %v", token, errToken, lookup, own, errAccount)
	}
	heard.Wipe()
	if token.S != "\x00\x00\x00\x00\x00" || own.S != "alice" {
		t.Errorf("afterwards the token is %q, and the account %q", token.S, own.S)
	}
}
