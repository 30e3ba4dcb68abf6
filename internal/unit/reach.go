package unit

import (
	"path/filepath"
	"strings"
)

// An Access is what a service may do with a path.
type Access int

// The accesses, the more restrictive the higher.
const (
	ReadWrite Access = iota
	ReadOnly
	Hidden
)

// folders are the specifiers that stand for a folder, of a system's service.
var folders = strings.NewReplacer("%S", "/var/lib", "%C", "/var/cache", "%L", "/var/log",
	"%t", "/run", "%E", "/etc", "%T", "/tmp", "%V", "/var/tmp", "%h", "/root", "%%", "%")

// Reach says what a unit's service may do with a path, and which setting says so.
func (u Unit) Reach(path string) (access Access, by Setting) {
	depth := -1
	take := func(folder string, a Access, s Setting) {
		if !within(path, folder) {
			return
		}
		// the nearest folder counts; of two settings for one folder, the stricter
		if d := len(filepath.Clean(folder)); d > depth || d == depth && a > access {
			depth, access, by = d, a, s
		}
	}
	for _, folder := range u.protected() {
		take(folder.Value, ReadOnly, folder)
	}
	lists := []struct {
		access Access
		keys   []string
	}{
		{ReadWrite, []string{"ReadWritePaths", "ReadWriteDirectories"}},
		{ReadWrite, []string{"BindPaths"}},
		{ReadOnly, []string{"ReadOnlyPaths", "ReadOnlyDirectories"}},
		{ReadOnly, []string{"BindReadOnlyPaths"}},
		{Hidden, []string{"InaccessiblePaths", "InaccessibleDirectories"}},
		{Hidden, []string{"TemporaryFileSystem"}},
	}
	for _, l := range lists {
		for _, s := range u.All(l.keys...) {
			for _, p := range s.Paths() {
				take(p, l.access, s)
			}
		}
	}
	for _, s := range u.All("StateDirectory") {
		for name := range strings.FieldsSeq(s.Value) {
			name, _, _ = strings.Cut(folders.Replace(name), ":")
			take(filepath.Join("/var/lib", name), ReadWrite, s)
		}
	}
	for _, s := range u.All("InaccessiblePaths", "InaccessibleDirectories") {
		for _, p := range s.Paths() {
			if within(path, p) { // nothing below it comes back, whatever names it
				return Hidden, s
			}
		}
	}
	return access, by
}

// Behind is what a unit's service finds at a path: the path itself, or one that a setting binds
// into its place.
func (u Unit) Behind(path string) (found string, by Setting) {
	found, depth := filepath.Clean(path), -1
	for _, key := range []string{"BindPaths", "BindReadOnlyPaths"} {
		for _, s := range u.All(key) {
			for word := range strings.FieldsSeq(s.Value) {
				source, target := bound(word)
				if d := len(target); within(path, target) && d > depth {
					rest := strings.TrimPrefix(filepath.Clean(path), target)
					found, depth, by = filepath.Join(source, rest), d, s
				}
			}
		}
	}
	return found, by
}

// bound takes a word of BindPaths= apart: what is bound, and where to.
func bound(word string) (source, target string) {
	word = strings.TrimLeft(strings.Trim(word, `"'`), "-+")
	parts := strings.Split(folders.Replace(word), ":")
	source = filepath.Clean(parts[0])
	if len(parts) == 1 || parts[1] == "" {
		return source, source
	}
	return source, filepath.Clean(parts[1])
}

// protected are the folders that ProtectSystem and ProtectHome close, each in the place of the
// value.
func (u Unit) protected() []Setting {
	var all []Setting
	closes := func(s Setting, folders ...string) {
		for _, f := range folders {
			all = append(all, Setting{s.File, s.Line, s.Key, f})
		}
	}
	system, set := u.Last("ProtectSystem")
	dynamic, is := u.Last("DynamicUser")
	if is && yes(dynamic.Value) && (!set || system.Value != "strict") {
		closes(dynamic, "/")
	}
	switch {
	case !set:
	case system.Value == "strict":
		closes(system, "/")
	case system.Value == "full":
		closes(system, "/usr", "/boot", "/efi", "/etc")
	case yes(system.Value):
		closes(system, "/usr", "/boot", "/efi")
	}
	return all
}

func yes(value string) bool {
	switch strings.ToLower(value) {
	case "yes", "true", "on", "1", "y", "t":
		return true
	}
	return false
}

// Paths are those of a list, as the service sees them. "-" before one says that it may be
// missing, "+" that it is under the service's own root.
func (s Setting) Paths() []string {
	var all []string
	for word := range strings.FieldsSeq(s.Value) {
		if strings.HasPrefix(s.Key, "Bind") {
			_, target := bound(word)
			all = append(all, target)
			continue
		}
		word, _, _ = strings.Cut(strings.TrimLeft(strings.Trim(word, `"'`), "-+"), ":")
		all = append(all, folders.Replace(word))
	}
	return all
}

// within says whether a path is a folder, or under it.
func within(path, folder string) bool {
	path, folder = filepath.Clean(path), filepath.Clean(folder)
	return folder == "/" || path == folder || strings.HasPrefix(path, folder+"/")
}
