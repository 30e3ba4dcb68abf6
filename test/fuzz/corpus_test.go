package main

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// runCorpus builds the target with a main function instead of a fuzzer, and runs it on files of the
// corpus. It returns PAM's answer to each.
func runCorpus(t *testing.T, names ...string) []string {
	t.Helper()
	t.Chdir("../..")
	binary := filepath.Join(t.TempDir(), "c")
	if err := buildC("cc", binary, "-fsanitize=address,undefined",
		"test/fuzz/testdata/c/main.c"); err != nil {
		t.Fatal(err)
	}
	var files []string
	for _, name := range names {
		found, err := filepath.Glob("test/fuzz/testdata/corpus/" + name)
		if err != nil || len(found) == 0 {
			t.Fatalf("no %s in the corpus: %v", name, err)
		}
		files = append(files, found...)
	}
	cmd := exec.Command(binary, files...)
	cmd.Env = environment()
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, stderr.String())
	}
	answers := strings.Fields(string(out))
	if len(answers) != len(files) {
		t.Fatalf("%d answers to %d files", len(answers), len(files))
	}
	return answers
}

// The module's C, under the sanitizers, keeps its promises in every dialogue that was written down
// or found by fuzzing.
func TestCorpusOfTheC(t *testing.T) {
	if n := len(runCorpus(t, "*")); n < 40 {
		t.Errorf("a corpus of %d files", n)
	}
}

// A dialogue that the target does not understand would prove nothing: these end in the way that
// their names say.
func TestCorpusIsUnderstood(t *testing.T) {
	cases := []struct{ file, answer string }{
		{"accepted", "0"}, {"denied", "7"}, {"two-prompts", "0"}, {"set-pass", "0"},
		{"debug-line", "10"}, {"conversation-fails", "6"},
		{"late-verdict", "0"}, {"too-late", "9"}, {"worker-ends", "9"},
		{"worker-stalls", "9"}, {"verdict-behind", "9"}, {"babble-then-verdict", "9"},
		{"huge-packet", "9"}, {"longest-prompt", "0"}, {"long-prompt", "9"},
		{"send-interrupted", "0"}, {"send-short", "9"}, {"receive-interrupted", "0"},
		{"user-changed", "7"}, {"user-taken-away", "7"}, {"user-unreadable", "7"},
		{"last-words", "9"}, {"last-words-for-ever", "9"}, {"last-words-that-stall", "9"},
		{"no-worker", "9"}, {"no-name", "19"}, {"verdict-no-memory", "9"},
		{"motpd-accepted", "0"}, {"motpd-denied", "7"}, {"motpd-conversation-fails", "6"},
		{"motpd-asks", "0"}, {"motpd-asks-twice", "0"}, {"motpd-asks-sixteen-times", "0"},
		{"motpd-asks-for-ever", "9"}, {"motpd-asks-long", "0"},
		{"motpd-asks-too-long", "9"}, {"motpd-asks-no-ticket", "9"},
		{"motpd-asks-behind", "9"}, {"motpd-prompts", "9"}, {"worker-asks", "9"},
		{"motpd-ends", "9"}, {"motpd-stalls", "9"}, {"motpd-late", "9"},
		{"motpd-late-in-all", "9"}, {"motpd-babbles", "9"}, {"motpd-tokens", "0"},
		{"motpd-is-not-sent-to", "0"}, {"motpd-is-sent-half", "0"},
		{"motpd-is-sent-interrupted", "0"}, {"motpd-away", "0"},
		{"motpd-away-always", "9"}, {"motpd-always", "0"},
		{"motpd-always-not-sent-to", "9"}, {"motpd-always-ends-and-comes", "0"},
		{"motpd-never", "0"}, {"motpd-not-root", "0"}, {"motpd-not-root-away", "0"},
		{"motpd-away-the-second-time", "9"}, {"motpd-user-changed", "7"},
		{"account", "0"}, {"account-behind", "9"}, {"motpd-account", "0"},
		{"change-accepted", "0"}, {"change-denied", "7"}, {"change-worker-ends", "9"},
		{"motpd-change", "0"}, {"shows", "0"}, {"shows-in-no-style", "9"},
		{"shows-long", "9"},
	}
	var names []string
	for _, c := range cases {
		names = append(names, c.file)
	}
	for i, answer := range runCorpus(t, names...) {
		if c := cases[i]; answer != c.answer {
			t.Errorf("%s: PAM is told %s, want %s", c.file, answer, c.answer)
		}
	}
}
