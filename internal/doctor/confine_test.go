package doctor

import "testing"

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
		{"SELinux that does not enforce", func(p *patient) {
			p.file("/sys/fs/selinux/enforce", "0", 0o644)
		}, nil},
	})
}
