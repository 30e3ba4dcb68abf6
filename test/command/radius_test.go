package command

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/pam-motp/pam-motp/test/stage"
)

// The places that the heads of examples/freeradius name.
const (
	radiusTable   = "/etc/freeradius/3.0/motp.conf"
	radiusRecords = "/var/lib/motp-radius"
)

// setUpRadius follows README and the head of pam.site.
func setUpRadius(t *testing.T, m *stage.Machine) {
	t.Helper()
	must(t, stage.Need("freeradius", "freeradius"))
	setUp(t, m, "radiusd")
	for _, command := range []string{
		"install -d -o freerad -g freerad -m 0700 " + radiusRecords,
		"printf '" + pin + "\\n' | runuser -u freerad -- motp --conf " + radiusTable + " --state " + radiusRecords + " add alice --pin-stdin --no-check --no-qr --secret " + secret,
	} {
		if output, err := exec.Command("sh", "-c", command).CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", command, err, output)
		}
	}
}

// The table and the records of a server that runs as its own user are in order as they are.
func TestDoctorWithRadius(t *testing.T) {
	t.Parallel()
	stage.Test(t, func(t *testing.T, m *stage.Machine) {
		setUpRadius(t, m)
		volatile := inMemory
		volatile.File = radiusRecords
		belongs := finding{Severity: "note", Check: "table", File: radiusTable, What: "belongs to freerad"}
		expect(t, findings(t), volatile, belongs)
		if told := run(t, "", "doctor").out; !strings.Contains(told, "1 user in "+radiusTable) {
			t.Errorf("the table is not looked at:\n%s", told)
		}

		// what root has written instead is out of the server's reach
		must(t, os.Chown(radiusTable, 0, 0))
		expect(t, findings(t), volatile, finding{Severity: "error", Check: "table", File: radiusTable, What: "nobody gets in: cannot open: permission denied"})
	})
}
