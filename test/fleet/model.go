package fleet

import (
	"time"

	"github.com/anishathalye/porcupine"
	"github.com/pam-motp/pam-motp/motp"
)

// An input is a code that is typed: the number of a right one, or wrongCode.
type input struct{ user, code int }

const wrongCode = -1

// An output is what the person was told.
type output struct {
	verdict  motp.Verdict
	failures int
	unsure   bool // that nobody knows
}

// A memory is what one server alone would remember of a user.
type memory struct {
	used     uint64 // a bit for each code
	failures int
}

// logIn is what one server would say and remember.
func (m memory) logIn(in input) (memory, output) {
	switch {
	case in.code == wrongCode:
		m.failures++
		return m, output{verdict: motp.Wrong, failures: m.failures}
	case m.used>>in.code&1 == 1:
		return m, output{verdict: motp.Replay, failures: m.failures}
	}
	return memory{used: m.used | 1<<in.code}, output{verdict: motp.Accepted}
}

// alone is one server.
var alone = porcupine.Model{
	Init: func() any { return memory{} },
	Step: func(state, in, out any) (bool, any) {
		next, want := state.(memory).logIn(in.(input))
		got := out.(output)
		return got.unsure || got == want, next
	},
}

// checkWait is how long the check of one user's history may take.
const checkWait = time.Minute

// broken are the users whose history one server alone could not have made. Users have nothing to do
// with each other.
func (t *traffic) broken() (users []string) {
	of := make([][]porcupine.Operation, len(t.users))
	for _, op := range t.history {
		user := op.Input.(input).user
		of[user] = append(of[user], op)
	}
	for i, history := range of {
		if porcupine.CheckOperationsTimeout(alone, history, checkWait) != porcupine.Ok {
			users = append(users, t.users[i].Name)
		}
	}
	return users
}
