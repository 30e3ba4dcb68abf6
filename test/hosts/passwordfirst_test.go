package hosts

import (
	"errors"
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/pam-motp/pam-motp/test/stage"
)

const (
	unixPrompt = "Password: "

	// onlyTyped and onlyPassword are ways to log in with one connection and no second try.
	onlyTyped    = "PreferredAuthentications=keyboard-interactive"
	onlyPassword = "PreferredAuthentications=password"
)

// With the password asked for first, a stranger raises nobody's count: not with passwords, not with
// codes in their place, not by the other way that sshd has. Who knows the password still can.
func TestSSHPasswordFirst(t *testing.T) {
	t.Parallel()
	stage.Test(t, func(t *testing.T, m *stage.Machine) {
		c := setUp(t, m, "sshd")
		must(t, m.InstallExample("pam.d/sshd-password-first", "/etc/pam.d/sshd"))
		for _, p := range []*stage.Person{c.Alice, c.Bob} { // carol has no password
			must(t, m.SetPassword(p.Name, unixPassword))
		}
		must(t, m.StartSSHD("PasswordAuthentication yes"))
		t.Run("strangers", func(t *testing.T) {
			for _, who := range []string{c.Alice.Name, c.Carol.Name, stage.Outsider} {
				guessPasswords(t, m, who, "wrong", "", c.Alice.NewCode())
			}
		})
		for _, who := range []*stage.Person{c.Alice, c.Carol} {
			if _, err := os.Stat("/var/lib/motp/" + who.Name); !errors.Is(err,
				fs.ErrNotExist) {
				t.Errorf("a stranger made a record of %s: %v", who.Name, err)
			}
		}
		c.checkLog(t, m, "sshd", map[string][]string{})

		in := func(who *stage.Person, code string) bool {
			t.Helper()
			cmd := m.SSH(who.Name, whoAmI, onlyTyped, "NumberOfPasswordPrompts=1")
			return talk(t, cmd, who.Name, answer{unixPrompt, unixPassword},
				answer{codePrompt, code}).in
		}
		if !in(c.Alice, c.Alice.NewCode()) {
			t.Error("alice does not get in with her password and a code")
		}
		for _, code := range c.Bob.WrongCodes(maxFailures) {
			if in(c.Bob, code) {
				t.Error("bob gets in with a wrong code")
			}
		}
		if in(c.Bob, c.Bob.NewCode()) {
			t.Error("bob is not locked")
		}
		c.checkLog(t, m, "sshd", map[string][]string{
			c.Alice.Name: {"ok"}, c.Bob.Name: {"wrong", "wrong", "locked"},
		})
	})
}

// guessPasswords tries more often than codes may be wrong, by both ways that sshd has to ask.
func guessPasswords(t *testing.T, m *stage.Machine, who string, guesses ...string) {
	t.Helper()
	for way, prompt := range map[string]string{onlyTyped: unixPrompt,
		onlyPassword: passwordPrompt} {
		t.Run(who+" "+prompt, func(t *testing.T) {
			t.Parallel()
			var answers []answer
			for _, guess := range guesses {
				answers = append(answers, answer{prompt, guess})
			}
			cmd := m.SSH(who, whoAmI, way, "NumberOfPasswordPrompts=3")
			got := talk(t, cmd, who, answers...)
			if got.in || strings.Contains(got.prompt, codePrompt) {
				t.Errorf("in: %t after %q", got.in, got.prompt)
			}
		})
	}
}

// Below what asks, the two examples for sshd are the same.
func TestPasswordFirstIsTheOtherExample(t *testing.T) {
	t.Parallel()
	lines := func(name string) []string {
		text, err := os.ReadFile("../../examples/pam.d/" + name)
		must(t, err)
		return slices.DeleteFunc(strings.Split(string(text), "\n"), func(line string) bool {
			return line == "" || line[0] == '#'
		})
	}
	usual, first := lines("sshd"), lines("sshd-password-first")
	want := slices.Insert(usual, 0, "auth       requisite    pam_unix.so")
	if !slices.Equal(first, want) {
		t.Errorf("examples/pam.d/sshd-password-first says\n%s\nwant\n%s",
			strings.Join(first, "\n"), strings.Join(want, "\n"))
	}
}
