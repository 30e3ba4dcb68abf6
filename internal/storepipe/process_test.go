package storepipe

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/pam-motp/pam-motp/motp"
	"github.com/pam-motp/pam-motp/motp/memory"
)

// The test is also the program at the other end, in one of these ways.
var programs = map[string]func() int{
	"serves": func() int {
		_ = Serve(background, os.Stdin, os.Stdout, new(memory.Store), nil)
		return 0
	},
	"refuses": func() int {
		_ = Refuse(os.Stdout, reasoned{motp.ErrBusy})
		return 1
	},
	"is another": func() int {
		fmt.Fprintln(os.Stderr, "unknown word: store")
		return 2
	},
	"says nothing": func() int { return 3 },
	"babbles": func() int {
		_, err := os.Stdout.Write(bytes.Repeat([]byte{0xff}, 1<<20))
		if err != nil {
			return 5
		}
		return 0
	},
	"babbles later": func() int {
		_ = (&sender{w: os.Stdout}).send(message{Kind: hello, Form: form})
		_, _ = os.Stdout.Write(bytes.Repeat([]byte{0xff}, 1<<20))
		return 0
	},
	"ends": func() int {
		_ = Serve(background, strings.NewReader(""), os.Stdout, new(memory.Store), nil)
		return 0
	},
}

func TestMain(m *testing.M) {
	if len(os.Args) == 3 && os.Args[1] == "program" {
		os.Exit(programs[os.Args[2]]())
	}
	os.Exit(m.Run())
}

// A program that does not serve says why, in its own words if it has any.
func TestStart(t *testing.T) {
	for way, want := range map[string]string{
		"serves": "", "refuses": motp.ErrBusy.Error(),
		"is another":   "storepipe.test: unknown word: store",
		"says nothing": "storepipe.test: exit status 3",
	} {
		t.Run(way, func(t *testing.T) {
			p, err := Start(os.Args[0], "program", way)
			if err != nil {
				if err.Error() != want {
					t.Errorf("%q, want %q", err, want)
				}
				if way == "refuses" && !errors.Is(err, motp.ErrBusy) {
					t.Error("it is not the store's own")
				}
				return
			}
			defer p.Close()
			if want != "" {
				t.Errorf("no error, want %q", want)
			}
			err = p.Update(background, "alice",
				func(motp.Current) (motp.Next, error) {
					return motp.Next{Record: []byte("x")}, nil
				})
			if err != nil {
				t.Error(err)
			}
		})
	}
	if _, err := Start("/nonexistent"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no program: %v", err)
	}
}

// A program that says what is no message is not waited for until it has said all.
func TestProgramBabbles(t *testing.T) {
	if _, err := Start(os.Args[0], "program", "babbles"); err == nil {
		t.Error("it is understood")
	}
	p, err := Start(os.Args[0], "program", "babbles later")
	if err != nil {
		t.Fatal(err)
	}
	var lost *Error
	if _, err := p.View(background, "alice"); !errors.As(err, &lost) {
		t.Errorf("%v", err)
	}
	p.Close()
}

// A program that ends is an error of whatever is asked then, and Close does not wait for more.
func TestProgramEnds(t *testing.T) {
	p, err := Start(os.Args[0], "program", "ends")
	if err != nil {
		t.Fatal(err)
	}
	var lost *Error
	if _, err := p.View(background, "alice"); !errors.As(err, &lost) {
		t.Errorf("%v", err)
	}
	p.Close()
	p.Close()
	if !p.cmd.ProcessState.Exited() {
		t.Error("it runs still")
	}
}
