package hosts

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/pam-motp/pam-motp/test/stage"
)

// playDisabled sees that a user who was disabled does not get in.
func playDisabled(t *testing.T, m *stage.Machine, c *cast, log try) {
	t.Helper()
	expect(t, log, c.Frank.Name, c.Frank.NewCode(), true)
	disable(t, m, c, c.Frank)
	expect(t, log, c.Frank.Name, c.Frank.NewCode(), false)
}

// disable writes the table, in which somebody is disabled.
func disable(t *testing.T, m *stage.Machine, c *cast, who *stage.Person) {
	t.Helper()
	head := "[" + who.Name + "]"
	must(t, m.WriteTable(strings.Replace(c.table(), head, head+"\ndisabled = yes", 1)))
}

// playKept plays what a host does that keeps what was typed: it lets in with a used code, and a
// user who was disabled. The doctor warns of it, and once its remedy is applied, it does neither.
func playKept(t *testing.T, m *stage.Machine, c *cast, log try, check string,
	apply func(mend string)) {
	t.Helper()
	code := c.Alice.NewCode()
	expect(t, log, c.Alice.Name, code, true)
	expect(t, log, c.Alice.Name, code, true)
	disable(t, m, c, c.Alice)
	expect(t, log, c.Alice.Name, code, true)

	found := warned(t, check)
	if len(found) != 1 {
		t.Fatalf("the doctor warns %d times: %q", len(found), found)
	}
	apply(found[0])
	if found := warned(t, check); len(found) > 0 {
		t.Errorf("the doctor still warns, and says %q", found)
	}
	expect(t, log, c.Alice.Name, code, false)
	must(t, m.WriteTable(c.table()))
	expect(t, log, c.Alice.Name, code, false)
	code = c.Alice.NewCode()
	expect(t, log, c.Alice.Name, code, true)
	expect(t, log, c.Alice.Name, code, false)
}

// warned are the remedies of what the doctor warns of in a check.
func warned(t *testing.T, check string) (remedies []string) {
	t.Helper()
	for _, f := range askDoctor(t) {
		if f.Check == check && f.Severity == "warning" {
			remedies = append(remedies, f.Mend)
		}
	}
	return remedies
}

// checkDoctor sees that the doctor has nothing against a service, whoever has no code for it.
func checkDoctor(t *testing.T, service string) {
	t.Helper()
	for _, f := range askDoctor(t) {
		if f.Severity != "note" && f.Check != "accounts" &&
			f.File == "/etc/pam.d/"+service {
			t.Errorf("the doctor finds %+v", f)
		}
	}
}

type finding struct{ Severity, Check, File, What, Mend string }

func askDoctor(t *testing.T) (found []finding) {
	t.Helper()
	output, err := exec.Command("motp", "doctor", "--json").Output()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	must(t, json.Unmarshal(output, &found))
	return found
}

// edit changes a text in a file that must hold it.
func edit(t *testing.T, path, before, after string) {
	t.Helper()
	text, err := os.ReadFile(path)
	must(t, err)
	if !strings.Contains(string(text), before) {
		t.Fatalf("%s holds no %q", path, before)
	}
	must(t, os.WriteFile(path, []byte(strings.Replace(string(text), before, after, 1)), 0o644))
}
