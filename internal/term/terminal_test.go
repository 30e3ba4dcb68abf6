package term

import (
	"strings"
	"testing"

	"github.com/pam-motp/pam-motp/internal/term/termtest"
)

// A hidden answer is not shown, and the next one is.
func TestHiddenAnswer(t *testing.T) {
	p, tty := termtest.SitDown(t)
	terminal := &Terminal{file: tty}
	type answer struct {
		line string
		err  error
	}
	answers := make(chan answer)
	ask := func(how func(string) (string, error)) {
		line, err := how("? ")
		answers <- answer{line, err}
	}

	go ask(terminal.AskHidden)
	p.WaitFor("? ")
	if termtest.Echoes(t, tty) {
		t.Error("what is typed is shown")
	}
	p.TypeIn("hidden\nshown\n")
	if got := <-answers; got.line != "hidden" || got.err != nil {
		t.Errorf("the answer is %q, %v", got.line, got.err)
	}
	if !termtest.Echoes(t, tty) {
		t.Error("after the answer, what is typed is not shown")
	}
	go ask(terminal.Ask)
	if got := <-answers; got.line != "shown" || got.err != nil {
		t.Errorf("the second answer is %q, %v", got.line, got.err)
	}
	p.WaitFor("\r\n? ")
	if strings.Contains(p.Screen(), "hidden") {
		t.Errorf("on the screen: %q", p.Screen())
	}

	go ask(terminal.AskHidden)
	p.WaitFor("? ")
	p.TypeIn("\x04") // Ctrl-D
	if got := <-answers; got.err == nil {
		t.Errorf("the end is the answer %q", got.line)
	}
}
