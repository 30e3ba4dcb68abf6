package resident

import (
	"context"
	"errors"
	"time"

	"github.com/pam-motp/pam-motp/conf"
	"github.com/pam-motp/pam-motp/internal/ask"
	"github.com/pam-motp/pam-motp/internal/logline"
	"github.com/pam-motp/pam-motp/internal/pin"
	"github.com/pam-motp/pam-motp/motp"
	"github.com/pam-motp/pam-motp/pam/login"
)

// selfService is the name under which the log and tickets have what users do for themselves: no
// service of PAM's has it.
const selfService = "motp"

// serveSelf does for a user what they may have done for themselves. Each change is proven by a
// current code, and counts like a login.
func (s *Server) serveSelf(c connection, q ask.Query) ask.Reply {
	s.pace.keep(c.account)
	name, err := account(c)
	if err != nil {
		return ask.Reply{Refused: err.Error()}
	}
	settings, err := s.site.Settings()
	if err != nil {
		return ask.Reply{Refused: "the administrator's table has a mistake"}
	}
	if !mayServe(settings.SelfService, q.Verb) {
		return ask.Reply{Refused: "the administrator has not allowed it: self_service = " +
			settings.SelfService.String() + " in " + s.site.Table()}
	}
	settings, user, err := s.site.Lookup(name)
	switch {
	case errors.Is(err, conf.ErrNoUser):
		return ask.Reply{Refused: name + " is not enrolled for one-time passwords"}
	case err != nil:
		return ask.Reply{Refused: "the entry of " + name + " cannot be used: tell the " +
			"administrator"}
	}
	defer s.jobs.begin(c, name, selfService)()
	ctx, cancel := context.WithTimeout(context.Background(), loginWait)
	defer cancel()
	own := self{s, c, ctx, user, s.site.VerifierIn(settings.Fleet, settings.Policy)}
	switch q.Verb {
	case ask.Sync:
		return own.sync(q)
	case ask.PIN:
		return own.setPIN(q)
	}
	return own.status(settings.Policy, settings.SelfService)
}

func mayServe(allowed conf.SelfService, verb string) bool {
	return allowed == conf.SelfServiceYes ||
		allowed == conf.SelfServiceStatus && verb == ask.Status
}

// self is a user who has something done for themselves.
type self struct {
	*Server
	connection
	ctx      context.Context
	user     motp.User
	verifier motp.Verifier
}

// status tells a user how they stand.
func (u self) status(policy motp.Policy, allowed conf.SelfService) ask.Reply {
	record, err := u.verifier.Status(u.ctx, u.user, time.Now())
	if err != nil {
		return ask.Reply{Refused: "your record cannot be read: tell the administrator"}
	}
	tokens := make([]ask.Token, len(u.user.Tokens))
	for i, t := range u.user.Tokens {
		tokens[i] = ask.Token{Name: t.Name, Type: t.Type.String(), PIN: t.PIN != ""}
		if i < len(record.Tokens) {
			known := record.Tokens[i]
			tokens[i].OwnPIN = known.OwnPIN
			tokens[i].PIN = tokens[i].PIN || known.OwnPIN
			tokens[i].Drift = int64(known.Drift / time.Second)
		}
	}
	var paper *int
	if u.user.Paper.Exist() {
		paper = &record.Paper.Left
	}
	return ask.Reply{User: &ask.Account{
		User: u.user.Name, Disabled: u.user.Disabled,
		Locked: record.Locked, LockedUntil: record.LockedUntil,
		Failures: record.Failures, MaxFailures: policy.MaxFailures,
		LastFailure: record.LastFailure, LastLogin: record.LastLogin,
		Tokens: tokens, PaperCodes: paper, SelfService: allowed.String(),
	}}
}

