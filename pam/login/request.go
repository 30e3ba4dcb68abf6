package login

// A Text is a string that may be missing, or too long to be passed; then S is empty.
type Text struct {
	S       string
	Absent  bool
	TooLong bool
}

// NotLookedUp is the Lookup of a request whose host had no reason to look the account up.
const NotLookedUp = 0xffff

// A Request is what a login begins with.
type Request struct {
	Flags uint32 // of PAM's call, and which call it is

	// Answer is what the person has typed already, if the host has asked.
	Answer *Answer

	Service, User, RHost, TTY Text // PAM's items

	// Account is what the system calls the user's account; absent if there is none. It says
	// nothing unless Lookup is 0; else that is the errno of looking it up, or NotLookedUp.
	Account Text
	Lookup  uint32

	Options []Text // of the module's line

	// Limited is set for a caller that is not root: its options can narrow what the table
	// allows, and never widen it. Caller is who it is, for the log.
	Limited bool
	Caller  string
}

// Flags that a login goes by: those of PAM's, and the one by which the host says that it is
// pam_chauthtok and not pam_authenticate, as in wire.h.
const (
	flagExpired   = 0x20 // PAM_CHANGE_EXPIRED_AUTHTOK
	flagPrelim    = 0x4000
	flagSilent    = 0x8000
	flagChauthtok = 1 << 31
)

// changes says whether it is a PIN that is to be changed.
func (r Request) changes() bool { return r.Flags&flagChauthtok != 0 }

// An Answer is what a conversation came to.
type Answer struct {
	Code int  // PAM's, 0 if there is a text
	Text Text // what was typed
}
