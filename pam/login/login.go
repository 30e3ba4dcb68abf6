// Package login is the course of one login: read the options, ask for the code, look up the user, check the code, say what became of it.
//
// It runs in the worker, behind two small interfaces, the Host and the clock, so that all of it is tested without PAM. It maps everything that can go
// wrong to a PAM code and a log line; package motp decides about codes, package conf about the table.
package login

import (
	"errors"
	"strconv"
	"time"

	"github.com/pam-motp/pam-motp/conf"
	"github.com/pam-motp/pam-motp/motp"
	"github.com/pam-motp/pam-motp/pam/wire"
)

// A Host is the process that called PAM, as far as a login needs it. An error means that it does not answer any more.
type Host interface {
	// Prompt asks the person, echo off. The code is PAM's, 0 if there is an answer.
	Prompt(text string) (code int, answer wire.Text, err error)

	// GetToken returns the password that an earlier module left.
	GetToken() (code int, token wire.Text, err error)

	// SetToken leaves one for later modules.
	SetToken(token string) (code int, err error)

	// Log writes a line to the system's log, beside the one of the verdict.
	Log(priority int, line string) error
}

// An Outcome is what the host does with a login: the code for PAM, the delay if PAM fails, the log line.
type Outcome struct {
	Code     Code
	Delay    time.Duration
	Priority int
	Line     string
}

// failDelay is how long PAM waits before it reports a failure, unless the option nodelay is set.
const failDelay = 2 * time.Second

// A session is one login on its way.
type session struct {
	req  wire.Request
	host Host
	now  func() time.Time
	options
}

// Run takes one login from its request to its outcome.
func Run(req wire.Request, host Host, now func() time.Time) Outcome {
	s := &session{req: req, host: host, now: now}
	code, rep := s.run()
	rep.result = "denied"
	priority := priorityNotice
	switch code {
	case Success:
		rep.result, priority = "accepted", priorityInfo
	case Ignore:
		rep.result = "ignored"
	case AuthinfoUnavail, ServiceErr:
		priority = priorityError
	}
	out := Outcome{Code: code, Priority: priority, Line: rep.line(req)}
	if code != Success && code != Ignore && !s.noDelay {
		out.Delay = failDelay
	}
	return out
}

// run is the login's way at one glance.
func (s *session) run() (Code, report) {
	if err := s.readOptions(); err != nil {
		return ServiceErr, report{reason: "bad-option", detail: err.Error()}
	}
	if s.useFirstPass {
		return s.useEarlierPassword()
	}
	if s.tryFirstPass {
		if code, rep, done := s.tryEarlierPassword(); done {
			return code, rep
		}
	}
	return s.ask()
}

func (s *session) readOptions() error {
	args := make([]string, len(s.req.Options))
	for i, o := range s.req.Options {
		if o.Absent || o.TooLong {
			return errors.New("option is too long")
		}
		args[i] = o.S
	}
	var err error
	s.options, err = parseOptions(args)
	return err
}

// ask prompts for the code and checks the answer. The prompt comes first and is the same for everyone, users or not.
func (s *session) ask() (Code, report) {
	code, answer, err := s.host.Prompt(s.prompt)
	if err != nil {
		return AuthinfoUnavail, report{reason: "host-lost", detail: err.Error()}
	}
	if code != 0 {
		return Code(code), report{reason: "conversation", detail: "the program could not ask for the code"}
	}
	return s.check(answer)
}

// useEarlierPassword checks what an earlier module asked for, and nothing else.
func (s *session) useEarlierPassword() (Code, report) {
	_, token, err := s.host.GetToken()
	if err != nil {
		return AuthinfoUnavail, report{reason: "host-lost", detail: err.Error()}
	}
	return s.check(token)
}