// sync learns the clock of the token that a code comes from.
func (u self) sync(q ask.Query) ask.Reply {
	var res motp.Result
	var err error
	if q.Ticket == "" {
		res, err = u.verifier.Sync(u.ctx, u.user, q.Code, time.Now())
	} else {
		var pending *motp.Pending
		pending, err = u.pending(q.Ticket)
		if err != nil {
			return ask.Reply{Refused: err.Error()}
		}
		res, err = u.verifier.VerifyNext(u.ctx, u.user, pending, q.Code, time.Now())
	}
	if err == nil && res.Pending != nil {
		ticket, err := u.tickets.seal(login.StageOf(res.Pending), u.connection, u.request())
		if err == nil {
			u.log("denied", res.Verdict.String(), res.Token,
				"a code from far off: asked for the next one, to sync")
			return ask.Reply{Next: "The next code, when it shows another: ",
				Ticket: ticket}
		}
	}
	return u.concluded(res, err, "synced", "the user has put the token's clock right")
}

func (u self) pending(ticket string) (*motp.Pending, error) {
	stage, err := u.tickets.open(ticket, u.connection, u.request())
	if err != nil {
		return nil, err
	}
	if stage.Pending() == nil {
		return nil, errTicket
	}
	return stage.Pending(), nil
}

// request is what a ticket of this user is bound to.
func (u self) request() login.Request {
	return login.Request{Service: login.Text{S: selfService},
		User: login.Text{S: u.user.Name}}
}

// setPIN gives the token that a code comes from another PIN.
func (u self) setPIN(q ask.Query) ask.Reply {
	for _, t := range u.user.Tokens {
		if err := pin.Check(t.Kind(), q.PIN); err != nil {
			return ask.Reply{Refused: "the new PIN " + err.Error()}
		}
	}
	if q.PIN != "" && q.PIN == q.Code {
		return ask.Reply{Refused: "the new PIN is the code: choose another"}
	}
	if q.PIN != "" {
		if why := pin.Weak(q.PIN); why != "" {
			return ask.Reply{Refused: "the new PIN " + why + ": choose another"}
		}
	}
	res, err := u.verifier.ChangePIN(u.ctx, u.user, q.Code, q.PIN, time.Now())
	return u.concluded(res, err, "pin-set", "the user has set a PIN, which is in the record")
}

// concluded tells the user and the log what came of it.
func (u self) concluded(res motp.Result, err error, done, detail string) ask.Reply {
	switch {
	case errors.Is(err, motp.ErrInvalid):
		return ask.Reply{Refused: "that cannot be done: " + err.Error()}
	case err != nil:
		u.log("denied", login.RecordTrouble(err), "", err.Error())
		return ask.Reply{Refused: "your record cannot be used now: try again, or tell " +
			"the administrator"}
	case res.Verdict != motp.Accepted:
		u.log("denied", res.Verdict.String(), res.Token, "")
		return ask.Reply{Refused: refusal(res)}
	}
	u.log("accepted", done, res.Token, detail)
	return ask.Reply{Token: res.Token}
}

// refusal says to a user why a code was refused, and no more than a login shows by its outcome.
func refusal(res motp.Result) string {
	switch res.Verdict {
	case motp.Replay, motp.Old:
		return "that code was used before: wait for the next one"
	case motp.Locked:
		return "you are locked after too many wrong codes: the administrator unlocks you"
	case motp.Disabled:
		return "the administrator has disabled you"
	case motp.Clock:
		return "the server's clock is wrong: tell the administrator"
	}
	return "that is not a current code"
}

// log has the administrator see it.
func (u self) log(result, reason, token, detail string) {
	priority := priorityNotice
	if result == "accepted" {
		priority = priorityInfo
	}
	none := logline.Item{Absent: true}
	u.journal.tell(priority, logline.Attempt{
		Result: result, Reason: reason, User: u.user.Name, Token: token, Detail: detail,
		RHost: none, TTY: none, Service: logline.Item{S: selfService},
		Caller: u.user.Name,
	}.Line())
}
