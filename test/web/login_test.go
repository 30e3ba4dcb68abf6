package web

import (
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/pam-motp/pam-motp/test/stage"
)

// A code from the page logs alice in, by the real sshd, once. Her profile came from the URI that
// "motp qr" prints.
func TestLogin(t *testing.T) {
	t.Parallel()
	stage.Test(t, func(t *testing.T, m *stage.Machine) {
		alice := stage.NewCast().Alice
		must(t, m.InstallModule())
		must(t, m.InstallService("sshd"))
		must(t, m.AddUser(alice.Name))
		must(t, m.WriteTable("[alice]\nsecret = "+alice.Secret+"\npin = "+alice.PIN+"\n"))
		must(t, m.StartSSHD())

		s := serve(t, dist)
		p := own(t, t.TempDir()).tab(t, "")
		p.begin(s.url(), passphrase)
		shown, err := exec.Command("motp", "qr", alice.Name).CombinedOutput()
		must(t, err)
		p.add(regexp.MustCompile(`motp://\S+`).FindString(string(shown)))
		p.fill("PIN", alice.PIN)
		p.press("Show the code")
		code := stage.Say(p.code())
		for _, want := range []bool{true, false} {
			terminal, err := stage.Start(m.SSH(alice.Name, "echo in as $(id -un)",
				"PreferredAuthentications=keyboard-interactive",
				"NumberOfPasswordPrompts=1"))
			must(t, err)
			terminal.Expect("OTP: ")
			terminal.Send(code)
			status, err := terminal.Wait()
			must(t, err)
			in := strings.Contains(terminal.Shown(), "in as alice")
			if in != want || in != (status == 0) {
				t.Errorf("in: %t instead of %t\n%s", in, want, terminal.Shown())
			}
		}
		lines, err := m.Log.Module(alice.Name)
		must(t, err)
		var reasons []string
		for _, line := range lines {
			_, reason, _ := strings.Cut(line, "reason=")
			reason, _, _ = strings.Cut(reason, " ")
			reasons = append(reasons, reason)
		}
		if !slices.Equal(reasons, []string{"ok", "replay"}) {
			t.Errorf("logged are %q", reasons)
		}
	})
}
