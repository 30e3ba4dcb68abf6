package main

import (
	"os/exec"
	"path/filepath"
	"testing"
)

// build builds the target with a main function instead of a fuzzer, and goes to the root of the repository.
func build(t *testing.T) (binary string) {
	t.Helper()
	t.Chdir("../..")
	binary = filepath.Join(t.TempDir(), "c")
	if err := buildC("cc", binary, "-fsanitize=address,undefined", "test/fuzz/testdata/c/main.c"); err != nil {
		t.Fatal(err)
	}
	return binary
}

// The module's C, under the sanitizers, keeps its promises in every dialogue that was written down or found by fuzzing.
func TestCorpusOfTheC(t *testing.T) {
	binary := build(t)
	files, err := filepath.Glob("test/fuzz/testdata/corpus/*")
	if err != nil || len(files) < 40 {
		t.Fatalf("a corpus of %d files, %v", len(files), err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			cmd := exec.Command(binary, file)
			cmd.Env = environment()
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}

// A dialogue that the target does not understand would prove nothing: these must end in the way that their names say.
func TestCorpusIsUnderstood(t *testing.T) {
	binary := build(t)
	for file, want := range map[string]string{
		"accepted": "0", "denied": "7", "two-prompts": "0", "set-pass": "0", "debug-line": "10", "conversation-fails": "6", "late-verdict": "0", "too-late": "9",
		"worker-ends": "9", "verdict-behind": "9", "babble-then-verdict": "9", "huge-packet": "9", "longest-prompt": "0", "long-prompt": "9", "send-interrupted": "0",
		"receive-interrupted": "0", "no-worker": "9", "no-name": "19", "verdict-no-memory": "9", "send-short": "9",
	} {
		cmd := exec.Command(binary, "test/fuzz/testdata/corpus/"+file)
		cmd.Env = append(environment(), "MOTP_FUZZ_RESULT=1")
		out, err := cmd.Output()
		if err != nil || string(out) != want+"\n" {
			t.Errorf("%s: %v, result %q, want %s", file, err, out, want)
		}
	}
}
