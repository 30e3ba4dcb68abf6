package setup

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pam-motp/pam-motp/internal/doctor"
)

// everywhere are the doctor's checks whose errors concern each service.
var everywhere = []string{"module", "table", "records", "accounts", "clock"}

// Rehearse makes the changes of a plan on a copy of the machine, and has the doctor look at it. It
// returns the errors that concern the service, and the errors and warnings that are there because
// of the changes. The patient is the machine as it is.
func (m Machine) Rehearse(p Plan, patient doctor.Machine) (found []doctor.Finding, err error) {
	shadow, err := os.MkdirTemp("", "motp-setup-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(shadow)) }()
	if err := os.Chmod(shadow, 0o755); err != nil { // the doctor looks as a table's owner, too
		return nil, err
	}
	if err := mirror(m.at(""), shadow, "/", p.Changes); err != nil {
		return nil, err
	}
	patient.Root = m.at("")
	was := doctor.Look(patient).Findings
	patient.Root = shadow
	if patient.System.SSHD != nil {
		config, err := sshdConfig(shadow)
		if err != nil {
			return nil, err
		}
		patient.System.SSHD = doctor.SSHDBy(config)
	}
	for _, f := range doctor.Look(patient).Findings {
		isNew := !slices.ContainsFunc(was, func(w doctor.Finding) bool {
			return w.Severity == f.Severity && w.Check == f.Check && w.What == f.What
		})
		if isNew && f.Severity != doctor.Note ||
			f.Severity == doctor.Error && slices.Contains(everywhere, f.Check) {
			found = append(found, f)
		}
	}
	return found, nil
}

// mirror makes a folder that looks like another with the changes made. What does not change is a
// link.
func mirror(from, to, path string, changes []Change) error {
	entries, err := os.ReadDir(from)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	names := map[string]bool{} // whether something below it changes
	for _, e := range entries {
		names[e.Name()] = false
	}
	for _, c := range changes {
		if rest, below := strings.CutPrefix(c.Path, path); below {
			name, _, _ := strings.Cut(rest, "/")
			names[name] = true
		}
	}
	for name, changed := range names {
		source, target := filepath.Join(from, name), filepath.Join(to, name)
		if !changed {
			err = os.Symlink(source, target)
		} else if at := slices.IndexFunc(changes, func(c Change) bool {
			return c.Path == path+name
		}); at < 0 {
			err = errors.Join(os.Mkdir(target, 0o755), os.Chmod(target, 0o755),
				mirror(source, target, path+name+"/", changes))
		} else if c := changes[at]; !c.Gone {
			err = os.WriteFile(target, c.New, 0o644)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// sshdConfig writes sshd's configuration once more, so that what it includes is that of the copy.
func sshdConfig(shadow string) (path string, err error) {
	text, err := os.ReadFile(filepath.Join(shadow, "etc/ssh/sshd_config"))
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	var b strings.Builder
	for line := range strings.Lines(string(text)) {
		words := strings.Fields(line)
		if len(words) > 1 && strings.EqualFold(words[0], "include") {
			for i, word := range words[1:] {
				if !filepath.IsAbs(word) {
					word = "/etc/ssh/" + word
				}
				words[i+1] = shadow + word
			}
			line = strings.Join(words, " ") + "\n"
		}
		b.WriteString(line)
	}
	path = filepath.Join(shadow, "sshd_config")
	return path, os.WriteFile(path, []byte(b.String()), 0o600)
}
