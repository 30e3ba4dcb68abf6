package cli

import (
	"errors"
	"io/fs"
	"strings"

	"github.com/pam-motp/pam-motp/internal/setup"
	"github.com/pam-motp/pam-motp/internal/term"
)

// A setupState is how a service stands. The JSON names are a promise to scripts.
type setupState struct {
	Service string `json:"service"`
	SetUp   bool   `json:"set_up"`
	Undo    bool   `json:"undo"`
	Refused string `json:"refused,omitempty"`
}

// list shows what can be set up.
func (s *settingUp) list() error {
	var all []setupState
	table := term.Table{{"SERVICE", "STATE"}}
	for _, service := range setup.Services() {
		state := s.machine.State(service)
		if errors.Is(state.Err, fs.ErrPermission) {
			return asRoot(state.Err)
		}
		told := setupState{service.Name, state.SetUp, state.Kept, ""}
		how := "can be set up"
		switch {
		case state.Err != nil:
			told.Refused = state.Err.Error()
			how, _, _ = strings.Cut(told.Refused, ":\n")
		case state.SetUp:
			how = "asks for codes"
		}
		if state.SetUp && state.Kept {
			how += "; motp setup --undo " + service.Name
		}
		table.Add(service.Name, how)
		all = append(all, told)
	}
	if s.asJSON {
		return s.printJSON(all)
	}
	lines, _ := table.Lines(0)
	for _, line := range lines {
		s.print("%s", line)
	}
	return nil
}
