package login

import (
	"errors"
	"strings"

	"github.com/pam-motp/pam-motp/motp"
)

// Somebody who was invited types the invitation where a code is asked for, and sets their token up
// there and then: says yes, scans it, chooses a PIN, and types the first code. A program that
// answers every question alike does not say yes, and is shown nothing.

// An Enroller is a host by way of a verifier that can draw tokens: that is motpd.
type Enroller interface {
	// HandOut draws a user's token, to be shown: texts of a few lines each.
	HandOut(user string, token motp.Token) (texts []string, err error)
}

// An enrolment is where somebody stands who was invited.
type enrolment struct {
	step   enrolStep
	of     *motp.Enrolment
	choice choice // of the PIN
}

type enrolStep byte

// What is asked for.
const (
	enrolYes enrolStep = iota
	enrolPIN
	enrolAgain
	enrolCode
	enrolSteps
)

// The questions. Those that ask for no PIN begin like a login's.
const (
	yesPrompt   = "OTP: to set up your token here and now, type yes: "
	firstPrompt = "OTP: the code that your token shows: "
)

// enroller is whoever draws tokens for this login, if anybody may.
func (s *session) enroller() (Enroller, bool) {
	e, ok := s.host.(Enroller)
	return e, ok && s.enrol && !s.req.Limited && !s.forwardPass
}

// beginEnrolment begins with a right invitation. done says that it was one of the user's, whatever
// became of it; all else is judged as a code.
func (s *session) beginEnrolment(answer Text) (_ result, done bool) {
	if _, ok := s.enroller(); !ok || !motp.IsInvitation(answer.S) {
		return result{}, false
	}
	settings, user, err := s.find()
	if err != nil || !user.IsInvitedBy(answer.S) {
		return result{}, false
	}
	verifier := s.verifier(settings)
	res, e, err := verifier.BeginEnrolment(s.ctx, user, answer.S, s.now())
	if err != nil || e == nil {
		a := s.judged(user, verifier, answer.S, res, err)
		switch res.Verdict {
		case motp.Wrong, motp.Malformed, motp.NotEnrolled: // which was judged
			a.detail = "an invitation that has expired or was used: motp invite"
		case motp.Repeated:
			a.detail = "an invitation that was refused a moment ago: try again in a " +
				"minute"
		}
		return refused(a.code, a.report), true
	}
	return result{question: yesPrompt, stage: Stage{enrolment: &enrolment{of: e}}}, true
}

// goOnEnrolment is the way behind each of the questions.
func (s *session) goOnEnrolment(e enrolment, answer Text) result {
	draw, ok := s.enroller()
	settings, user, err := s.find()
	switch {
	case err != nil:
		return refused(s.notFound(user.Name, err, ""))
	case !ok:
		return refused(AuthinfoUnavail, report{reason: "host-lost",
			detail: "the program came again with another line"})
	}
	verifier := s.verifier(settings)
	switch e.step {
	case enrolYes:
		if strings.ToLower(strings.TrimSpace(answer.S)) != "yes" {
			return s.noYes(user, verifier, answer)
		}
		return s.showToken(e, user, verifier, draw)
	case enrolCode:
		return s.endEnrolment(e, user, verifier, answer)
	}
	return s.choosePIN(e, user, answer)
}

// noYes is for a program that is none to set up a token in, or somebody who thinks better of it.
func (s *session) noYes(user motp.User, verifier motp.Verifier, answer Text) result {
	res, err := verifier.FailEnrolment(s.ctx, user, typed(answer), s.now())
	a := s.judged(user, verifier, typed(answer), res, err)
	if a.code == AuthErr {
		a.detail = "a right invitation, and no yes behind it: it is still good, in a " +
			"program that asks one question after the other"
	}
	return refused(a.code, a.report)
}

// shownToken is told before a token is shown: who hangs up then has its secret, and may leave the
// invitation to somebody else.
const shownToken = "the token is shown to whoever typed its invitation; if they do not set it " +
	"up, invite anew"

// shownBefore is for whoever comes second with an invitation. Somebody may have read it on its way,
// and its user would not know if nobody said so.
func (s *session) shownBefore(user motp.User, token string) result {
	if err := s.host.Show(styleError, usedElsewhere); err != nil {
		return refused(AuthinfoUnavail, report{reason: "host-lost", detail: err.Error()})
	}
	return s.notEnrolled(user, token, motp.ErrShown.Error()+
		": somebody else may have its secret; invite anew")
}

