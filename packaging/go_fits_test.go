package packaging

import (
	"path/filepath"
	"strings"
	"testing"
)

// fakeGo is a go command of one version; what it would fetch is another.
func fakeGo(own, fetched string) string {
	return `#!/bin/sh
[ "$*" = "env GOVERSION" ] || exit 1
if [ "$GOTOOLCHAIN" = local ]; then echo ` + own + `; else ` + fetched + `; fi
`
}

func TestGoFits(t *testing.T) {
	t.Parallel()
	const cannot = "echo cannot fetch >&2; exit 1"
	cases := map[string]struct {
		command string // none if it is empty
		says    string // all is well if it is empty
	}{
		"missing": {"", "Go 1.24 or later is missing: "},
		"Debian 12's": {fakeGo("go1.19.8", "echo go1.19.8"),
			" is Go 1.19.8: "},
		"1.9 is older than 1.24":         {fakeGo("go1.9", "echo go1.9"), " is Go 1.9: "},
		"one that cannot fetch the next": {fakeGo("go1.23.5", cannot), " is Go 1.23.5: "},
		"one that fetches the next":      {fakeGo("go1.23.5", "echo go1.24.0"), ""},
		"Debian 13's":                    {fakeGo("go1.24.4", "echo go1.24.4"), ""},
		"a release candidate":            {fakeGo("go1.27rc1", "echo go1.27rc1"), ""},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			folder := t.TempDir()
			if c.command != "" {
				lay(t, folder, map[string]string{"go": c.command})
			}
			said, ok := run(t, "..", "make", "-s", "need-go",
				"GO="+filepath.Join(folder, "go"))
			if ok != (c.says == "") {
				t.Errorf("ended well: %t; said: %s", ok, said)
			}
			said, _, _ = strings.Cut(said, "make: ***")
			if !strings.Contains(said, c.says) || strings.Count(said, "\n") > 1 {
				t.Errorf("said:\n%s\ninstead of one line with %q", said, c.says)
			}
			if c.says != "" && !strings.Contains(said, "bookworm-backports") {
				t.Errorf("does not say where there is one: %s", said)
			}
		})
	}
}
