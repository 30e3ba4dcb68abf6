// Package examples compares the files in examples/ with what distributions ship.
package examples

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// ownFiles are the examples of services for which Debian has no file.
var ownFiles = []string{"apache2", "nginx", "openvpn", "openvpn-one-field", "postgresql",
	"postgresql-one-field", "postgresql-own-table", "remote", "smtp", "xsecurelock"}

// variants are examples for the same service as another.
var variants = map[string]string{"sshd-password-first": "sshd", "sshd-grace": "sshd",
	"sshd-enrol":        "sshd",
	"dovecot-one-field": "dovecot", "sddm-one-field": "sddm"}

// A difference is a line that an example has besides Debian's, or that it leaves out. Both are
// meant, and the example says so.
type difference struct {
	example, release string
	line             string // with a plus or a minus before it
	said             string // in the example's comments
}

const (
	lastlog     = "session optional pam_lastlog.so"
	userEnv     = "session required pam_env.so user_readenv=1 envfile=/etc/default/locale"
	noUserEnv   = "session required pam_env.so envfile=/etc/default/locale"
	sddmEnv     = noUserEnv + " user_readenv=1"
	graced      = "auth [success=ok ignore=ignore default=die] pam_motp.so grace=8h"
	oneField    = "auth required pam_motp.so forward_pass"
	itsPassword = "auth required pam_unix.so use_first_pass"
	changePIN   = "password [success=done ignore=ignore default=die] pam_motp.so change_pin"
	disallowed  = " required pam_listfile.so item=user sense=deny " +
		"file=/etc/cockpit/disallowed-users onerr=succeed"
)

var meant = []difference{
	{"login", "12", "-" + lastlog, "with the minus, that is no error"},
	{"login", "12", "+-" + lastlog, "with the minus, that is no error"},
	{"login", "13", "+-" + lastlog, "Debian 13 has no such module any more"},
	{"sshd", "12", "-" + userEnv, "Debian 12 has user_readenv=1 in this line"},
	{"sshd", "12", "+" + noUserEnv, "left out on purpose"},
	{"sshd-password-first", "12", "-" + userEnv, "Debian 12 has user_readenv=1 in this line"},
	{"sshd-password-first", "12", "+" + noUserEnv, "As in Debian 13"},
	{"sshd-password-first", "12", "+auth requisite pam_unix.so",
		"ends the authentication if it is"},
	{"sshd-password-first", "13", "+auth requisite pam_unix.so",
		"ends the authentication if it is"},
	{"sshd-grace", "12", "-" + userEnv, "Debian 12 has user_readenv=1 in this line"},
	{"sshd-grace", "12", "+" + noUserEnv, "As in Debian 13"},
	{"sshd-grace", "12", "+auth requisite pam_unix.so", "ends the authentication if it is"},
	{"sshd-grace", "13", "+auth requisite pam_unix.so", "ends the authentication if it is"},
	{"sshd-grace", "12", "-" + code, "ends the authentication if the answer is not right"},
	{"sshd-grace", "13", "-" + code, "ends the authentication if the answer is not right"},
	{"sshd-grace", "12", "+" + graced, "code is not asked for again"},
	{"sshd-grace", "13", "+" + graced, "code is not asked for again"},
	{"sshd-enrol", "12", "-" + userEnv, "Debian 12 has user_readenv=1 in this line"},
	{"sshd-enrol", "12", "+" + noUserEnv, "left out on purpose"},
	{"sddm-one-field", "12", "-" + sddmEnv, "Debian's line has user_readenv=1"},
	{"sddm-one-field", "13", "-" + sddmEnv, "Debian's line has user_readenv=1"},
	{"sddm-one-field", "12", "+" + noUserEnv, "left out on purpose"},
	{"sddm-one-field", "13", "+" + noUserEnv, "left out on purpose"},
	{"sddm-one-field", "12", "-" + code, "asked whatever comes of the other"},
	{"sddm-one-field", "13", "-" + code, "asked whatever comes of the other"},
	{"sddm-one-field", "12", "+" + oneField, "The first line judges the code"},
	{"sddm-one-field", "13", "+" + oneField, "The first line judges the code"},
	{"sddm-one-field", "12", "+" + itsPassword, "leaves the password for the second"},
	{"sddm-one-field", "13", "+" + itsPassword, "leaves the password for the second"},
	{"dovecot-one-field", "12", "-" + code, "right behind it"},
	{"dovecot-one-field", "13", "-" + code, "right behind it"},
	{"dovecot-one-field", "12", "+" + oneField + " nodelay", "right behind it"},
	{"dovecot-one-field", "13", "+" + oneField + " nodelay", "right behind it"},
	{"dovecot-one-field", "12", "+" + itsPassword + " nodelay", "right behind it"},
	{"dovecot-one-field", "13", "+" + itsPassword + " nodelay", "right behind it"},
	{"passwd", "12", "+" + changePIN, "passwd changes the PIN of whoever has one"},
	{"passwd", "13", "+" + changePIN, "passwd changes the PIN of whoever has one"},
	{"cockpit", "12", "-" + userEnv, "Debian's line has user_readenv=1"},
	{"cockpit", "12", "+" + noUserEnv, "left out on purpose"},
	{"cockpit", "13", "-" + userEnv, "Debian's line has user_readenv=1"},
	{"cockpit", "13", "+" + noUserEnv, "left out on purpose"},
	{"cockpit", "12", "-auth" + disallowed,
		"Debian 12 has this line among those that begin with auth"},
	{"cockpit", "12", "+account" + disallowed, "As in Debian 13"},
	{"i3lock", "12", "-auth include login", "with it, i3lock asks for what the console asks"},
	{"i3lock", "12", "+" + code, "gives the same answer to every question"},
	{"i3lock", "13", "-auth include login", "with it, i3lock asks for what the console asks"},
	{"i3lock", "13", "+" + code, "gives the same answer to every question"},
	{"radiusd", "12", "-account include common-account", "whoever is in the table gets in"},
	{"radiusd", "13", "-account include common-account", "whoever is in the table gets in"},
	{"radiusd", "12", "+account required pam_motp.so", "whoever is in the table gets in"},
	{"radiusd", "13", "+account required pam_motp.so", "whoever is in the table gets in"},
	{"radiusd", "12", "-password include common-password", "FreeRADIUS asks for neither"},
	{"radiusd", "13", "-password include common-password", "FreeRADIUS asks for neither"},
	{"radiusd", "12", "-session include common-session", "FreeRADIUS asks for neither"},
	{"radiusd", "13", "-session include common-session", "FreeRADIUS asks for neither"},
}

