package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/pam-motp/pam-motp/internal/setup"
	"github.com/rogpeppe/go-internal/diff"
)

// plan is what changes, or why nothing does.
func (s *settingUp) plan(service setup.Service) (setup.Plan, error) {
	if s.undo {
		plan, err := s.machine.Undo(service)
		var changed *setup.ChangedError
		if errors.As(err, &changed) {
			return plan, fmt.Errorf("%w; nothing is changed. What setup wrote, and "+
				"what is there:\n%s\nThe file from before is %s: put it back, or "+
				"what you need of it", err, unified(changed.Change),
				filepath.Join(s.machine.Kept, service.Keeps, "before",
					changed.Path))
		}
		return plan, asRoot(err)
	}
	plan, err := s.machine.Plan(service)
	var unexpected *setup.UnexpectedError
	if errors.As(err, &unexpected) {
		return plan, fmt.Errorf("%w\nNothing is changed. Edit it by hand: what asks for "+
			"the password (auth) gives way to the line\n  auth requisite pam_motp.so\n"+
			"as in examples/, and \"motp doctor\" says whether that is right", err)
	}
	return plan, asRoot(err)
}

// asRoot puts the next step to an error of the system's.
func asRoot(err error) error {
	if errors.Is(err, fs.ErrPermission) {
		return fmt.Errorf("%w: run motp as root", err)
	}
	return err
}

// unified shows a change as diff does: of what the files say, or if they say the same, of their
// comments.
func unified(c setup.Change) string {
	from, to := c.Path, c.Path
	if !c.There {
		from = os.DevNull
	}
	if c.Gone {
		to = os.DevNull
	}
	text := diff.Diff(from, setup.Says(c.Old), to, setup.Says(c.New))
	if len(text) == 0 {
		text = diff.Diff(from, c.Old, to, c.New)
	}
	if _, rest, found := bytes.Cut(text, []byte("\n")); found {
		text = rest // without "diff FROM TO"
	}
	return string(text)
}
