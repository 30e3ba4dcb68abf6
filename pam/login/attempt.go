package login

import (
	"errors"
	"io/fs"
	"os"
	"strconv"

	"github.com/pam-motp/pam-motp/conf"
	"github.com/pam-motp/pam-motp/internal/logline"
	"github.com/pam-motp/pam-motp/internal/site"
	"github.com/pam-motp/pam-motp/motp"
)

// allowed is the policy that is in force: the line's options beat the table, but for a caller that
// may be anybody.
func (s *session) allowed(table motp.Policy) motp.Policy {
	if s.req.Limited {
		return s.within(table)
	}
	return s.over(table)
}

// verifier checks the codes of a user, by what was found with them: where their record is, and the
// policy that is in force.
func (s *session) verifier(settings conf.Settings) motp.Verifier {
	return s.site().VerifierIn(settings.Fleet, s.allowed(settings.Policy))
}

// site is where the line's options say that the users and their records are.
func (s *session) site() *site.Site { return s.open(s.conf, s.state) }

// typed is what a person typed. What was too long to be passed is no code, but a wrong answer that
// counts.
func typed(answer Text) string {
	if answer.TooLong {
		return "\x00"
	}
	return answer.S
}

// An attempt is what one answer came to.
type attempt struct {
	code Code
	report
	user     motp.User
	verifier motp.Verifier
	pending  *motp.Pending // the next code is worth asking for
}

// attempt decides about one answer.
func (s *session) attempt(answer Text) attempt {
	settings, user, err := s.find()
	verifier := s.verifier(settings)
	typed := s.entry(answer)
	if err != nil {
		// the same work for everyone
		if s.forwardPass {
			s.standingUnknown(user.Name, verifier)
		}
		beside := verifier.JudgeUnknown(s.ctx, user.Name, typed.Attempt, s.now())
		code, rep := s.notFound(user.Name, err, typed.whole)
		return s.withPassword(attempt{code: code, report: rep}, typed, beside)
	}
	grace := s.inGrace(user, verifier)
	if grace && !s.holdsCode(user, verifier, typed) {
		return s.graced(user, typed.whole, false)
	}
	res, err := verifier.Judge(s.ctx, user, typed.Attempt, s.now())
	beside := typed.beside(res.Password)
	if grace && err == nil && res.Verdict == motp.Replay && beside != "" {
		return s.graced(user, beside, true) // a client that has kept what it sent
	}
	a := s.judged(user, verifier, typed.Typed, res, err)
	return s.withPassword(a, typed, res.Password)
}

// judged maps a result to what PAM and the log are told.
func (s *session) judged(user motp.User, verifier motp.Verifier, typed string, res motp.Result,
	err error) attempt {
	a := attempt{code: AuthinfoUnavail, user: user, verifier: verifier}
	if err != nil {
		a.report = report{reason: RecordTrouble(err), user: user.Name, detail: err.Error()}
		return a
	}
	s.debugLog(user, verifier.Policy, res)
	a.report = report{reason: res.Verdict.String(), user: user.Name, token: res.Token,
		detail: explain(res)}
	switch res.Verdict {
	case motp.Accepted:
	case motp.Clock:
		return a // nobody gets in, and it is no guess
	default:
		a.code, a.pending = AuthErr, res.Pending
		return a
	}
	if s.setPass && !s.forwardPass {
		if code, err := s.host.SetToken(typed); err != nil || code != 0 {
			a.report = report{reason: "set-pass", user: user.Name,
				detail: "the code was right, but could not be left for later " +
					"modules"}
			return a
		}
	}
	a.code = Success
	return a
}

