package doctor

import (
	"testing"

	"golang.org/x/sys/unix"
)

// enforces has SELinux enforce, with the records under a type.
func (p *patient) enforces(kind string) {
	p.file("/sys/fs/selinux/enforce", "1", 0o644)
	label := "system_u:object_r:" + kind + ":s0"
	p.must(unix.Setxattr(p.path("/var/lib/motp"), "security.selinux", []byte(label), 0))
}

func TestConfinement(t *testing.T) {
	t.Parallel()
	const profiles = "/sys/kernel/security/apparmor/profiles"
	findAll(t, []sickness{
		{"AppArmor without the hosts", func(p *patient) {
			p.file(profiles, "/usr/bin/man (enforce)\nman_groff (enforce)\n", 0o644)
		}, nil},
		{"AppArmor that only complains", func(p *patient) {
			p.file(profiles, "/usr/sbin/sshd (complain)\n", 0o644)
		}, nil},
		{"AppArmor around a host", func(p *patient) {
			p.file(profiles, "/usr/sbin/sshd (enforce)\nopenvpn (enforce)\n", 0o644)
		},
			[]string{"warning SELinux, AppArmor /etc/apparmor.d:0 AppArmor confines " +
				"/usr/sbin/sshd and openvpn, and no profile names"}},
		{"AppArmor that knows the records", func(p *patient) {
			p.file(profiles, "/usr/sbin/sshd (enforce)\n", 0o644)
			p.file("/etc/apparmor.d/local/usr.sbin.sshd",
				"/var/lib/motp/** rwk,\n", 0o644)
		}, nil},
		{"SELinux without a label", func(p *patient) { p.enforces("var_lib_t") },
			[]string{"warning SELinux, AppArmor /var/lib/motp:0 SELinux is " +
				"enforcing, and the folder is not labeled var_auth_t"}},
		{"SELinux and workers", func(p *patient) { p.enforces("var_auth_t") }, nil},
		{"SELinux and motpd", func(p *patient) { p.enforces("motp_var_lib_t") }, nil},
		{"SELinux that does not enforce", func(p *patient) {
			p.file("/sys/fs/selinux/enforce", "0", 0o644)
		}, nil},
	})
}
