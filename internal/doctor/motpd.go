package doctor

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/pam-motp/pam-motp/conf"
	"github.com/pam-motp/pam-motp/internal/ask"
	"github.com/pam-motp/pam-motp/internal/pamstack"
)

// longJob is how long a login may be judged until it is told: others are done in milliseconds, and
// five seconds are the most that one waits for a record.
const longJob = 2 * time.Second

// motpd looks whether it runs, what it serves, and whom it has been judging for long.
func (v *visit) motpd() string {
	if v.System.Motpd == nil {
		return ""
	}
	through, must := v.throughMotpd()
	state, err := v.System.Motpd()
	switch {
	case errors.Is(err, ask.ErrAway):
		for _, l := range must {
			v.errorAt(l.File, l.Number, "has motpd=always, and motpd does not run: "+
				"every code is refused", v.manager().StartMotpd())
		}
		return "does not run: each login has a worker of its own"
	case err != nil:
		v.warnAt("", 0, "cannot be asked: "+err.Error(), v.manager().reviveMotpd())
		return ""
	}
	if state.Version != v.Version && v.Version != "" {
		v.warnAt("", 0, fmt.Sprintf("is of version %s, and this command of %s",
			state.Version, v.Version), v.manager().RestartMotpd())
	}
	for _, j := range state.Jobs {
		if age := v.Now.Sub(j.Since); age > longJob {
			v.warnAt("", 0, fmt.Sprintf("has been judging %s for %v, for process %d "+
				"(service %s): the record is held, or the disk is stuck",
				show(j.User), age.Round(time.Second), j.PID, show(j.Service)),
				"motp status "+show(j.User)+" names who holds it")
		}
	}
	return fmt.Sprintf("version %s, process %d, for %s", state.Version, state.PID,
		count(through, "service"))
}

// throughMotpd counts the services that have motpd judge, and finds the lines that have nobody
// else.
func (v *visit) throughMotpd() (services int, must []moduleLine) {
	for _, s := range v.services {
		asks := false
		for _, l := range s.lines {
			if !mayAskMotpd(l) {
				continue
			}
			asks = true
			if l.says.Motpd == "always" {
				must = append(must, l)
			}
		}
		if asks {
			services++
		}
	}
	return services, must
}

// mayAskMotpd says whether a line has motpd judge where it runs.
func mayAskMotpd(l moduleLine) bool {
	return l.says.Motpd != "never" && l.says.Conf == conf.DefaultPath &&
		l.says.State == conf.DefaultState
}

// AsksMotpd says whether a service, whose files are under a folder, has motpd judge where it runs.
func AsksMotpd(folder, name string) bool {
	read, err := pamstack.Read(folder, name)
	if err != nil {
		return false
	}
	v := &visit{Machine: Machine{Root: folder, Conf: conf.DefaultPath,
		State: conf.DefaultState}}
	return slices.ContainsFunc(v.service(read).lines, mayAskMotpd)
}
