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
	Flags                     uint32 // of pam_authenticate
	Service, User, RHost, TTY Text   // PAM's items

	// Account is what the system calls the user's account; absent if there is none. It says
	// nothing unless Lookup is 0; else that is the errno of looking it up, or NotLookedUp.
	Account Text
	Lookup  uint32

	Options []Text // of the module's line
}
