package login

import (
	"errors"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/pam-motp/pam-motp/conf"
	"github.com/pam-motp/pam-motp/internal/logline"
	"github.com/pam-motp/pam-motp/motp"
)

// options are those of the module's line in a PAM service file.
type options struct {
	conf, state, prompt string
	motpd               string // auto, always or never: the host goes by it

	nullok       bool
	quiet        bool // nullok=quiet: who is not in the table is asked nothing
	tryFirstPass bool
	useFirstPass bool
	setPass      bool
	noDelay      bool
	debug        bool

	changePIN bool
	enrol     bool

	forwardPass bool
	field       motp.Field     // where the code is, with forward_pass
	grace       time.Duration  // 0 if not given
	exempt      []netip.Prefix // unmapped

	window      time.Duration // maxdiff=, halved; -1 if not given
	maxFailures int           // maxtries=; 0 if not given
}

// maxTries is the highest limit of failures that makes sense of a mistyped one.
const maxTries = 1000

// parseOptions reads options. The last of two that say different things counts. An option that is
// not known is an error: a mistyped one must not silently leave a door open. The others are in
// force even then.
func parseOptions(args []string) (options, error) {
	o := options{conf: conf.DefaultPath, state: conf.DefaultState, motpd: "auto", window: -1}
	var first error
	for _, arg := range args {
		if msg := o.set(arg); msg != "" && first == nil {
			name, _, _ := strings.Cut(arg, "=")
			first = OptionError{name, msg}
		}
	}
	if o.prompt == "" {
		o.prompt = defaultPrompt
		if o.forwardPass {
			o.prompt = o.fieldPrompt()
		}
	}
	return o, first
}

// An OptionError says what is wrong with an option, and not what its value is.
type OptionError struct{ Name, Msg string }

func (e OptionError) Error() string { return "option " + logline.Quote(e.Name) + " " + e.Msg }

// ErrOptionTooLong means an option that the host does not pass on.
var ErrOptionTooLong = errors.New("option is too long")

// set stores one option. It returns what is wrong with it, or nothing.
func (o *options) set(arg string) string {
	name, value, hasValue := strings.Cut(arg, "=")
	switch name {
	case "conf", "users":
		return setPath(&o.conf, value)
	case "state", "cache":
		return setPath(&o.state, value)
	case "prompt":
		if value == "" || len(value) > 256 ||
			strings.ContainsFunc(value, func(r rune) bool {
				return r < ' ' || r == 0x7f
			}) {
			return "must be a text of up to 256 characters: [prompt=Your code: ]"
		}
		o.prompt = value
		return ""
	case "nullok":
		return o.setNullok(value, hasValue)
	case "forward_pass":
		return o.setForwardPass(value, hasValue)
	case "exempt":
		return o.setExempt(value)
	case "grace":
		return o.setGrace(value)
	case "motpd":
		if value != "auto" && value != "always" && value != "never" {
			return "must be auto, always, or never"
		}
		o.motpd = value
		return ""
	case "maxdiff":
		n, err := strconv.ParseUint(value, 10, 31) // no sign
		if err != nil || n > uint64(2*motp.MaxWindow/time.Second) {
			return "must be a number of seconds from 0 to 7200"
		}
		o.window = time.Duration(n) * time.Second / 2
		return ""
	case "maxtries":
		n, err := strconv.ParseUint(value, 10, 31)
		if err != nil || n < 1 || n > maxTries {
			return "must be a number from 1 to 1000"
		}
		o.maxFailures = int(n)
		return ""
	}
	if hasValue {
		return "is unknown, or takes no value"
	}
	return o.turn(name)
}

// setNullok and setForwardPass store options that need not have a value.
func (o *options) setNullok(value string, hasValue bool) string {
	if hasValue && value != "quiet" {
		return "takes no value but quiet"
	}
	o.nullok, o.quiet = true, hasValue
	return ""
}

func (o *options) setForwardPass(value string, hasValue bool) string {
	if hasValue && value != "code-first" {
		return "takes no value but code-first"
	}
	o.forwardPass, o.field = true, motp.CodeLast
	if hasValue {
		o.field = motp.CodeFirst
	}
	return ""
}

// turn stores an option without a value.
func (o *options) turn(name string) string {
	switch name {
	case "try_first_pass":
		o.tryFirstPass = true
	case "use_first_pass":
		o.useFirstPass = true
	case "set_pass":
		o.setPass = true
	case "not_set_pass":
		o.setPass = false
	case "nodelay":
		o.noDelay = true
	case "debug":
		o.debug = true
	case "echo": // which the host goes by
	case "change_pin":
		o.changePIN = true
	case "enrol":
		o.enrol = true
	case "no_warn": // of pam_mobile_otp: this module never shows a warning
	default:
		return "is unknown"
	}
	return ""
}

func setPath(p *string, value string) string {
	if !strings.HasPrefix(value, "/") {
		return "must be a path that begins with /"
	}
	*p = value
	return ""
}

// forChange are the options as they are for a change of a PIN, in which no password is left or
// taken over: a code is none, nor is a PIN.
func (o options) forChange() options {
	o.nullok, o.quiet, o.tryFirstPass, o.useFirstPass = false, false, false, false
	o.setPass, o.forwardPass, o.exempt, o.grace = false, false, nil, 0
	return o
}

// over puts the options in the place of the table's settings.
func (o options) over(p motp.Policy) motp.Policy {
	if o.window >= 0 {
		p.Window, p.WindowForAll = o.window, true
	}
	if o.maxFailures > 0 {
		p.MaxFailures = o.maxFailures
	}
	return p
}

// within is over, where an option may make the table's settings narrower only.
func (o options) within(p motp.Policy) motp.Policy {
	if o.window >= 0 && o.window < p.Window {
		p.Window = o.window // for a kind with a window of its own, that holds
	}
	if o.maxFailures > 0 && o.maxFailures < p.MaxFailures {
		p.MaxFailures = o.maxFailures
	}
	return p
}

// Talks says whether a login may ask its host for more than its request: for what an earlier module
// left, or to leave something for later ones.
func Talks(req Request) bool {
	for _, option := range req.Options {
		name, _, _ := strings.Cut(option.S, "=")
		switch name {
		case "nullok", "try_first_pass", "use_first_pass", "set_pass", "forward_pass",
			"exempt", "grace":
			return true
		}
	}
	return false
}
