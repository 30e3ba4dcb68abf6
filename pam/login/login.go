// Package login is the course of one login: read the options, ask for the code, look up the user,
// check the code, say what became of it.
//
// It runs in the worker and in motpd, behind two small interfaces, the Host and the clock, so that
// all of it is tested without PAM. It maps everything that can go wrong to a PAM code and a log
// line; package motp decides about codes, package conf about the table.
//
// A login goes from question to question: [Start], then [Continue] with each answer. A worker asks
// and waits ([Run]); motpd, which lets nobody's typing keep it, seals up where the login stands.
package login

import (
	"context"
	"slices"
	"time"

	"github.com/pam-motp/pam-motp/internal/logline"
	"github.com/pam-motp/pam-motp/internal/site"
	"github.com/pam-motp/pam-motp/motp"
)

// A Host is the process that called PAM, as far as a login needs it. An error means that it does
// not answer any more.
type Host interface {
	// GetToken returns the password that an earlier module left.
	GetToken() (code int, token Text, err error)

	// SetToken leaves one for later modules.
	SetToken(token string) (code int, err error)

	// GetAccount returns what the system calls the user's account: Lookup and Account of a
	// [Request].
	GetAccount() (lookup uint32, own Text, err error)

	// Show shows the person a text, in a style of PAM's. It is one line, or a few.
	Show(style int, text string) error

	// Log writes a line to the system's log, beside the one of the verdict.
	Log(priority int, line string) error
}

// A Person is whoever the host can ask.
type Person interface {
	// Prompt asks the person, echo off. The code is PAM's, 0 if there is an answer.
	Prompt(text string) (code int, answer Text, err error)
}

// An Opener opens the site with a table and a folder of records: [site.Open], or a program's own
// that keeps one open.
type Opener func(table, records string) *site.Site

// An Outcome is what the host does with a login: the code for PAM, the delay if PAM fails, the log
// line.
type Outcome struct {
	Code     Code
	Delay    time.Duration
	Priority int
	Line     string

	attempt logline.Attempt
}

// Undelivered is the line for an outcome that the host was not there to take.
func (o Outcome) Undelivered() string {
	a := o.attempt
	a.Detail = "the program was gone before it had its answer, which was: " + a.Result + ", " +
		a.Reason
	a.Result, a.Reason = "denied", "host-lost"
	return a.Line()
}

// Refuse is the outcome of a login that may not even begin.
func Refuse(req Request, reason, detail string) Outcome {
	s := &session{req: req}
	_ = s.readOptions() // of which nodelay counts
	return s.outcome(AuthinfoUnavail, report{reason: reason, detail: detail})
}

// failDelay is how long PAM waits before it reports that a login has failed, unless the option
// nodelay is set. It is asked for whatever the verdict: else the time of a login that fails by a
// later module's word would tell that the code was right, or that there is no such user here.
const failDelay = 2 * time.Second

// A Step is where a login has come to: a question, or its outcome.
type Step struct {
	Outcome Outcome

	// Question is what the person is to be asked; empty if the login has ended. Then Stage is
	// where it goes on with the answer.
	Question string
	Stage    Stage
}

// A session is one login on its way.
type session struct {
	ctx  context.Context
	req  Request
	host Host
	open Opener
	now  func() time.Time
	options
}

// Start begins a login. It ends when ctx does, if it has to wait for others.
func Start(ctx context.Context, req Request, host Host, open Opener, now func() time.Time) Step {
	s := &session{ctx: ctx, req: req, host: host, open: open, now: now}
	return s.step(s.start())
}

// Continue goes on with a login behind a question: with the same request, and the answer in it.
func Continue(ctx context.Context, req Request, from Stage, host Host, open Opener,
	now func() time.Time) Step {
	s := &session{ctx: ctx, req: req, host: host, open: open, now: now}
	return s.step(s.goOn(from))
}

// Run takes one login from its request to its outcome. The error of person means that the host does
// not answer any more.
func Run(req Request, host interface {
	Host
	Person
}, open Opener, now func() time.Time) Outcome {
	ctx := context.Background()
	step := Start(ctx, req, host, open, now)
	for step.Question != "" {
		code, text, err := host.Prompt(step.Question)
		if err != nil {
			return Refuse(req, "host-lost", err.Error())
		}
		req.Answer = &Answer{code, text}
		step = Continue(ctx, req, step.Stage, host, open, now)
	}
	return step.Outcome
}

// A result is what a part of a login's way came to: a code, or a question.
type result struct {
	code Code
	report
	question string
	stage    Stage
}

func (s *session) step(r result) Step {
	if r.question != "" {
		return Step{Question: r.question, Stage: r.stage}
	}
	return Step{Outcome: s.outcome(r.code, r.report)}
}

func (s *session) outcome(code Code, rep report) Outcome {
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
	attempt := rep.attempt(s.req)
	out := Outcome{Code: code, Priority: priority, Line: attempt.Line(), attempt: attempt}
	if rep.unsaid {
		out.Line = ""
	}
	if refused := code != Success && code != Ignore; !s.noDelay &&
		(refused || !s.req.changes()) {
		out.Delay = failDelay
	}
	return out
}

