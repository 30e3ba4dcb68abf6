package login

import (
	"slices"
	"time"

	"github.com/pam-motp/pam-motp/motp"
)

// A Line is what the options of one line in a PAM service file come to, for programs that look at a
// configuration from outside.
type Line struct {
	Conf, State, Prompt string

	// Motpd says who judges: auto, always, or never.
	Motpd string

	// NullOK, Exempt and Grace say whom the line lets pass without a code: those who are not in
	// the table, those from a network, and those who typed one a short time ago.
	NullOK, Exempt bool
	Grace          time.Duration

	ForwardPass  bool
	UseFirstPass bool
	MaxFailures  int           // 0 leaves it to the table
	Window       time.Duration // -1 leaves it to the table
}

// Over returns the policy that is in force for the line: what its options say, else the table's.
func (l Line) Over(table motp.Policy) motp.Policy {
	return options{window: l.Window, maxFailures: l.MaxFailures}.over(table)
}

// maxOption is the longest option that the host passes on: FIELD_MAX of wire.h.
const maxOption = 1024

// CheckOptions reads options as a login does, and returns each mistake in them once, not only the
// first one. With any, each login of that line ends in PAM_SERVICE_ERR.
func CheckOptions(args []string) (Line, []error) {
	var wrong []error
	for _, arg := range args {
		_, err := parseOptions([]string{arg})
		if len(arg) > maxOption {
			err = ErrOptionTooLong
		}
		if err != nil && !slices.Contains(wrong, err) {
			wrong = append(wrong, err)
		}
	}
	o, _ := parseOptions(args)
	return Line{
		Conf: o.conf, State: o.state, Prompt: o.prompt, Motpd: o.motpd, NullOK: o.nullok,
		Exempt: len(o.exempt) > 0, Grace: o.grace, ForwardPass: o.forwardPass,
		UseFirstPass: o.useFirstPass,
		MaxFailures:  o.maxFailures, Window: o.window,
	}, wrong
}
