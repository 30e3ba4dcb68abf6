package doctor

import (
	"slices"
	"strings"
	"testing"
)

// The doctor says which package the module is from, and has it installed again rather than made.
func TestPackage(t *testing.T) {
	t.Parallel()
	const path = "/usr/lib/x86_64-linux-gnu/security/pam_motp.so"
	const status = "Package: other\nVersion: 9\n\nPackage: pam-motp\nStatus: install ok " +
		"installed\nVersion: 0.1.0-1\n\nPackage: zlib\nVersion: 7\n"
	for name, c := range map[string]struct {
		list, text string // what dpkg notes
		saw, mend  string
	}{
		"of a package": {"pam-motp.list", "/.\n" + path + "\n",
			", from package pam-motp 0.1.0-1", "apt install --reinstall pam-motp"},
		"before /lib was /usr/lib": {"pam-motp:amd64.list",
			strings.TrimPrefix(path, "/usr") + "\n",
			", from package pam-motp 0.1.0-1", "apt install --reinstall pam-motp"},
		"of a package that is not known": {"libpam-motp.list", path + "\n",
			", from package libpam-motp", "apt install --reinstall libpam-motp"},
		"a package without it": {"motp-tools.list", path + ".old\n", "", "make install"},
		"of none":              {"zlib.list", path + "\n", "", "make install"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPatient(t)
			p.file(dpkg+"/info/"+c.list, c.text, 0o644)
			p.file(dpkg+"/status", status, 0o644)
			saw := path + ", version v1" + c.saw
			got := Look(p.Machine)
			if !slices.ContainsFunc(got.Checked, func(c Checked) bool {
				return c.Check == "module" && c.Saw == saw
			}) {
				t.Errorf("saw %+v, want %s", got.Checked, saw)
			}
			p.remove(path)
			got = Look(p.Machine)
			if !slices.ContainsFunc(got.Findings, func(f Finding) bool {
				return f.File == path && f.Mend == c.mend
			}) {
				t.Errorf("found %+v, want %s", got.Findings, c.mend)
			}
		})
	}
}