// tryEarlierPassword checks what an earlier module asked for, if it has the form of a code: a password is not a wrong code, and must not lock anybody. done
// says that the login is decided; after a wrong code the person is asked.
func (s *session) tryEarlierPassword() (_ Code, _ report, done bool) {
	_, token, err := s.host.GetToken()
	if err != nil || !motp.WellFormed(token.S) {
		return AuthErr, report{}, false
	}
	code, rep := s.check(token)
	if code != AuthErr {
		return code, rep, true
	}
	rep.result = "denied"
	if err := s.host.Log(priorityNotice, rep.line(s.req)); err != nil {
		return AuthinfoUnavail, report{reason: "host-lost", detail: err.Error()}, true
	}
	return code, rep, false
}

// check decides about what was typed.
func (s *session) check(answer wire.Text) (Code, report) {
	typed := answer.S
	if answer.TooLong {
		typed = "\x00" // no code, but a wrong answer that counts
	}
	policy, user, err := conf.Table{Path: s.conf}.Lookup(s.req.User.S)
	verifier := motp.Verifier{Dir: s.state, Policy: s.over(policy)}
	if err != nil {
		verifier.VerifyUnknown(typed, s.now()) // the same work for everyone
		return s.notFound(err)
	}
	res, err := verifier.Verify(user, typed, s.now())
	if err != nil {
		return AuthinfoUnavail, report{reason: recordTrouble(err), user: user.Name, detail: err.Error()}
	}
	s.debugLog(user, verifier.Policy, res)
	rep := report{reason: res.Verdict.String(), user: user.Name, detail: explain(res)}
	if res.Verdict != motp.Accepted {
		return AuthErr, rep
	}
	if s.setPass {
		if code, err := s.host.SetToken(typed); err != nil || code != 0 {
			return AuthinfoUnavail, report{reason: "set-pass", user: user.Name, detail: "the code was right, but could not be left for later modules"}
		}
	}
	return Success, rep
}

// notFound says what becomes of a user whom the table does not yield.
func (s *session) notFound(err error) (Code, report) {
	var bad *conf.Error
	switch {
	case errors.Is(err, conf.ErrNoUser):
		rep := report{reason: "unknown-user"}
		if s.debug {
			rep.user = s.req.User.S
		}
		if !s.nullok {
			return UserUnknown, rep
		}
		if s.req.Flags&disallowNullAuthtok != 0 {
			rep.detail = "nullok is overruled: the program allows no empty passwords (sshd: PermitEmptyPasswords)"
			return UserUnknown, rep
		}
		return Ignore, rep
	case errors.As(err, &bad) && bad.Kind == conf.BadSettings:
		return ServiceErr, report{reason: "bad-settings", detail: err.Error()}
	case errors.As(err, &bad) && bad.Kind == conf.BadUser:
		return AuthinfoUnavail, report{reason: "bad-entry", user: s.req.User.S, detail: err.Error()}
	default:
		return AuthinfoUnavail, report{reason: "table", detail: err.Error()}
	}
}

// recordTrouble is the word for an error with a user's record.
func recordTrouble(err error) string {
	switch {
	case errors.Is(err, motp.ErrBusy):
		return "busy"
	case errors.Is(err, motp.ErrCorrupt):
		return "corrupt"
	default:
		return "state"
	}
}

// explain adds what an administrator cannot guess from the verdict's word.
func explain(res motp.Result) string {
	switch {
	case res.Verdict == motp.Old:
		return "a right code, from before the last used one: was the clock set back?"
	case res.Doubt:
		return "the record was damaged; codes up to now were taken for used"
	default:
		return ""
	}
}

// debugLog says more of an attempt. The line has another beginning than the attempt's own, of which there is one.
func (s *session) debugLog(u motp.User, p motp.Policy, res motp.Result) {
	if s.debug {
		// an answer is not worth a login: if the host is gone, the verdict will not reach it either
		_ = s.host.Log(priorityDebug, "debug: verdict="+res.Verdict.String()+" user="+quote(u.Name)+" failures="+strconv.Itoa(res.Failures)+
			" max_failures="+strconv.Itoa(p.MaxFailures)+" window="+p.Window.String()+" conf="+quote(s.conf)+" state="+quote(s.state))
	}
}
