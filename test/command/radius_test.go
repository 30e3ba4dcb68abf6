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

// setUpRadius follows docs/radius.md and the head of pam.site.
func setUpRadius(t *testing.T, m *stage.Machine) {
	t.Helper()
	must(t, stage.Need("freeradius", "freeradius"))
	setUp(t, m, "radiusd")
	for _, command := range []string{
		"install -d -o freerad -g freerad -m 0700 " + radiusRecords,
		"printf '" + pin + "\\n' | runuser -u freerad -- motp --conf " + radiusTable +
			" --state " + radiusRecords +
			" add alice --pin-stdin --no-check --no-qr --secret " + secret,
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
		belongs := finding{Severity: "note", Check: "table", File: radiusTable,
			What: "belongs to freerad"}
		expect(t, findings(t), volatile, belongs)
		if told := run(t, "", "doctor").out; !strings.Contains(told,
			"1 user in "+radiusTable) {
			t.Errorf("the table is not looked at:\n%s", told)
		}

		// what root has written instead is out of the server's reach
		must(t, os.Chown(radiusTable, 0, 0))
		expect(t, findings(t), volatile,
			finding{
				Severity: "error",
				Check:    "table",
				File:     radiusTable,
				What:     "nobody gets in: cannot open: permission denied",
			})
	})
}

// Root is told as whom to try a server's service, before a code is asked for; and what is told
// works.
func TestTryWithRadius(t *testing.T) {
	t.Parallel()
	stage.Test(t, func(t *testing.T, m *stage.Machine) {
		setUpRadius(t, m)
		const way = "runuser -u freerad -- motp try radiusd alice"
		var c codes
		code := c.next()
		if got := run(t, code+"\n", "try", "radiusd", name, "--stdin"); got.status != 1 ||
			got.out != "" || !strings.Contains(got.err, way+"\n") {
			t.Errorf("as root: exit %d and\n%s%s", got.status, got.out, got.err)
		}
		if got := runCommand(t, exec.Command("sh", "-c", way+" --stdin"),
			code+"\n"); got.status != 0 || !strings.HasSuffix(got.out, "\naccepted\n") {
			t.Errorf("%s: exit %d and\n%s%s", way, got.status, got.out, got.err)
		}
		lines, err := m.Log.Module(name)
		must(t, err)
		if len(lines) != 1 || !strings.HasPrefix(lines[0],
			"result=accepted reason=ok user=alice rhost=127.0.0.1 tty=- "+
				"service=radiusd") {
			t.Errorf("log: %q", lines)
		}

		// so are others
		cmd, err := m.CommandAs(name, "motp", "try", "radiusd", name, "--stdin")
		must(t, err)
		if got := runCommand(t, cmd, code+"\n"); got.status != 1 ||
			!strings.Contains(got.err, way+"\n") {
			t.Errorf("as %s: exit %d and\n%s%s", name, got.status, got.out, got.err)
		}
	})
}

// At a terminal, too.
func TestTryWithRadiusOnTerminal(t *testing.T) {
	t.Parallel()
	stage.Test(t, func(t *testing.T, m *stage.Machine) {
		setUpRadius(t, m)
		var c codes
		terminal, err := stage.Start(exec.Command("runuser", "-u", "freerad", "--", "motp",
			"try", "radiusd", name))
		must(t, err)
		terminal.Expect("OTP: ")
		terminal.SendHidden(c.next())
		terminal.Expect("accepted")
		if status, err := terminal.Wait(); err != nil || status != 0 {
			t.Errorf("exit %d, %v:\n%s", status, err, terminal.Shown())
		}
	})
}
