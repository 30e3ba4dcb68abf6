package cli

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/pflag"
)

// Every verb says what it does, with an example; every line of help fits a terminal; every verb
// that changes something can be rehearsed.
func TestHelp(t *testing.T) {
	readOnly := map[string]bool{"list": true, "status": true, "qr": true, "export": true,
		"code": true, "doctor": true, "completion": true, "token": true, "version": true,
		"fleet":     true, // its verbs change something, it does not
		"try":       true, // it counts like a login, which cannot be rehearsed
		"otpverify": true} // it stands in for a program that could not be rehearsed
	quiet := console{in: strings.NewReader(""), out: io.Discard, err: io.Discard}
	for _, verb := range (&app{console: quiet}).root().Commands() {
		if verb.Name() == "help" {
			continue // cobra's own
		}
		t.Run(verb.Name(), func(t *testing.T) {
			if !strings.Contains(verb.Example, "motp "+verb.Name()) {
				t.Errorf("no example of it: %q", verb.Example)
			}
			for line := range strings.Lines(verb.Long + "\n" + verb.Example + "\n") {
				if len(line) > 81 {
					t.Errorf("more than 80 columns: %s", line)
				}
			}
			if (verb.Flags().Lookup("dry-run") == nil) != readOnly[verb.Name()] {
				t.Error("a verb that changes something has --dry-run, and no other")
			}
			usage := verb.Use
			verb.Flags().VisitAll(func(f *pflag.Flag) {
				if !f.Hidden && !strings.Contains(usage, "--"+f.Name) {
					t.Errorf("--%s is not in %q", f.Name, usage)
				}
			})
		})
	}
}

// A real bash completes verbs, flags, and the users of the table.
func TestCompletion(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	if err := os.Symlink(self, filepath.Join(folder, "motp")); err != nil {
		t.Fatal(err)
	}
	table := "[alice]\nsecret = 1\npin = 2\n[albert]\nsecret = 1\npin = 2\n[bob]\nsecret = " +
		"1\npin = 2\n"
	if err := os.WriteFile(filepath.Join(folder, "motp.conf"), []byte(table),
		0o600); err != nil {
		t.Fatal(err)
	}
	// what bash and the package bash-completion do when somebody presses Tab
	const press = `
source <(motp completion bash) || exit 1
COMP_LINE="$*"; COMP_POINT=${#COMP_LINE}; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMP_TYPE=63
compopt() { :; }
_init_completion() {
	words=("${COMP_WORDS[@]}"); cword=$COMP_CWORD
	cur=${words[cword]}; prev=${words[cword - 1]}
}
__start_motp
printf '%s\n' "${COMPREPLY[@]}"
`
	for _, c := range []struct{ line, want string }{
		{"motp stat", "status"},
		{"motp status --conf motp.conf al", "alice albert"},
		{"motp --conf motp.conf remove b", "bob"},
		{"motp status --conf motp.conf alice b", ""},
		{"motp add a", ""},
		{"motp remove --dry", "--dry-run"},
		{"motp completion f", "fish"},
	} {
		cmd := exec.Command("bash", append([]string{"-c",
			press, "bash"}, strings.Fields(c.line)...)...)
		cmd.Dir = folder
		cmd.Env = append(os.Environ(), "PATH="+folder+":"+os.Getenv("PATH"))
		cmd.Stderr = os.Stderr
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("%s: %v", c.line, err)
		}
		var words []string
		for line := range strings.Lines(string(out)) {
			word, _, _ := strings.Cut(strings.TrimSpace(line), " ")
			if word != "" {
				words = append(words, word)
			}
		}
		if got := strings.Join(words, " "); got != c.want {
			t.Errorf("%q is completed with %q, want %q", c.line, got, c.want)
		}
	}
}
