package login

import (
	"errors"

	"github.com/pam-motp/pam-motp/conf"
	"github.com/pam-motp/pam-motp/motp"
)

// pam_chauthtok comes twice: first it is asked whether the PIN can be changed, and asks nobody
// anything, then it changes it. What is asked then: a current code, which is judged at once and
// counts like a login's, and the new PIN, twice. The PIN stands in the record, in one change of it;
// whatever goes wrong before leaves the old one.

// A change is where a change of a PIN stands.
type change struct {
	// proven is what the current code has proven; nil while that is asked for.
	proven *motp.PINChange
	choice choice // of the new PIN
}

// currentPrompt begins like a login's, for programs that know a prompt by its beginning.
const currentPrompt = "OTP: a current code, to change the PIN: "

// beginChange says whether the user has a PIN to change, and if that is to be done, begins.
func (s *session) beginChange() result {
	if s.req.Limited {
		return refused(AuthinfoUnavail, report{reason: "caller",
			detail: "PINs are changed for root's programs, such as passwd; a user's " +
				"own may run: motp pin"})
	}
	if !s.changePIN || s.req.Flags&flagExpired != 0 {
		return s.leaveToOthers("")
	}
	settings, user, err := s.find()
	switch {
	case errors.Is(err, conf.ErrNoUser):
		return s.leaveToOthers("")
	case err != nil:
		return refused(s.notFound(user.Name, err, ""))
	}
	at := s.site().VerifierIn(settings.Fleet, settings.Policy)
	tokens, err := at.InForce(s.ctx, user)
	switch {
	case err != nil:
		return s.troubleWith(user.Name, err)
	case !hasPIN(tokens):
		return s.leaveToOthers(user.Name)
	case s.req.Flags&flagPrelim != 0:
		return refused(Success, report{unsaid: true})
	}
	return result{question: currentPrompt, stage: Stage{change: new(change)}}
}

// leaveToOthers is for changes of passwords that are other modules' business. It is told once, at
// the first of the two calls.
func (s *session) leaveToOthers(user string) result {
	code, rep := s.ignore(excuse{reason: "no-pin", user: user})
	rep.unsaid = s.req.Flags&flagPrelim == 0 || s.req.Flags&flagExpired != 0
	return refused(code, rep)
}

func hasPIN(tokens []motp.Token) bool {
	for _, t := range tokens {
		if t.PIN != "" {
			return true
		}
	}
	return false
}

func (s *session) troubleWith(user string, err error) result {
	return refused(AuthinfoUnavail,
		report{reason: RecordTrouble(err), user: user, detail: err.Error()})
}

// goOnChange is the way behind each of the three questions.
func (s *session) goOnChange(c change, answer Text) result {
	settings, user, err := s.find()
	if err != nil {
		return refused(s.notFound(user.Name, err, ""))
	}
	verifier := s.verifier(settings)
	if c.proven == nil {
		return s.proveChange(user, verifier, answer)
	}
	t, ok := tokenOf(user, c.proven.Token())
	if !ok {
		return s.noNewPIN(user, "", "new-pin", motp.ErrLapsed.Error())
	}
	again := c.choice.pin != ""
	switch why := c.choice.take(t.Kind(), answer); {
	case why != "":
		return s.askAnew(c, user, why)
	case !again:
		return result{question: againPrompt, stage: Stage{change: &c}}
	}
	return s.setPIN(c, user, verifier)
}

// proveChange judges the current code.
func (s *session) proveChange(user motp.User, verifier motp.Verifier, answer Text) result {
	res, proven, err := verifier.BeginPINChange(s.ctx, user, typed(answer), s.now())
	a := s.judged(user, verifier, typed(answer), res, err)
	if a.code != Success {
		return refused(a.code, a.report)
	}
	if proven == nil {
		return s.noNewPIN(user, res.Token, "no-pin",
			"the code came from a token without a PIN: type one of the token whose "+
				"PIN is to be changed")
	}
	next := &change{proven: proven}
	if len(answer.S) <= motp.MaxPIN {
		next.choice.not = answer.S
	}
	return result{question: newPrompt, stage: Stage{change: next}}
}

// askAnew says why a PIN will not do, and asks for another, a few times.
func (s *session) askAnew(c change, user motp.User, why string) result {
	if c.choice.tries >= pinTries {
		return s.noNewPIN(user, c.proven.Token(), "new-pin", why+"; the old one stays")
	}
	if err := s.tell(why + "."); err != nil {
		return refused(AuthinfoUnavail, report{reason: "host-lost", detail: err.Error()})
	}
	return result{question: newPrompt, stage: Stage{change: &c}}
}

// setPIN has the record hold the new PIN.
func (s *session) setPIN(c change, user motp.User, verifier motp.Verifier) result {
	token := c.proven.Token()
	err := verifier.EndPINChange(s.ctx, user, c.proven, c.choice.pin, s.now())
	switch {
	case errors.Is(err, motp.ErrLapsed), errors.Is(err, motp.ErrInvalid):
		return s.noNewPIN(user, token, "new-pin", err.Error())
	case err != nil:
		return s.troubleWith(user.Name, err)
	}
	return refused(Success, report{reason: "pin-set", user: user.Name, token: token,
		detail: "the user has set a PIN, which is in the record"})
}

func (s *session) noNewPIN(user motp.User, token, reason, detail string) result {
	return refused(AuthtokErr,
		report{reason: reason, user: user.Name, token: token, detail: detail})
}

// tell shows the person what is wrong, unless the program wants nothing shown.
func (s *session) tell(words string) error {
	if s.req.Flags&flagSilent != 0 {
		return nil
	}
	return s.host.Show(styleError, words)
}
