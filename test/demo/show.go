package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"

	"github.com/pam-motp/pam-motp/test/stage"
	"golang.org/x/term"
)

// show is the stage and what has happened on it so far.
type show struct {
	machine   *stage.Machine
	secret    string
	firstStep int64
	code      string
}

const (
	bold  = "1"
	dim   = "2"
	green = "32"
)

// paint colors a text, for a person's eyes only.
func paint(color, text string) string {
	if !term.IsTerminal(int(os.Stdout.Fd())) {
		return text
	}
	return "\x1b[" + color + "m" + text + "\x1b[0m"
}

func (s *show) title(number int, title string) {
	fmt.Printf("\n%s\n", paint(bold, fmt.Sprintf("%d. %s", number, title)))
}

func (s *show) say(lines ...string) {
	for _, line := range lines {
		fmt.Println("   " + line)
	}
}

// screen prints what a terminal has shown, and beside each question for a code what was typed
// blind.
func (s *show) screen(shown string, codes ...string) {
	for line := range strings.SplitSeq(strings.TrimSpace(strings.ReplaceAll(shown,
		"\r", "")), "\n") {
		if strings.HasSuffix(line, prompt) && len(codes) > 0 {
			line += paint(dim, "("+codes[0]+" is typed, and not shown)")
			codes = codes[1:]
		}
		fmt.Println("   | " + line)
	}
}

func (s *show) command(words ...string) {
	fmt.Println("   " + paint(green, strings.Join(words, " ")))
}

func (s *show) end() {
	but := ""
	// packaging/need keeps this list.
	if _, err := os.Stat(s.machine.Path("build/packages")); err == nil {
		but = ", but for the Debian packages\n" +
			"that make has installed: build/packages lists them"
	}
	fmt.Println("\nA phone needs no app for this: web/dist/index.html is a token in any " +
		"browser, from disk or\nfrom a server; docs/web-token.md says how.")
	fmt.Printf("\n%s\n", paint(bold, "That was all; the machine is gone,"+
		" and outside build/ and Go's caches nothing has changed"+but+"."))
}

// prompt is the module's.
const prompt = "OTP: "

// ssh starts the real client and types the codes at its prompts.
func (s *show) ssh(codes ...string) (*stage.Terminal, error) {
	s.command("$ ssh", user+"@localhost")
	cmd := s.machine.SSH(user, "", fmt.Sprintf("NumberOfPasswordPrompts=%d", len(codes)))
	terminal, err := stage.Start(cmd)
	if err != nil {
		return nil, err
	}
	for _, code := range codes {
		terminal.Expect(prompt)
		terminal.SendHidden(code)
	}
	return terminal, nil
}

// run runs a command, shows what it prints, and returns its standard output. The mark is the
// shell's, "#" or "$".
func (s *show) run(mark, name string, arguments ...string) (string, error) {
	s.command(append([]string{mark, name}, arguments...)...)
	var output, complaints bytes.Buffer
	cmd := exec.Command(name, arguments...)
	cmd.Stdout, cmd.Stderr = &output, &complaints
	err := cmd.Run()
	s.screen(complaints.String() + output.String())
	if err != nil {
		return "", fmt.Errorf("%s %s: %w", name, arguments[0], err)
	}
	return output.String(), nil
}

// secretPattern is the Init-Secret as "motp add" prints it.
var secretPattern = regexp.MustCompile(`\b[0-9a-f]{16}\b`)

// enroll adds the user, on a terminal, since the PIN is asked for twice without echo.
func (s *show) enroll() error {
	s.command("# motp add --no-check", user)
	terminal, err := stage.Start(exec.Command("motp", "add", "--no-check", user))
	if err != nil {
		return err
	}
	for range 2 {
		terminal.Expect("PIN")
		terminal.Expect(": ")
		terminal.SendHidden(pin)
	}
	status, err := terminal.Wait()
	if err != nil {
		return err
	}
	shown := terminal.Shown()
	s.screen(shown)
	s.secret = secretPattern.FindString(shown)
	if status != 0 || s.secret == "" {
		return fmt.Errorf("motp add ended with status %d, and this secret: %q",
			status, s.secret)
	}
	if strings.Contains(shown, pin) {
		return fmt.Errorf("motp add showed the PIN")
	}
	s.say("The PIN is " + pin + "; it was typed twice. Secret and PIN are what " + user +
		"'s phone gets.")
	return nil
}
