package cli

import (
	"errors"

	"github.com/pam-motp/pam-motp/internal/ask"
	"github.com/pam-motp/pam-motp/internal/shown"
	"github.com/pam-motp/pam-motp/internal/version"
	"github.com/pam-motp/pam-motp/internal/words"
)

// motpdStatus tells root how motpd stands.
func (a *app) motpdStatus(asJSON bool) error {
	of := func(r ask.Reply) *ask.State { return r.Motpd }
	return askAbout(a, ask.Motpd, asJSON, of, a.printMotpd)
}

func (a *app) printMotpd(m *ask.State) {
	a.print("motpd %s, process %d", m.Version, m.PID)
	if m.Version != version.Text() {
		a.print("  version     not this command's (%s): %s",
			version.Text(), theManager().RestartMotpd())
	}
	a.print("  since       %s", a.when(m.Since))
	a.print("  served      %s", words.Count(m.Served, "request"))
	a.print("  table       %s", m.Table)
	a.print("  records     %s", m.Records)
	for _, j := range m.Jobs {
		a.print("  judging     %s, for process %d (service %s, user id %d), since %s",
			shown.Name(j.User), j.PID, shown.Name(j.Service), j.UID, a.when(j.Since))
	}
}

// askMotpdState asks motpd how it stands.
func askMotpdState() (*ask.State, error) {
	reply, _, err := ask.Ask(ask.Query{Verb: ask.Motpd})
	if err == nil && reply.Motpd == nil {
		err = errors.New("it gave no answer to that: is it another version?")
	}
	return reply.Motpd, err
}
