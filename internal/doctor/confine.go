package doctor

import (
	"errors"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/pam-motp/pam-motp/internal/regular"
)

// confinement looks for what keeps the programs that call PAM from the table and the records,
// though they run as root.
func (v *visit) confinement() string {
	saw := []string{v.selinux(), v.appArmor()}
	return enumerate(slices.DeleteFunc(saw, func(s string) bool { return s == "" }))
}

// labelForRecords is the type whose files programs that log people in may write, in the policies of
// Fedora and Debian alike; ownLabel is that of the project's own policy (packaging/selinux), under
// which motpd writes them.
const (
	labelForRecords = "var_auth_t"
	ownLabel        = "motp_var_lib_t"
)

func (v *visit) selinux() string {
	enforcing, err := regular.Read(v.at("/sys/fs/selinux/enforce"), regular.System)
	if err != nil || strings.TrimSpace(string(enforcing)) != "1" {
		return ""
	}
	for _, p := range v.positions() {
		label := make([]byte, 256)
		n, err := unix.Lgetxattr(v.at(p.state), "security.selinux", label)
		if err != nil || strings.Contains(string(label[:n]), ":"+labelForRecords+":") ||
			strings.Contains(string(label[:n]), ":"+ownLabel+":") {
			continue
		}
		v.warnAt(p.state, 0, "SELinux is enforcing, and the folder is not labeled "+
			labelForRecords+": sshd and others may not be allowed to write records, "+
			"and then refuse every code",
			"semanage fcontext -a -t "+labelForRecords+" '"+p.state+
				"(/.*)?' && restorecon -R "+p.state+
				"; then log in, and look: ausearch -m avc -ts recent")
	}
	return "SELinux enforcing"
}

// callers are the programs that call PAM, by what the names of their profiles hold.
var callers = []string{"sshd", "openvpn", "freeradius", "radiusd", "sudo", "login", "su", "vsftpd",
	"dovecot", "cockpit"}

func (v *visit) appArmor() string {
	loaded, err := regular.Read(v.at("/sys/kernel/security/apparmor/profiles"), regular.System)
	if err != nil {
		return ""
	}
	var confined []string
	for line := range strings.Lines(string(loaded)) {
		profile, mode, _ := strings.Cut(strings.TrimSpace(line), " (")
		program := filepath.Base(profile)
		if mode == "enforce)" && slices.Contains(callers, program) {
			confined = append(confined, profile)
		}
	}
	if len(confined) == 0 {
		return "AppArmor confines no program that calls PAM"
	}
	if v.profilesKnowUs() {
		return "AppArmor"
	}
	v.warnAt("/etc/apparmor.d", 0, "AppArmor confines "+enumerate(confined)+
		", and no profile names the table or the records: the module may not be allowed "+
		"to reach them",
		"add to the profile: /etc/security/motp.conf* r, and /var/lib/motp/** rwk; then "+
			"log in, and look: journalctl -k -g apparmor")
	return "AppArmor"
}

// profilesKnowUs says whether any profile names the table or the records.
func (v *visit) profilesKnowUs() bool {
	known := errors.New("known")
	err := filepath.WalkDir(v.at("/etc/apparmor.d"),
		func(path string, d fs.DirEntry, err error) error {
			if err != nil || !d.Type().IsRegular() {
				return nil
			}
			if text, err := regular.Read(path, regular.System); err == nil &&
				strings.Contains(string(text), "/motp") {
				return known
			}
			return nil
		})
	return errors.Is(err, known)
}
