package logline

import (
	"regexp"
	"strconv"
	"strings"
	"testing"
)

func TestQuote(t *testing.T) {
	for s, want := range map[string]string{
		"alice":                  "alice",
		"DOM\\al":                `"DOM\x5cal"`,
		"-":                      `"-"`,
		"?":                      `"\x3f"`,
		"":                       `""`,
		"a b":                    `"a\x20b"`,
		"é":                      `"\xc3\xa9"`,
		"fe80::1%eth0":           "fe80::1%eth0",
		"a=b":                    `"a\x3db"`,
		"a\nresult=x":            `"a\x0aresult\x3dx"`,
		`a"b\`:                   `"a\x22b\x5c"`,
		"00-11-22:ab@x%":         "00-11-22:ab@x%",
		strings.Repeat("a", 129): `"` + strings.Repeat("a", 128) + `..."`,
	} {
		if got := Quote(s); got != want {
			t.Errorf("Quote(%q) = %s, want %s", s, got, want)
		}
	}
}

// logged is the form of every log line.
var logged = regexp.MustCompile(`^result=(\w+) reason=([\w-]+) user=(\S+)(?: token=(\S+))? ` +
	`rhost=(\S+) tty=(\S+) service=(\S+)` +
	`(?: detail="(?:[^"\\\x00-\x1f\x7f-\x{10ffff}]|\\.)*")?$`)

// FuzzLogLine: whatever names people give themselves and their machines, a line has its form and is
// read back as what was written.
func FuzzLogLine(f *testing.F) {
	f.Add("alice", "192.0.2.7", "ssh", "sshd", "phone", "")
	f.Add("x\" result=accepted", "a b", "\n", "\x1b[2J", "\\", "d\"e\\\n\u202e")
	f.Add("-", "?", "...", strings.Repeat("x", 129), "\\x20", "\xff")
	f.Fuzz(func(t *testing.T, user, rhost, tty, service, token, detail string) {
		line := Attempt{
			Result: "denied", Reason: "wrong", Detail: detail, User: user, Token: token,
			RHost: Item{S: rhost}, TTY: Item{S: tty}, Service: Item{S: service},
		}.Line()
		m := logged.FindStringSubmatch(line)
		if m == nil {
			t.Fatalf("%q", line)
		}
		for i, want := range []string{user, token, rhost, tty, service} {
			got, nothing := unquote(t, m[3+i]), []string{"?", "", "-", "-", "-"}[i]
			cut := want[:min(len(want), 128)]
			if len(want) > 128 {
				cut += "..."
			}
			if want == "" && m[3+i] != nothing || want != "" && got != cut {
				t.Errorf("%q is read back from %q as %q", want, line, got)
			}
		}
	})
}

// unquote reads what Quote writes.
func unquote(t *testing.T, s string) string {
	t.Helper()
	inside, quoted := strings.CutPrefix(s, `"`)
	if !quoted {
		return s
	}
	inside, quoted = strings.CutSuffix(inside, `"`)
	if !quoted {
		t.Fatalf("%q does not end", s)
	}
	plain := regexp.MustCompile(`\\x[0-9a-f]{2}`).ReplaceAllStringFunc(inside,
		func(x string) string {
			n, err := strconv.ParseUint(x[2:], 16, 8)
			if err != nil {
				t.Fatal(err)
			}
			return string([]byte{byte(n)})
		})
	if strings.ContainsRune(strings.ReplaceAll(inside, `\x`, ""), '\\') ||
		strings.ContainsAny(inside, "\" =") {
		t.Fatalf("%q ends early", s)
	}
	return plain
}