// Who copies an example loses nothing of Debian's file but the password, and what the example
// names.
func TestServicesAreDebiansOwn(t *testing.T) {
	t.Parallel()
	examples, err := os.ReadDir("../../examples/pam.d")
	must(t, err)
	for _, e := range examples {
		for _, release := range []string{"12", "13"} {
			t.Run(e.Name()+" "+release, func(t *testing.T) {
				t.Parallel()
				service := e.Name()
				if other, variant := variants[service]; variant {
					service = other
				}
				original := filepath.Join("testdata", "debian-"+release, service)
				_, err := os.Stat(original)
				if own := slices.Contains(ownFiles,
					e.Name()); own != os.IsNotExist(err) {
					t.Fatalf("an example of our own: %t; Debian's: %v", own,
						err)
				} else if own {
					return
				}
				compare(t, e.Name(), release, read(t, original))
			})
		}
	}
}

// Debian's pairs of services have a pair of examples, so that none is left behind.
func TestEveryServiceHasAnExample(t *testing.T) {
	t.Parallel()
	for _, release := range []string{"12", "13"} {
		files, err := os.ReadDir(filepath.Join("testdata", "debian-"+release))
		must(t, err)
		for _, f := range files {
			if hasVariant(f.Name()) {
				continue
			}
			if _, err := os.Stat(filepath.Join("../../examples/pam.d",
				f.Name())); err != nil {
				t.Errorf("Debian %s: %v", release, err)
			}
		}
	}
}

// hasVariant says whether there is an example of a service under another name.
func hasVariant(service string) bool {
	for _, of := range variants {
		if of == service {
			return true
		}
	}
	return false
}

func compare(t *testing.T, name, release, original string) {
	t.Helper()
	text := read(t, filepath.Join("../../examples/pam.d", name))
	said := strings.Join(strings.Fields(strings.ReplaceAll(text, "#", " ")), " ")
	ours, debians := byTask(text), byTask(original)
	for _, d := range meant {
		if d.example != name || d.release != release {
			continue
		}
		if !strings.Contains(said, d.said) {
			t.Errorf("examples/pam.d/%s differs by %q and does not say %q", name,
				d.line, d.said)
		}
		from := debians
		if d.line[0] == '+' {
			from = ours
		}
		if !from.drop(d.line[1:]) {
			t.Errorf("no difference any more: %q", d.line)
		}
	}
	for _, task := range []string{"auth", "account", "password", "session"} {
		if !slices.Equal(ours[task], debians[task]) {
			t.Errorf("%s of examples/pam.d/%s:\n%s\nDebian %s has\n%s", task, name,
				strings.Join(ours[task], "\n"), release,
				strings.Join(debians[task], "\n"))
		}
	}
}

// tasks are the lines of a file, by task. The order between tasks is nothing to PAM.
type tasks map[string][]string

// code is what the examples have in the place of the password.
const code = "auth requisite pam_motp.so"

// byTask reads a file. The password becomes the code, so that all else can be compared.
func byTask(text string) tasks {
	all := tasks{}
	for line := range strings.Lines(strings.ReplaceAll(text, "\\\n", " ")) {
		line, _, _ = strings.Cut(line, "#")
		words := strings.Fields(line)
		if len(words) == 0 {
			continue
		}
		if words[0] == "@include" {
			task, _, _ := strings.Cut(strings.TrimPrefix(words[1], "common-"), "-")
			words = []string{task, "include", words[1]}
		}
		line = strings.Join(words, " ")
		// whatever its options
		if words[2] == "common-auth" || strings.HasPrefix(line, code+" ") {
			line = code
		}
		task := strings.TrimPrefix(words[0], "-")
		all[task] = append(all[task], line)
	}
	return all
}

// drop takes a line away, and says whether it was there.
func (all tasks) drop(line string) bool {
	task, _, _ := strings.Cut(strings.TrimPrefix(line, "-"), " ")
	at := slices.Index(all[task], line)
	if at < 0 {
		return false
	}
	all[task] = slices.Delete(all[task], at, at+1)
	return true
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	must(t, err)
	return string(text)
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
