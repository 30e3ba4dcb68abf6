package hosts

import (
	"net/textproto"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/pam-motp/pam-motp/test/stage"
)

const vsftpdPort = "127.0.0.1:21"

// ftp logs in to vsftpd.
func ftp(t *testing.T, user, code string) attempt {
	t.Helper()
	connection, err := textproto.Dial("tcp", vsftpdPort)
	must(t, err)
	defer connection.Close()
	const ready, wantsCode, in, refused, bye = 220, 331, 230, 530, 221
	_, _, err = connection.ReadResponse(ready)
	must(t, err)
	say := func(line string) int {
		_, err := connection.Cmd("%s", line)
		must(t, err)
		status, _, err := connection.ReadResponse(0)
		must(t, err)
		return status
	}
	if got := say("USER " + user); got != wantsCode {
		t.Errorf("vsftpd says %d to %s", got, user)
	}
	got := say("PASS " + code)
	if got != in && got != refused {
		t.Errorf("vsftpd says %d to the code", got)
	}
	if quit := say("QUIT"); quit != bye {
		t.Errorf("vsftpd says %d in the end", quit)
	}
	return attempt{in: got == in}
}

func startVsftpd(t *testing.T) {
	t.Helper()
	must(t, stage.Need("vsftpd", "vsftpd"))
	must(t, os.MkdirAll("/run/vsftpd/empty", 0o755))
	_, err := stage.Start(exec.Command("vsftpd", "/etc/vsftpd.conf"))
	must(t, err)
	must(t, awaitListener(vsftpdPort))
}

func TestVsftpd(t *testing.T) {
	t.Parallel()
	stage.Test(t, func(t *testing.T, m *stage.Machine) {
		m.RunMotpd(t)
		c := setUp(t, m, "vsftpd")
		startVsftpd(t)
		playCases(t, m, c, "vsftpd", ftp)
		playDisabled(t, m, c, ftp)
		checkDoctor(t, "vsftpd")
	})
}

// Without motpd, vsftpd refuses everybody: the module's line says why, and the doctor what to do.
func TestVsftpdByWorker(t *testing.T) {
	t.Parallel()
	stage.Test(t, func(t *testing.T, m *stage.Machine) {
		c := setUp(t, m, "vsftpd")
		startVsftpd(t)
		expect(t, ftp, c.Alice.Name, c.Alice.NewCode(), false)
		_, err := m.Log.Wait("reason=memory-limit")
		must(t, err)
		for _, f := range askDoctor(t) {
			if f.File == "/etc/pam.d/vsftpd" && f.Severity == "error" &&
				strings.Contains(f.Mend, "motpd") {
				return
			}
		}
		t.Error("the doctor does not say so")
	})
}
