package doctor

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pam-motp/pam-motp/conf"
	"github.com/pam-motp/pam-motp/internal/credstore"
	"github.com/pam-motp/pam-motp/internal/shown"
	"github.com/pam-motp/pam-motp/internal/site"
	"github.com/pam-motp/pam-motp/internal/words"
)

// A visit is one run of the checks.
type visit struct {
	Machine
	check    string
	report   Report
	services []service // those that name the module
	targets  []target  // users, by how likely they are guessed at with success

	everybody   []account // once they are known
	standings   map[position]standing
	sshdAnswers map[string]sshdAnswer
	rules       *sudoers            // of sudo
	vpnUnits    map[string][]string // by service, those of OpenVPN that ask it
}

// at is a file's path on the machine that this program runs on.
func (v *visit) at(path string) string { return filepath.Join("/", v.Root, path) }

// shown takes the root out of a path, or of a text with paths.
func (v *visit) shown(text string) string {
	if v.Root == "" || v.Root == "/" {
		return text
	}
	return strings.ReplaceAll(text, filepath.Clean(v.Root), "")
}

// found notes a finding. What is found twice is noted once.
func (v *visit) found(f Finding) {
	f.Check = v.check
	f.File, f.What, f.Mend = v.shown(f.File), v.shown(f.What), v.shown(f.Mend)
	if !slices.Contains(v.report.Findings, f) {
		v.report.Findings = append(v.report.Findings, f)
	}
}

func (v *visit) errorAt(file string, line int, what, mend string) {
	v.found(Finding{Severity: Error, File: file, Line: line, What: what, Mend: mend})
}

func (v *visit) warnAt(file string, line int, what, mend string) {
	v.found(Finding{Severity: Warning, File: file, Line: line, What: what, Mend: mend})
}

func (v *visit) noteAt(file string, line int, what, mend string) {
	v.found(Finding{Severity: Note, File: file, Line: line, What: what, Mend: mend})
}

// A position is a table and a folder of records that belong together for some service.
type position struct{ conf, state string }

// site is what stands at a position.
func (v *visit) site(p position) *site.Site {
	keys := site.KeysIn(v.at(p.state))
	if v.Root == "" && p.state == conf.DefaultState {
		keys = keys.WithFetch(credstore.Keys)
	}
	return site.OpenWith(v.at(p.conf), v.at(p.state), keys).WithFleet(v.System.FleetStore)
}

// siteOf is what the first position has that has a table.
func (v *visit) siteOf(table string) *site.Site {
	for _, p := range v.positions() {
		if p.conf == table {
			return v.site(p)
		}
	}
	return v.site(position{conf: table, state: v.State})
}

// positions are what the services use; where no service names the module, what the command was
// told.
func (v *visit) positions() []position {
	var all []position
	for _, s := range v.services {
		for _, l := range s.lines {
			if p := (position{l.says.Conf, l.says.State}); !slices.Contains(all, p) {
				all = append(all, p)
			}
		}
	}
	told := position{v.Conf, v.State}
	if len(all) == 0 || told != (position{conf.DefaultPath, conf.DefaultState}) &&
		!slices.Contains(all, told) {
		all = append(all, told)
	}
	return all
}

// trusted finds out whether only root and the owner can change a file or folder, or put another in
// its place: it looks at every folder on the way. The path is an absolute one.
func (v *visit) trusted(path string, w owner) {
	for at := filepath.Clean(path); ; at = filepath.Dir(at) {
		info, err := os.Stat(v.at(at))
		if err != nil {
			if !errors.Is(err, fs.ErrNotExist) {
				v.errorAt(at, 0, "cannot be looked at: "+v.shown(err.Error()), "")
			}
		} else if mend := v.distrust(at, info, w); mend != "" {
			v.errorAt(at, 0, w.others()+
				" can change it, and with it who is let in", mend)
		}
		if at == filepath.Dir(at) {
			return
		}
	}
}

// distrust says how to mend a file that others can write, or nothing.
func (v *visit) distrust(path string, info fs.FileInfo, w owner) string {
	var mend []string
	if uid := uidOf(info); uid != 0 && uid != w.uid && !(v.Root != "" && uid == os.Geteuid()) {
		mend = append(mend, "chown root "+path)
	}
	// as /tmp: others can add, but not replace
	sticky := info.IsDir() && info.Mode()&fs.ModeSticky != 0
	if info.Mode().Perm()&0o022 != 0 && !sticky {
		mend = append(mend, "chmod go-w "+path)
	}
	return strings.Join(mend, " && ")
}

// count puts a number to a thing.
func count(n int, thing string) string { return words.Count(n, thing) }

// enumerate joins words for people: "a, b and c".
func enumerate(words []string) string {
	if n := len(words); n > 1 {
		return strings.Join(words[:n-1], ", ") + " and " + words[n-1]
	}
	return strings.Join(words, "")
}

// show makes a name safe to print.
func show(name string) string { return shown.Name(name) }

func parent(path string) string { return filepath.Dir(filepath.Clean(path)) }
