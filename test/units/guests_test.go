package units

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/pam-motp/pam-motp/test/stage"
)

// sandbox is that of polkit's helper in Debian sid, the strictest in which a program of root's asks
// for a code.
const sandbox = `DevicePolicy=closed
LimitMEMLOCK=0
LockPersonality=yes
MemoryDenyWriteExecute=yes
NoNewPrivileges=yes
PrivateDevices=yes
PrivateNetwork=yes
PrivateTmp=yes
ProtectControlGroups=yes
ProtectHome=yes
ProtectKernelModules=yes
ProtectKernelLogs=yes
ProtectKernelTunables=yes
ProtectSystem=strict
ProtectClock=yes
ProtectHostname=yes
RemoveIPC=yes
RestrictAddressFamilies=AF_UNIX
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
UMask=0077
`

// fromSandbox logs somebody in from there.
func (m *machine) fromSandbox(t *testing.T, service string, p *stage.Person) error {
	t.Helper()
	text := fmt.Sprintf("[Unit]\nDefaultDependencies=no\n[Service]\nType=oneshot\nExecStart="+
		"/bin/sh -c 'echo %s | pamtester %s %s authenticate'\n%s", p.NewCode(), service,
		p.Name, sandbox)
	must(t, os.WriteFile(filepath.Join(base, "guest.service"), []byte(text), 0o644))
	m.systemctl(t, "daemon-reload")
	if out, err := m.inside("systemctl", "start", "guest").CombinedOutput(); err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	return nil
}

// TestFromSandbox: motpd is asked from a sandbox as it is. A worker is shut out of it, until the
// drop-in lets it at the records.
func TestFromSandbox(t *testing.T) {
	t.Parallel()
	onMachine(t, func(t *testing.T, m *machine) {
		p := m.crowd(t, 1)[0]
		m.byMotpd(t, p)
		if err := m.fromSandbox(t, always, p); err != nil {
			t.Errorf("by motpd: %v", err)
		}
		m.systemctl(t, "stop", "motpd.socket")
		if err := m.fromSandbox(t, auto, p); err == nil {
			t.Error("by a worker that can write no record")
		}
		dropIn, err := os.ReadFile(m.Path("examples", "systemd",
			"polkit-agent-helper@.service.d", "motp.conf"))
		must(t, err)
		must(t, os.Mkdir(filepath.Join(base, "guest.service.d"), 0o755))
		must(t, os.WriteFile(filepath.Join(base, "guest.service.d", "motp.conf"), dropIn,
			0o644))
		if err := m.fromSandbox(t, auto, p); err != nil {
			t.Errorf("by a worker, with the drop-in: %v", err)
		}
	})
}
