// Package unit reads systemd units with their drop-ins and determines what a service may read and
// write.
//
// unit.go reads files as systemd does; reach.go applies a sandbox's settings to a path.
//
// It must not run systemctl, since the machine it looks at may be a mounted root, and must not know
// which paths matter to whom.
package unit

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pam-motp/pam-motp/internal/regular"
)

// Folders are where systemd looks for units, the first first.
var Folders = []string{
	"/etc/systemd/system", "/run/systemd/system", "/usr/local/lib/systemd/system",
	"/usr/lib/systemd/system", "/lib/systemd/system",
}

// A Setting is one line of a unit or of a drop-in.
type Setting struct {
	File       string // as the root has it
	Line       int
	Key, Value string
}

// A Unit is a unit with its drop-ins.
type Unit struct {
	Name     string
	Settings []Setting // of all sections, in the order in which they count
}

// Read reads a unit under a root. It is false if there is none, or it is masked. A unit of several
// names is told by that of its file.
func Read(root, name string) (Unit, bool) {
	u := Unit{Name: canonical(root, name)}
	file := find(root, u.Name)
	folders := dropInFolders(u.Name)
	for _, alias := range aliases(root, u.Name) {
		folders = append(folders, alias+".d")
	}
	if file == "" && len(dropIns(root, u.Name+".d")) == 0 {
		return u, false // slices, and units by another name, have drop-ins only
	}
	if file != "" {
		if link(root, file) == os.DevNull {
			return u, false
		}
		u.read(root, file)
	}
	for _, dropIn := range dropIns(root, folders...) {
		u.read(root, dropIn)
	}
	return u, true
}

// link is where a symbolic link points to, as it says; it is empty if it is none.
func link(root, file string) string {
	target, err := os.Readlink(filepath.Join(root, file))
	if err != nil {
		return ""
	}
	return target
}

// canonical is the name of a unit's file, to which its other names are links.
func canonical(root, name string) string {
	for range len(Folders) {
		file := find(root, name)
		target := filepath.Base(link(root, file))
		if file == "" || filepath.Ext(target) != filepath.Ext(name) ||
			filepath.Base(file) != name {
			break // no link to a unit, or an instance
		}
		name = target
	}
	return name
}

// aliases are the other names of a unit.
func aliases(root, name string) []string {
	var all []string
	for _, folder := range Folders {
		files, err := os.ReadDir(filepath.Join(root, folder))
		if err != nil {
			continue
		}
		for _, f := range files {
			if f.Type()&os.ModeSymlink != 0 && f.Name() != name &&
				!slices.Contains(all, f.Name()) &&
				filepath.Base(link(root, filepath.Join(folder, f.Name()))) == name {
				all = append(all, f.Name())
			}
		}
	}
	return all
}

// Section is the one that says how the unit's processes run.
func (u Unit) Section() string {
	kind := strings.TrimPrefix(filepath.Ext(u.Name), ".")
	return strings.ToUpper(kind[:1]) + kind[1:]
}

// find returns the file of a unit: its own, or its template's.
func find(root, name string) string {
	for _, n := range []string{name, template(name)} {
		for _, folder := range Folders {
			file := filepath.Join(folder, n)
			if info, err := os.Lstat(filepath.Join(root, file)); err == nil &&
				!info.IsDir() {
				return file
			}
		}
	}
	return ""
}

// template is the name without the instance: getty@.service for getty@tty1.service.
func template(name string) string {
	before, after, found := strings.Cut(name, "@")
	if !found {
		return name
	}
	return before + "@" + filepath.Ext(after)
}

// Instances are those of a template that have drop-ins of their own.
func Instances(root, name string) []string {
	before, after, found := strings.Cut(name, "@")
	if !found {
		return nil
	}
	var all []string
	for _, folder := range Folders {
		found, _ := filepath.Glob(filepath.Join(root, folder, before+"@?*"+after+".d"))
		for _, f := range found {
			if n := strings.TrimSuffix(filepath.Base(f), ".d"); n != name &&
				!slices.Contains(all, n) {
				all = append(all, n)
			}
		}
	}
	return all
}

// dropIns are the files in such folders, in the order in which they count. Of two with one name the
// folder that comes first wins.
func dropIns(root string, folders ...string) []string {
	byName := map[string]string{}
	for _, folder := range folders {
		for _, base := range Folders {
			files, err := os.ReadDir(filepath.Join(root, base, folder))
			if err != nil {
				continue
			}
			for _, f := range files {
				if _, there := byName[f.Name()]; !there &&
					strings.HasSuffix(f.Name(), ".conf") {
					byName[f.Name()] = filepath.Join(base, folder, f.Name())
				}
			}
		}
	}
	var names []string
	for n := range byName {
		names = append(names, n)
	}
	slices.Sort(names)
	for i, n := range names {
		names[i] = byName[n]
	}
	return names
}

// dropInFolders are those for a unit, the most special first: its own, its template's, those of the
// beginnings of its name that end with a dash, and that of its kind.
func dropInFolders(name string) []string {
	folders := []string{name + ".d"}
	if t := template(name); t != name {
		folders = append(folders, t+".d")
	}
	kind := filepath.Ext(name)
	stem, _, _ := strings.Cut(strings.TrimSuffix(name, kind), "@")
	for i := len(stem) - 1; i > 0; i-- {
		if stem[i] == '-' && i+1 < len(stem) {
			folders = append(folders, stem[:i+1]+kind+".d")
		}
	}
	return append(folders, strings.TrimPrefix(kind, ".")+".d")
}

// read takes in one file.
func (u *Unit) read(root, file string) {
	text, err := regular.Read(filepath.Join(root, file), regular.System)
	if err != nil {
		return
	}
	number, begun, whole := 0, 0, ""
	for line := range strings.Lines(string(text)) {
		number++
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' || line[0] == ';' {
			continue // also in the middle of a line that goes on
		}
		if whole == "" {
			begun = number
		}
		if more, goesOn := strings.CutSuffix(line, `\`); goesOn {
			whole += more + " "
			continue
		}
		whole += line
		if key, value, found := strings.Cut(whole, "="); found && whole[0] != '[' {
			u.Settings = append(u.Settings, Setting{file, begun, strings.TrimSpace(key),
				strings.TrimSpace(value)})
		}
		whole = ""
	}
}

// Last returns the setting of a key that counts, where the last one does.
func (u Unit) Last(key string) (Setting, bool) {
	for _, s := range slices.Backward(u.Settings) {
		if s.Key == key {
			return s, s.Value != ""
		}
	}
	return Setting{}, false
}

// All returns the settings of a key that add up; an empty one begins anew. Keys are the names of
// one setting.
func (u Unit) All(keys ...string) []Setting {
	var all []Setting
	for _, s := range u.Settings {
		switch {
		case !slices.Contains(keys, s.Key):
		case s.Value == "":
			all = nil
		default:
			all = append(all, s)
		}
	}
	return all
}
