// Package command runs the built motp on a private machine, where it has the real PAM, sshd and
// module to look at.
package command

import (
	"bytes"
	"errors"
	"os/exec"
	"strings"
	"testing"

	"github.com/pam-motp/pam-motp/test/stage"
)

// alice is the one who logs in.
const (
	name   = "alice"
	secret = "5a1f0c9be27d4836"
	pin    = "zk41q"
	table  = "max_failures = 3\n\n[" + name + "]\nsecret = " + secret + "\npin = " + pin + "\n"
)

// setUp installs the module, a table and the services' files from examples/.
func setUp(t *testing.T, m *stage.Machine, services ...string) {
	t.Helper()
	must(t, stage.NeedBuilt(m.Root, "motp"))
	must(t, m.InstallModule())
	for _, s := range services {
		must(t, m.InstallService(s))
	}
	must(t, m.AddUser(name))
	must(t, m.WriteTable(table))
}

// ran is what came of a command.
type ran struct {
	status   int
	out, err string
}

// run runs motp with a text to read.
func run(t *testing.T, in string, arguments ...string) ran {
	t.Helper()
	return runCommand(t, exec.Command("motp", arguments...), in)
}

func runCommand(t *testing.T, cmd *exec.Cmd, in string) ran {
	t.Helper()
	var out, complaints bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(in), &out, &complaints
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	r := ran{cmd.ProcessState.ExitCode(), out.String(), complaints.String()}
	for _, private := range []string{secret, pin} {
		if strings.Contains(r.out+r.err, private) {
			t.Errorf("%q tells a secret or a PIN:\n%s%s", cmd.Args, r.out, r.err)
		}
	}
	return r
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// code is a right one that was not used: each call takes the next step.
func (c *codes) next() string {
	c.step = max(c.step+1, stage.Step())
	return stage.Code(c.step, secret, pin)
}

type codes struct{ step int64 }