// usedElsewhere is what whoever comes second is told.
const usedElsewhere = "This invitation was used before, elsewhere or over an hour ago. Ask for a " +
	"new one, and say so."

// place is where a person is, as far as it is known: the service and the address, or the terminal
// where there is no address.
func (s *session) place() string {
	where := s.req.RHost.S
	if where == "" {
		where = "\x00" + s.req.TTY.S
	}
	return s.req.Service.S + "\x00" + where
}

// showToken shows the token that is to be set up, and asks for the first thing that it needs. A
// ticket waits for two minutes, in which the token may become somebody's.
func (s *session) showToken(
	e enrolment, user motp.User, verifier motp.Verifier, draw Enroller,
) result {
	switch err := verifier.ShowEnrolment(s.ctx, user, e.of, s.place(), s.now()); {
	case errors.Is(err, motp.ErrShown):
		return s.shownBefore(user, e.of.Token())
	case errors.Is(err, motp.ErrLapsed):
		return s.notEnrolled(user, "", err.Error())
	case err != nil:
		return s.troubleWith(user.Name, err)
	}
	t, _ := tokenOf(user, e.of.Token())
	texts, err := draw.HandOut(user.Name, t)
	if err != nil {
		return refused(AuthinfoUnavail, report{reason: "state", user: user.Name,
			detail: "the token cannot be drawn: " + err.Error()})
	}
	told := report{result: "shown", reason: "not-enrolled", user: user.Name, token: t.Name,
		detail: shownToken}
	err = s.host.Log(priorityNotice, told.attempt(s.req).Line())
	for _, text := range texts {
		if err == nil {
			err = s.host.Show(styleInfo, text)
		}
	}
	if err != nil {
		return refused(AuthinfoUnavail, report{reason: "host-lost", detail: err.Error()})
	}
	if t.PIN == "" {
		return e.ask(enrolCode, firstPrompt)
	}
	return e.ask(enrolPIN, newPrompt)
}

func (e enrolment) ask(step enrolStep, question string) result {
	e.step = step
	return result{question: question, stage: Stage{enrolment: &e}}
}

// choosePIN takes the PIN, twice.
func (s *session) choosePIN(e enrolment, user motp.User, answer Text) result {
	t, ok := tokenOf(user, e.of.Token())
	if !ok {
		return s.notEnrolled(user, "", motp.ErrLapsed.Error())
	}
	why := e.choice.take(t.Kind(), answer)
	switch {
	case why == "" && e.step == enrolPIN:
		return e.ask(enrolAgain, againPrompt)
	case why == "":
		return e.ask(enrolCode, firstPrompt)
	case e.choice.tries >= pinTries:
		return s.notEnrolled(user, t.Name, why+"; the invitation is still good")
	}
	if err := s.host.Show(styleError, why+"."); err != nil {
		return refused(AuthinfoUnavail, report{reason: "host-lost", detail: err.Error()})
	}
	return e.ask(enrolPIN, newPrompt)
}

// endEnrolment judges the first code, which claims the invitation.
func (s *session) endEnrolment(e enrolment, user motp.User, verifier motp.Verifier,
	answer Text) result {
	res, err := verifier.EndEnrolment(s.ctx, user, e.of, e.choice.pin, typed(answer), s.now())
	if errors.Is(err, motp.ErrLapsed) || errors.Is(err, motp.ErrInvalid) {
		return s.notEnrolled(user, e.of.Token(), err.Error())
	}
	a := s.judged(user, verifier, typed(answer), res, err)
	if a.code == Success {
		a.report = report{reason: "enrolled", user: user.Name, token: res.Token,
			detail: "the user has set the token up"}
	}
	return refused(a.code, a.report)
}

func (s *session) notEnrolled(user motp.User, token, detail string) result {
	return refused(AuthErr, report{reason: "not-enrolled", user: user.Name, token: token,
		detail: detail})
}

func tokenOf(user motp.User, name string) (motp.Token, bool) {
	for _, t := range user.Tokens {
		if t.Name == name {
			return t, true
		}
	}
	return motp.Token{}, false
}
