package doctor

import "testing"

// A server that has motpd judge needs a way to motpd. What a worker would need is nothing to it.
func TestUnitThatAsksMotpd(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ settings, want string }{
		{"ProtectSystem=strict\nInaccessiblePaths=/var/lib/motp\nTasksMax=3\nLimitAS=10M\n" +
			"SystemCallFilter=~@process", ""},
		{"ReadOnlyPaths=/run/motp", ""},
		{"InaccessiblePaths=/run/motp", "error: InaccessiblePaths=, and again"},
		{"TemporaryFileSystem=/run", "error: BindReadOnlyPaths=/run/motp"},
		{"TemporaryFileSystem=/run\nBindReadOnlyPaths=/run/motp", ""},
		{"RestrictAddressFamilies=AF_INET AF_INET6",
			"error: RestrictAddressFamilies=AF_UNIX"},
		{"RestrictAddressFamilies=AF_INET\nRestrictAddressFamilies=AF_UNIX", ""},
		{"RestrictAddressFamilies=AF_INET AF_UNIX", ""},
		{"RestrictAddressFamilies=~AF_UNIX", "error: RestrictAddressFamilies=AF_UNIX"},
		{"RestrictAddressFamilies=~AF_PACKET", ""},
		{"RestrictAddressFamilies=none", "error: RestrictAddressFamilies=AF_UNIX"},
	} {
		t.Run(c.settings, func(t *testing.T) {
			t.Parallel()
			p := newPatient(t)
			withMotpd("callers = postgres: postgresql\n", "postgresql", aCode)(p)
			p.file("/usr/lib/systemd/system/postgresql@.service",
				"[Service]\n"+c.settings+"\n", 0o644)
			p.hasOneRemedy(c.want)
		})
	}
}
