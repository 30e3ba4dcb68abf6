package hosts

import (
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/pam-motp/pam-motp/test/stage"
)

// Somebody without a phone logs in with a code on paper, behind the PIN, once each.
func TestSSHPaperCode(t *testing.T) {
	t.Parallel()
	stage.TestWays(t, func(t *testing.T, m *stage.Machine) {
		c := setUp(t, m, "sshd")
		must(t, m.StartSSHD())
		page, err := exec.Command("motp", "codes", c.Alice.Name).Output()
		must(t, err)
		codes := regexp.MustCompile(`\b[A-Z2-7]{4}(-[A-Z2-7]{4}){3}\b`).
			FindAllString(string(page), -1)
		if len(codes) != 10 {
			t.Fatalf("%d codes are printed", len(codes))
		}
		enter := sshLogin(m)
		for _, step := range []struct {
			code string
			in   bool
		}{
			{codes[3], false},
			{c.Alice.PIN + codes[3], true},
			{c.Alice.PIN + strings.ToLower(codes[3]), false},
			{c.Alice.PIN + strings.ReplaceAll(codes[9], "-", ""), true},
			{c.Alice.NewCode(), true},
		} {
			if got := enter(t, c.Alice.Name, step.code); got.in != step.in {
				t.Errorf("in: %t, want %t", got.in, step.in)
			}
		}
		c.checkLog(t, m, "sshd", map[string][]string{
			c.Alice.Name: {"malformed", "ok", "replay", "ok", "ok"}})
		status, err := exec.Command("motp", "status", c.Alice.Name).Output()
		if err != nil || !strings.Contains(string(status), "8 of 10 codes are left") {
			t.Errorf("%v: %s", err, status)
		}
	})
}
