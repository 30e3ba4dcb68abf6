package doctor

import (
	"os"

	"github.com/pam-motp/pam-motp/internal/unit"
)

// Booted says whether systemd runs this machine, as sd_booted(3) does.
func Booted() bool {
	info, err := os.Lstat("/run/systemd/system")
	return err == nil && info.IsDir()
}

// A Manager is how services are managed on a machine: the commands in remedies are its.
type Manager struct {
	Systemd bool   // it runs
	Root    string // where its units are; "" is the machine itself
}

// or is a command of systemd's, or where it does not run, what to do in its stead.
func (m Manager) or(systemd, plain string) string {
	if m.Systemd {
		return systemd
	}
	return plain
}

// ReloadSSHD has sshd read its files anew.
func (m Manager) ReloadSSHD() string {
	name := "ssh"
	if _, debian := unit.Read(m.Root, "ssh.service"); !debian {
		if _, found := unit.Read(m.Root, "sshd.service"); found {
			name = "sshd"
		}
	}
	return m.or("systemctl reload "+name, "kill -HUP $(cat /run/sshd.pid)")
}

// StartMotpd has motpd started when somebody logs in.
func (m Manager) StartMotpd() string {
	return m.or("systemctl enable --now motpd.socket motpd-root.socket",
		"at each start of this machine: motpd --listen /run/motp")
}

// RestartMotpd has the installed motpd in the place of the one that runs.
func (m Manager) RestartMotpd() string {
	return m.or("systemctl restart motpd",
		"end motpd, and start it anew: motpd --listen /run/motp")
}

// StartMotpdEtcd has motpd-etcd started, in the place of motpd.
func (m Manager) StartMotpdEtcd() string {
	return m.or("systemctl enable motpd-etcd.service && systemctl restart motpd-etcd.service",
		"at each start of this machine: motpd-etcd --listen /run/motp")
}

// StopMotpdEtcd has it ended.
func (m Manager) StopMotpdEtcd() string {
	return m.or("systemctl stop motpd-etcd.service", "end motpd-etcd")
}

// reviveMotpd is what to do about a motpd that does not answer.
func (m Manager) reviveMotpd() string {
	return m.RestartMotpd() + m.or("; journalctl -u motpd -n 20 may say why", "")
}

// ModulesLog is where libpam's words about modules are.
func (m Manager) ModulesLog() string {
	return m.or("journalctl -t motp -n 5",
		"grep pam_motp /var/log/auth.log, or where else syslog writes")
}

// edit changes a unit.
func (m Manager) edit(unit string) string {
	return m.or("systemctl edit "+unit, "edit /etc/systemd/system/"+unit+".d/override.conf")
}

// clock is what keeps a clock right.
func (m Manager) clock() string {
	return m.or("timedatectl set-ntp true, or apt-get install chrony",
		"run chronyd or ntpd; or, in a container, on its host, which has the clock")
}

// manager is how the services of this machine are managed. One that does not run is taken for one
// of systemd's.
func (v *visit) manager() Manager {
	return Manager{v.System.Systemd == nil || v.System.Systemd(), v.at("")}
}