// start is the login's way at one glance.
func (s *session) start() result {
	if err := s.readOptions(); err != nil {
		return refused(ServiceErr, report{reason: "bad-option", detail: err.Error()})
	}
	if s.req.changes() {
		return s.beginChange()
	}
	if r, done := s.excused(); done {
		return r
	}
	if s.useFirstPass {
		return s.useEarlierPassword()
	}
	if s.tryFirstPass {
		if r, done := s.tryEarlierPassword(); done {
			return r
		}
	}
	if s.req.Answer != nil {
		return s.answered(Stage{})
	}
	return result{question: s.prompt}
}

// goOn is the way behind a question.
func (s *session) goOn(from Stage) result {
	if err := s.readOptions(); err != nil {
		return refused(ServiceErr, report{reason: "bad-option", detail: err.Error()})
	}
	return s.answered(from)
}

func refused(code Code, rep report) result { return result{code: code, report: rep} }

func (s *session) readOptions() error {
	args := make([]string, len(s.req.Options))
	for i, o := range s.req.Options {
		if o.Absent || o.TooLong {
			return ErrOptionTooLong
		}
		args[i] = o.S
	}
	var err error
	s.options, err = parseOptions(args)
	if s.req.Limited {
		s.debug = false // which writes what it was told
	}
	if s.req.changes() {
		s.options = s.options.forChange()
	}
	return err
}

// answered goes on with what the person has typed. The first question is the same for everyone,
// users or not.
func (s *session) answered(stage Stage) result {
	answer := s.req.Answer
	switch {
	case answer == nil:
		return refused(AuthinfoUnavail, report{reason: "host-lost",
			detail: "the program came again without an answer"})
	case answer.Code != 0:
		return refused(conversationCode(Code(answer.Code)), report{reason: "conversation",
			detail: "the program could not ask for the code"})
	case s.req.changes() != (stage.change != nil):
		return refused(AuthinfoUnavail, report{reason: "host-lost",
			detail: "the program came again with another call"})
	case stage.change != nil:
		return s.goOnChange(*stage.change, answer.Text)
	case stage.enrolment != nil:
		return s.goOnEnrolment(*stage.enrolment, answer.Text)
	case stage.pending != nil:
		return s.checkNext(stage.pending, answer.Text)
	}
	if r, done := s.beginEnrolment(answer.Text); done {
		return r
	}
	a := s.attempt(answer.Text)
	if a.pending == nil {
		return refused(a.code, a.report)
	}
	return result{question: nextPrompt, stage: Stage{pending: a.pending}}
}

// conversationCode is what a login ends with whose conversation has failed: its own code, but for
// those that would open a stack. The host sees to that, too; but whoever sends a request to motpd
// may be another program.
func conversationCode(code Code) Code {
	if code < 0 || code >= returnValues || slices.Contains(opensStacks, code) {
		return ConvErr
	}
	return code
}

// checkNext checks the next code after one that was right, but far off. The first stays a failure,
// counted already, whatever comes.
func (s *session) checkNext(first *motp.Pending, answer Text) result {
	settings, user, err := s.find()
	if err != nil {
		return refused(s.notFound(user.Name, err, answer.S))
	}
	verifier := s.verifier(settings)
	typed := s.entry(answer)
	res, err := verifier.JudgeNext(s.ctx, user, first, typed.Attempt, s.now())
	a := s.judged(user, verifier, typed.Typed, res, err)
	if a.code == Success {
		a.detail = "two codes in a row put the token's clock right"
	}
	return refused(a.code, a.report)
}

// nextPrompt begins like the first one, for programs that know a prompt by its beginning.
const nextPrompt = "OTP: the next code please: "

// useEarlierPassword checks what an earlier module asked for, and nothing else.
func (s *session) useEarlierPassword() result {
	_, token, err := s.host.GetToken()
	if err != nil {
		return refused(AuthinfoUnavail, report{reason: "host-lost", detail: err.Error()})
	}
	a := s.attempt(token)
	return refused(a.code, a.report)
}

// tryEarlierPassword checks what an earlier module asked for, if it has the form of one of the
// user's codes: a password is not a wrong code, and must not lock anybody. done says that the login
// is decided; after a wrong code the person is asked.
func (s *session) tryEarlierPassword() (_ result, done bool) {
	_, token, err := s.host.GetToken()
	if err != nil || token.S == "" {
		return result{}, false
	}
	settings, user, err := s.find()
	if err != nil {
		return result{}, false
	}
	verifier := s.verifier(settings)
	if !s.holdsCode(user, verifier, s.entry(token)) && !s.inGrace(user, verifier) {
		return result{}, false
	}
	a := s.attempt(token)
	if a.code != AuthErr {
		return refused(a.code, a.report), true
	}
	a.result = "denied"
	if err := s.host.Log(priorityNotice, a.attempt(s.req).Line()); err != nil {
		return refused(AuthinfoUnavail, report{reason: "host-lost", detail: err.Error()}),
			true
	}
	return result{}, false
}
