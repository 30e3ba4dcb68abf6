package documents

import (
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/pam-motp/pam-motp/motp"
	"github.com/pam-motp/pam-motp/pam/login"
)

// sources returns the text of the files that are no tests and match a pattern.
func sources(t *testing.T, pattern string) string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(root, pattern))
	must(t, err)
	var all strings.Builder
	for _, path := range found {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		name, err := filepath.Rel(root, path)
		must(t, err)
		all.WriteString(read(t, name))
	}
	if all.Len() == 0 {
		t.Fatalf("no source matches %s", pattern)
	}
	return all.String()
}

// literals returns what an expression finds, of each match its last group.
func literals(text, expression string) (found []string) {
	for _, m := range regexp.MustCompile(expression).FindAllStringSubmatch(text, -1) {
		found = append(found, m[len(m)-1])
	}
	return found
}

// docs/reasons.md has every reason that the module logs, those of stores too, and none besides.
func TestReasons(t *testing.T) {
	t.Parallel()
	var told []string
	for _, row := range rows(read(t, "docs/reasons.md")) {
		told = append(told, words(row[0])...)
	}
	c, entry := sources(t, "pam/*.c"), sources(t, "pam/login/*.go")
	resident := sources(t, "internal/resident/*.go")
	used := slices.Concat(
		literals(c, `motp_log_(?:failure|detail)\((?:l->)?pamh, "([a-z-]+)"`),
		literals(c, `"((?:worker|motpd|memory)-[a-z]+)"`),
		literals(entry, `reason: +"([a-z-]+)"`),
		literals(entry, `overruled\("([a-z-]+)"`),
		literals(entry, `noNewPIN\([^"\n]*"([a-z-]+)"`),
		literals(resident, `concluded\(res, err, "([a-z-]+)"`),
		literals(entry+resident, `Refuse\(\*?req, "([a-z-]+)"`),
		literals(entry, `return "(busy|corrupt|sealed|state)"`),
		literals(sources(t, "motp/*.go"), `Reason\(\) string { return "([a-z-]+)" }`),
		literals(sources(t, "internal/fleet/errors.go"), `= "([a-z-]+)" +//`),
		literals(sources(t, "internal/site/*.go"),
			`Reason\(\) string { return "([a-z-]+)" }`),
	)
	for v := motp.Accepted; v.String() != motp.Refused.String(); v++ {
		used = append(used, v.String())
	}
	for _, reason := range used {
		if !slices.Contains(told, reason) {
			t.Errorf("docs/reasons.md has no %s", reason)
		}
	}
	for _, reason := range told {
		if reason != "bad-name" && !slices.Contains(used, reason) { // that is otpverify's
			t.Errorf("docs/reasons.md has %s, which nothing logs", reason)
		}
	}
	for _, row := range rows(section(t, "README.md", "## When a login fails"))[2:] {
		if !slices.Contains(told, words(row[0])[0]) {
			t.Errorf("docs/reasons.md has no %s, and README.md does", row[0])
		}
	}
}

// docs/options.md has every option of the PAM line, and none besides.
func TestOptions(t *testing.T) {
	t.Parallel()
	example := strings.NewReplacer("PATH", "/a", "DIR", "/a", "SECONDS", "360",
		"DURATION", "8h", "NETWORKS", "192.0.2.0/24", "N", "8")
	var told []string
	for _, row := range rows(section(t, "docs/options.md", "## Options on the PAM line"))[2:] {
		for _, option := range words(row[0]) {
			name, value, hasValue := strings.Cut(option, "=")
			told = append(told, name)
			if hasValue {
				option = name + "=" + example.Replace(value)
			}
			if _, wrong := login.CheckOptions([]string{option}); wrong != nil {
				t.Errorf("docs/options.md has %s: %v", option, wrong)
			}
		}
	}
	cases := literals(sources(t, "pam/login/options.go"), `\tcase (.*):`)
	for _, name := range literals(strings.Join(cases, "\n"), `"([a-z_]+)"`) {
		if !slices.Contains(told, name) {
			t.Errorf("docs/options.md has no option %s", name)
		}
	}
	if len(told) < 15 || len(cases) < 10 {
		t.Errorf("%d options are told, %d cases found", len(told), len(cases))
	}
}

// docs/options.md has every key that the example table explains.
func TestKeys(t *testing.T) {
	t.Parallel()
	text := section(t, "docs/options.md", "## The table of users")
	var told []string
	for _, row := range rows(text) {
		told = append(told, words(row[0])...)
	}
	keys := literals(read(t, "examples/motp.conf"), `(?m)^;?([a-z_0-9]+) +=`)
	if len(keys) < 12 {
		t.Errorf("examples/motp.conf has only the keys %q", keys)
	}
	for _, key := range keys {
		if !slices.Contains(told, key) {
			t.Errorf("docs/options.md has no key %s", key)
		}
	}
}

// docs/wire.md has the messages and bounds of pam/wire.h.
func TestWire(t *testing.T) {
	t.Parallel()
	header, page := read(t, "pam/wire.h"), read(t, "docs/wire.md")
	var messages []string
	for _, row := range rows(page) {
		if len(row) >= 3 && strings.HasPrefix(row[0], "0x") && len(row[0]) == 4 {
			messages = append(messages, row[1]+" = "+row[0])
		}
	}
	want := literals(header, `\tWIRE_([A-Z_]+ = 0x[89a-f][0-9a-f]),`)
	want = slices.DeleteFunc(want, func(s string) bool {
		return strings.HasPrefix(s, "LOWEST")
	})
	slices.Sort(messages)
	slices.Sort(want)
	if len(want) < 6 || !slices.Equal(messages, want) {
		t.Errorf("docs/wire.md has %q, pam/wire.h %q", messages, want)
	}
	bounds := literals(header, `_MAX = (\d+),`)
	bounds = append(bounds, literals(header, `\tWIRE_(?:ABSENT|TOO_LONG) = (0x[a-f]+),`)...)
	if len(bounds) != 5 {
		t.Errorf("pam/wire.h has the bounds %q", bounds)
	}
	for _, bound := range bounds {
		if !strings.Contains(page, bound) {
			t.Errorf("docs/wire.md has no %s", bound)
		}
	}
}
