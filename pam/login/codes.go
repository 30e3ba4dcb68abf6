package login

// Code is a PAM return code, with Linux-PAM's number (security/_pam_types.h; a test compares them).
type Code int

// The codes that a login may end with of its own accord. A conversation that failed adds its own.
const (
	Success         Code = 0
	ServiceErr      Code = 3
	AuthErr         Code = 7
	AuthinfoUnavail Code = 9
	UserUnknown     Code = 10
	ConvErr         Code = 19
	AuthtokErr      Code = 20
	Ignore          Code = 25
)

// A conversation's codes are those below returnValues, but for what would open a stack: the plain
// controls of PAM take "password expired" for success.
const returnValues Code = 32

var opensStacks = []Code{Success, 12, Ignore}

// The styles of what is shown.
const (
	styleError = 3
	styleInfo  = 4
)

// Priorities of syslog.
const (
	priorityError  = 3
	priorityNotice = 5
	priorityInfo   = 6
	priorityDebug  = 7
)
