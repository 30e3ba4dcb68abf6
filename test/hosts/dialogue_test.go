package hosts

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/pam-motp/pam-motp/test/stage"
)

// whoAmI is the command that is run by whoever is let in; it prints "in as NAME".
const whoAmI = `echo "in as $(id -un)"`

// answer is one question of a host, and what is typed to it.
type answer struct{ prompt, code string }

// talk runs a program that ends by itself, gives the answers, and tells whether it printed "in as"
// and the name. A program that lets in, but says that it failed, or the other way round, fails the
// test.
func talk(t *testing.T, cmd *exec.Cmd, as string, answers ...answer) attempt {
	t.Helper()
	terminal, err := stage.Start(cmd)
	must(t, err)
	var got attempt
	for _, a := range answers {
		got.prompt += terminal.Expect(a.prompt)
		terminal.Send(a.code)
	}
	// The terminal may have been tidied up before the question.
	got.prompt = strings.Trim(got.prompt, "\r\n")
	status, err := terminal.Wait()
	must(t, err)
	shown := terminal.Shown()
	got.in = strings.Contains(shown, "in as "+as)
	if got.in != (status == 0) {
		t.Errorf("%s: exit status %d, but it showed:\n%s", cmd.Path, status, shown)
	}
	checkNotEchoed(t, shown, answers)
	return got
}

func checkNotEchoed(t *testing.T, shown string, answers []answer) {
	t.Helper()
	for _, a := range answers {
		if a.code != "" && strings.Contains(shown, a.code) {
			t.Errorf("the code was echoed:\n%s", shown)
		}
	}
}
