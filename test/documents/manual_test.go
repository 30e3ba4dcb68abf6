package documents

import (
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pam-motp/pam-motp/test/stage"
)

// macros are what mdoc has between the words of an item.
var macros = []string{".It", "Cm", "Dv", "Ns", "=", "Ar", "|", ","}

// items returns the words that the items of a page's section explain, of each item all.
func items(t *testing.T, page, heading string) (found [][]string) {
	t.Helper()
	_, text, ok := strings.Cut(read(t, "packaging/man/"+page), "\n.Sh "+heading+"\n")
	if !ok {
		t.Fatalf("%s has no %q", page, heading)
	}
	text, _, _ = strings.Cut(text, "\n.Sh ")
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(line, ".It ") {
			continue
		}
		var words []string
		value := false // what follows is no name
		for _, word := range strings.Fields(line) {
			switch {
			case word == "," || word == ".It":
				value = false
			case word == "=":
				value = true
			case !value && !slices.Contains(macros, word):
				words = append(words, word)
			}
		}
		found = append(found, words)
	}
	return found
}

// sameWords holds two lists together, whatever their order.
func sameWords(t *testing.T, what string, page [][]string, want []string) {
	t.Helper()
	got := slices.Sorted(slices.Values(slices.Concat(page...)))
	slices.Sort(want)
	if !slices.Equal(got, slices.Compact(want)) || len(got) < 8 {
		t.Errorf("%s:\n%q, want\n%q", what, got, want)
	}
}

// firstWords returns what the first column of a section's tables names.
func firstWords(t *testing.T, page, heading string) (names []string) {
	t.Helper()
	for _, row := range rows(section(t, page, heading))[2:] {
		for _, word := range words(row[0]) {
			name, _, _ := strings.Cut(word, "=")
			names = append(names, name)
		}
	}
	return names
}

// The manual pages have every option, setting, key, and reason that the documents have, and none
// besides; TestOptions, TestKeys, and TestReasons hold those to the code.
func TestManualExplainsAll(t *testing.T) {
	t.Parallel()
	sameWords(t, "options of pam_motp(8)", items(t, "pam_motp.8", "OPTIONS"),
		firstWords(t, "docs/options.md", "## Options on the PAM line"))
	sameWords(t, "settings of motp.conf(5)", items(t, "motp.conf.5", "SETTINGS"),
		firstWords(t, "docs/options.md", "### Settings"))
	sameWords(t, "keys of motp.conf(5)", items(t, "motp.conf.5", "KEYS OF A USER"),
		firstWords(t, "docs/options.md", "### Keys of a user"))
	sameWords(t, "reasons of pam_motp(8)", items(t, "pam_motp.8", "DIAGNOSTICS"),
		firstWords(t, "docs/reasons.md", "# Log reasons"))
	for _, flag := range literals(sources(t, "internal/resident/main.go"),
		`flags\.\w+\("([a-z]+)"`) {
		if !strings.Contains(read(t, "packaging/man/motpd.8"), "-"+flag) {
			t.Errorf("motpd(8) has no --%s", flag)
		}
	}
}

// pam_motp(8) tells of each reason what PAM is told, as docs/reasons.md does.
func TestManualTellsPAMsCodes(t *testing.T) {
	t.Parallel()
	_, text, _ := strings.Cut(read(t, "packaging/man/pam_motp.8"), "\n.Sh WHAT PAM IS TOLD\n")
	text, _, _ = strings.Cut(text, "\n.Sh ")
	codes := make(map[string][]string) // of a reason
	for _, part := range strings.Split(text, "\n.It ")[1:] {
		first, rest, _ := strings.Cut(part, "\n")
		code := strings.TrimPrefix(first, "Dv PAM_")
		for line := range strings.Lines(rest) {
			if line, ok := strings.CutPrefix(line, ".Cm "); ok {
				for _, reason := range strings.Fields(line) {
					codes[reason] = append(codes[reason], code)
				}
			}
		}
	}
	count := 0
	for _, row := range rows(read(t, "docs/reasons.md"))[2:] {
		if row[2] == "-" {
			continue
		}
		plain := strings.ReplaceAll(row[2], "with `nullok`", "")
		want := strings.FieldsFunc(strings.ReplaceAll(plain, " or ", ","),
			func(r rune) bool { return r == ',' || r == ' ' })
		if strings.HasSuffix(row[2], "own code") {
			want = []string{"the program's own code"}
		}
		slices.Sort(want)
		for _, reason := range words(row[0]) {
			count++
			got := slices.Sorted(slices.Values(codes[reason]))
			if !slices.Equal(got, want) {
				t.Errorf("%s: pam_motp(8) has %q, docs/reasons.md %q", reason,
					got, want)
			}
		}
	}
	if count < 30 {
		t.Errorf("only %d reasons have a code", count)
	}
}

// Pages are well-formed, and there is one for each verb.
func TestManualIsWellFormed(t *testing.T) {
	t.Parallel()
	must(t, stage.NeedBuilt(root, "motp", "man"))
	found, err := filepath.Glob(filepath.Join(root, "build/man/*.[158]"))
	must(t, err)
	lint := exec.Command("mandoc", append([]string{"-T", "lint", "-W", "warning"}, found...)...)
	if out, err := lint.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	help, err := exec.Command(filepath.Join(root, "build/motp"), "--help").Output()
	must(t, err)
	_, verbs, _ := strings.Cut(string(help), "\nAvailable Commands:\n")
	verbs, _, _ = strings.Cut(verbs, "\n\n")
	count := 0
	for line := range strings.Lines(verbs) {
		verb := strings.Fields(line)[0]
		page := filepath.Join(root, "build/man", "motp-"+verb+".1")
		if verb != "help" {
			count++
			if !slices.Contains(found, page) {
				t.Errorf("there is no motp-%s(1)", verb)
			}
		}
	}
	if count < 20 {
		t.Errorf("only %d verbs are found in %s", count, help)
	}
}
