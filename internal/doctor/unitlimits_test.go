package doctor

import (
	"os"
	"strings"
	"testing"

	"github.com/pam-motp/pam-motp/conf"
)

// Each setting of ssh.service that keeps the module from its work is told with what undoes it.
func TestUnitRemedies(t *testing.T) {
	t.Parallel()
	const noRoot = "\nCapabilityBoundingSet=~CAP_SYS_RESOURCE"
	for _, c := range []struct{ settings, want string }{
		{"ProtectSystem=strict", "error: ReadWritePaths=/var/lib/motp"},
		{"ReadOnlyPaths=/var", "error: ReadWritePaths=/var/lib/motp"},
		{"ReadOnlyPaths=/var/lib/motp /", "error: ReadOnlyPaths=, and again"},
		{"InaccessiblePaths=/var/lib", "error: InaccessiblePaths=, and again"},
		{"InaccessiblePaths=/var\nReadWritePaths=/var/lib/motp",
			"error: InaccessiblePaths=, and again"},
		{"InaccessibleDirectories=-/etc/security",
			"error: InaccessibleDirectories=, and again"},
		{"TemporaryFileSystem=/var:ro", "error: BindPaths=/var/lib/motp"},
		{"TemporaryFileSystem=/etc", "error: BindReadOnlyPaths=/etc/security/motp.conf"},
		{"BindReadOnlyPaths=/srv:/var/lib/motp", "error: BindReadOnlyPaths=, and again"},
		{"BindReadOnlyPaths=/var/lib/motp", "error: BindReadOnlyPaths=, and again"},
		{"BindPaths=/srv:/var/lib", "warning: BindPaths=, and again"},
		{"BindPaths=/srv:/etc/security:norbind", "warning: BindPaths=, and again"},
		{"BindPaths=/var/lib:/var/lib", ""},
		{"TemporaryFileSystem=/var\nBindPaths=/var/lib/motp", ""},

		{"LimitAS=256M", "note: LimitAS=infinity"},
		{"LimitAS=256M" + noRoot, "error: LimitAS=infinity"},
		{"LimitAS=1G:2G" + noRoot, "error: LimitAS=infinity"},
		{"LimitAS=256M:8G" + noRoot, ""},
		{"LimitAS=infinity" + noRoot, ""},
		{"LimitAS=256M\nLimitAS=", ""},
		{"LimitDATA=10M" + noRoot, "error: LimitDATA=infinity"},
		{"LimitDATA=1048576K" + noRoot, ""},
		{"LimitFSIZE=0", "note: LimitFSIZE=infinity"},
		{"LimitFSIZE=0" + noRoot, "error: LimitFSIZE=infinity"},
		{"LimitFSIZE=4M" + noRoot, ""},
		{"LimitFSIZE=0\nCapabilityBoundingSet=CAP_SETUID CAP_SETGID",
			"error: LimitFSIZE=infinity"},
		{"LimitFSIZE=0\nCapabilityBoundingSet=CAP_SYS_RESOURCE",
			"note: LimitFSIZE=infinity"},

		{"SystemCallFilter=~@process", "warning: SystemCallFilter=@system-service"},
		{"SystemCallFilter=~@mount clone3:EPERM",
			"warning: SystemCallFilter=@system-service"},
		{"SystemCallFilter=@basic-io @file-system",
			"warning: SystemCallFilter=@system-service"},
		{"SystemCallFilter=@system-service\nSystemCallFilter=~@resources",
			"warning: SystemCallFilter=@system-service"},
		{"SystemCallFilter=@system-service\nSystemCallFilter=~@mount", ""},
		{"SystemCallFilter=~@process\nSystemCallFilter=@process", ""},
		{"SystemCallFilter=~@process\nSystemCallFilter=", ""},
		{"SystemCallFilter=~@mount @clock", ""},
	} {
		t.Run(c.settings, func(t *testing.T) {
			t.Parallel()
			p := newPatient(t)
			p.file("/usr/lib/systemd/system/ssh.service",
				"[Service]\n"+c.settings+"\n", 0o644)
			p.hasOneRemedy(c.want)
		})
	}
}

// hasOneRemedy sees that nothing is told of a unit but one thing, whose severity and remedy begin
// so; or nothing.
func (p *patient) hasOneRemedy(want string) {
	p.Helper()
	var told []string
	for _, f := range Look(p.Machine).Of("systemd") {
		_, mend, _ := strings.Cut(f.Mend, "and below [Service]: ")
		told = append(told, string(f.Severity)+": "+mend)
	}
	got := strings.Join(told, "\n")
	if want == "" && got != "" || !strings.HasPrefix(got, want) || len(told) > 1 {
		p.Errorf("told %q, want %q", got, want)
	}
}

// A record of two names is mended by taking one away: its owner and mode are right.
func TestSecondName(t *testing.T) {
	t.Parallel()
	const file = conf.DefaultState + "/alice"
	p := newPatient(t)
	p.record(alice, alice.Tokens[0].Code(noon), noon)
	p.must(os.Link(p.path(file), p.path(conf.DefaultState+"/.x")))
	mends := func() string {
		t.Helper()
		found := Look(p.Machine).Of("records")
		if len(found) != 1 || found[0].File != file {
			t.Fatalf("found %v", found)
		}
		return found[0].Mend
	}
	const other = "rm its other name, which this shows: find / -xdev -samefile " + file
	if got := mends(); got != other {
		t.Errorf("mended by %q, want %q", got, other)
	}
	p.must(os.Chmod(p.path(file), 0o644))
	const want = "chown root: " + file + " && chmod 0600 " + file + "; " + other
	if got := mends(); got != want {
		t.Errorf("mended by %q, want %q", got, want)
	}
}
