package doctor

import (
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// What a user puts in the place of his keys must neither keep root's doctor waiting nor fill the
// memory. Nor is it taken for keys.
func TestUsersKeys(t *testing.T) {
	t.Parallel()
	const keyFile = "/home/carol/.ssh/authorized_keys"
	keys := "ssh-ed25519 AAAA somebody\n"
	all := []sickness{}
	for name, cause := range map[string]func(*patient){
		"a FIFO": func(p *patient) {
			p.folder(filepath.Dir(keyFile), 0o755)
			p.must(unix.Mkfifo(p.path(keyFile), 0o600))
		},
		"a link to somebody's keys": func(p *patient) {
			key("/root/.ssh/authorized_keys")(p)
			p.folder(filepath.Dir(keyFile), 0o755)
			p.must(os.Symlink(p.path("/root/.ssh/authorized_keys"), p.path(keyFile)))
		},
		"a folder": func(p *patient) { p.folder(keyFile, 0o700) },
		"more than anybody's keys": func(p *patient) {
			p.file(keyFile, keys, 0o600)
			p.must(os.Truncate(p.path(keyFile), maxKeys+1))
		},
	} {
		all = append(all, sickness{name, keysAndCodes("no", cause), nil})
	}
	findAll(t, all)
}

// No file of the machine keeps the doctor waiting: with --root, they may all be somebody's.
func TestNothingWaits(t *testing.T) {
	t.Parallel()
	for _, file := range []string{
		"/etc/passwd", "/etc/group", "/etc/shadow", "/etc/nsswitch.conf", "/etc/sudoers",
		"/etc/sudoers.d/x", "/etc/ssh/sshd_config", "/etc/ssh/sshd_config.d/x.conf",
		"/etc/openvpn/server/server.conf", "/etc/default/saslauthd", "/etc/apparmor.d/x",
		"/etc/dovecot/dovecot.conf", "/etc/dovecot/conf.d/x.conf", "/etc/squid/squid.conf",
		"/etc/squid/conf.d/x.conf",
		"/sys/kernel/security/apparmor/profiles", "/sys/fs/selinux/enforce",
		"/etc/pam.d/sshd", "/etc/pam.d/common-auth", "/etc/security/motp.conf",
		"/etc/systemd/system/ssh.service", "/etc/systemd/system/ssh.service.d/x.conf",
		"/var/lib/motp/alice", "/usr/lib/x86_64-linux-gnu/security/pam_motp.so",
		"/var/lib/dpkg/info/pam-motp.list", "/var/lib/dpkg/status",
	} {
		t.Run(file, func(t *testing.T) {
			t.Parallel()
			p := newPatient(t)
			with(func(*patient) {}, "carol")(p)
			p.file("/etc/ssh/sshd_config",
				"Include /etc/ssh/sshd_config.d/*.conf\n", 0o644)
			p.file("/etc/sudoers",
				"@includedir /etc/sudoers.d\nroot ALL=(ALL) ALL\n", 0o440)
			p.file("/etc/systemd/system/ssh.service", "[Service]\n", 0o644)
			p.file("/etc/dovecot/dovecot.conf", "!include conf.d/*.conf\n", 0o644)
			p.file("/etc/squid/squid.conf", "include /etc/squid/conf.d/*.conf\n",
				0o644)
			p.remove(file)
			p.folder(filepath.Dir(file), 0o755)
			p.must(unix.Mkfifo(p.path(file), 0o600))
			if r := Look(p.Machine); len(r.Checked) == 0 {
				t.Error("the doctor looked at nothing")
			}
		})
	}
}