// notFound says what becomes of a user whom the table does not yield under that name.
func (s *session) notFound(name string, err error, typed string) (Code, report) {
	var bad *conf.Error
	var account accountError
	switch {
	case errors.As(err, &account):
		return AuthinfoUnavail, report{reason: "account", detail: err.Error()}
	case errors.Is(err, conf.ErrNoUser):
		if s.nullok {
			return s.ignore(excuse{reason: "unknown-user", stranger: true,
				typed: typed})
		}
		return UserUnknown, s.unknownUser()
	case errors.As(err, &bad) && bad.Kind == conf.BadSettings:
		return ServiceErr, report{reason: "bad-settings", detail: err.Error()}
	case errors.Is(err, motp.ErrSealed):
		return AuthinfoUnavail, report{reason: "sealed", user: name, detail: err.Error()}
	case errors.As(err, &bad) && bad.Kind == conf.BadUser:
		return AuthinfoUnavail, report{reason: "bad-entry", user: name,
			detail: err.Error()}
	default:
		return AuthinfoUnavail, report{reason: "table",
			detail: unreadable(err, s.conf, os.Geteuid())}
	}
}

// unreadable says why a table cannot be read. A program that may not read root's comes here if
// motpd, which judges for such programs, is not there.
func unreadable(err error, table string, euid int) string {
	what := err.Error()
	if euid != 0 && table == conf.DefaultPath && errors.Is(err, fs.ErrPermission) {
		what += ": a program that is not root's needs motpd (systemctl enable --now " +
			"motpd.socket motpd-root.socket; without systemd: motpd --listen " +
			"/run/motp), and a line without motpd=never"
	}
	return what
}

// RecordTrouble is the word for an error with a user's record.
func RecordTrouble(err error) string {
	var named interface{ Reason() string } // a store with more to say than files have
	switch {
	case errors.As(err, &named):
		return named.Reason()
	case errors.Is(err, motp.ErrBusy):
		return "busy"
	case errors.Is(err, motp.ErrCorrupt):
		return "corrupt"
	case errors.Is(err, motp.ErrSealed):
		return "sealed"
	default:
		return "state"
	}
}

// explain adds what an administrator cannot guess from the verdict's word.
func explain(res motp.Result) string {
	const damaged = "the record was damaged; codes up to now were taken for used"
	switch {
	case res.Verdict == motp.Clock:
		return "the clock is before this user's last login: set it, or \"motp unlock\" " +
			"if it is right"
	case res.Paper && res.Doubt:
		return onPaper(res) + "; " + damaged
	case res.Paper:
		return onPaper(res)
	case res.Verdict == motp.Old:
		return "a right code, from before the last used one: was the clock set back?"
	case res.Verdict == motp.NotEnrolled:
		return "an invited user who has yet to set up the token: with the invitation, " +
			"in a service with the option enrol, by motpd (docs/enrol.md)"
	case res.Doubt:
		return damaged
	default:
		return ""
	}
}

// onPaper says that a code is one on paper, which no token's name does: a token may be called
// paper.
func onPaper(res motp.Result) string {
	what := "a paper code"
	switch res.Verdict {
	case motp.Replay:
		what = "a paper code that was used before"
	case motp.Old:
		return "a paper code of a set that is not good any more: \"motp codes\" prints " +
			"another"
	}
	switch res.PaperLeft {
	case 0:
		return what + "; none is left: \"motp codes\" prints others"
	case 1:
		return what + "; 1 is left"
	default:
		return what + "; " + strconv.Itoa(res.PaperLeft) + " are left"
	}
}

// debugLog says more of an attempt. The line has another beginning than the attempt's own, of which
// there is one.
func (s *session) debugLog(u motp.User, p motp.Policy, res motp.Result) {
	if s.debug {
		typed := ""
		if s.req.User.S != u.Name {
			typed = " typed=" + logline.Quote(s.req.User.S)
		}
		// an answer is not worth a login: if the host is gone, the verdict will not reach
		// it either
		_ = s.host.Log(priorityDebug, "debug: verdict="+res.Verdict.String()+" user="+
			logline.Quote(u.Name)+typed+" failures="+strconv.Itoa(res.Failures)+
			" max_failures="+strconv.Itoa(p.MaxFailures)+" window="+p.Window.String()+
			" conf="+logline.Quote(s.conf)+" state="+logline.Quote(s.state))
	}
}
