package module

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/msteinert/pam/v2"
)

// nasty is text that somebody might send to break what reads it, by what is nasty about it.
var nasty = map[string]string{
	"empty":                    "",
	"a megabyte":               strings.Repeat("A", 1<<20),
	"a megabyte of quotes":     strings.Repeat(`"\`, 1<<19),
	"just too long for a name": strings.Repeat("x", 300),
	"1025 bytes":               strings.Repeat("é", 512) + "x",
	"control characters":       "a\x01\x02\r\n\t\x7fb",
	"a line break":             "x\nresult=accepted reason=ok user=root",
	"a forged line": "x\npam_motp(sshd:auth): result=accepted reason=ok user=root " +
		"rhost=192.0.2.1",
	"forged pairs":           "x result=accepted reason=ok user=root",
	"forged pairs in quotes": `x" result=accepted reason=ok user="root`,
	"a backslash at the end": `x\`,
	"ANSI escapes":           "\x1b[2J\x1b[1;31mroot\x1b]0;title\a",
	"C1 controls":            "x\u009b31m\u0085y",
	"UTF-8":                  "Ülrich \U0001F600 名前",
	"look-alike":             "аlice",
	"right to left":          "alice\u202eecila",
	"not UTF-8":              "\xff\xfe\xc0\xaf\xed\xa0\x80",
	"format":                 "%s%n%s%n%1000000d",
	"slash":                  "/",
	"path":                   "a/b",
	"up":                     "..",
	"far up":                 "../../../../etc/passwd",
	"dot":                    ".",
	"opening bracket":        "[alice",
	"brackets":               "[alice]",
	"closing bracket":        "alice]",
	"equals sign":            "alice=bob",
	"leading dot":            ".alice",
	"leading dash":           "-alice",
	"option":                 "--help",
	"comment":                "#alice",
	"other comment":          "; alice",
	"leading blank":          " alice",
	"trailing blank":         "alice ",
	"trailing tab":           "alice\t",
	"file name":              "alice.conf",
	"default section":        "DEFAULT",
	"setting":                "window",
	"percent sign":           "%61lice",
	"cut by NUL":             "mallory\x00alice",
}

// TestBadUser: no name that is in no table gets in, leaves a trace outside the log, or is written
// there.
func TestBadUser(t *testing.T) {
	t.Parallel()
	for name, user := range nasty {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, form := range []string{"sections", "columns", "one file a user"} {
				s := newSite(t, sections("window = 3m\n", alice), alice)
				if form == "columns" {
					s.write(t, columns(alice))
				} else if form == "one file a user" {
					must(t, os.Mkdir(s.conf+".d", 0o700))
					must(t, os.Rename(s.conf,
						filepath.Join(s.conf+".d", "alice.conf")))
					must(t, os.WriteFile(filepath.Join(s.conf+".d",
						"alice.conf"), []byte(sections("", alice)), 0o600))
				}
				before := s.snapshot(t)
				h := startHost(t, s)
				for _, options := range []string{"", "debug", "nullok"} {
					service := s.service(t, options)
					h.start(s, service, user)
					asked := 0
					code := h.authenticate(func(style int, text string) string {
						asked++
						if (prompt{pam.Style(style), text}) != otpPrompt {
							t.Errorf("prompt %d %q", style, text)
						}
						return answer(alice.code(0))
					})
					h.end()
					want := int(pam.ErrUserUnknown)
					if options == "nullok" {
						want = ignored
					}
					if code != want || asked != 1 {
						t.Errorf("%s, options %q: code %d after %d "+
							"prompts, want %d after one", form, options,
							code, asked, want)
					}
					r, others := s.logged(t, service, code, alice.code(0))
					if options != "debug" &&
						(others != 0 || r.values["user"] != "?") {
						t.Errorf("%s, options %q: user=%.100q and %d "+
							"other lines", form, options,
							r.values["user"], others)
					}
				}
				s.unchanged(t, before)
			}
		})
	}
}

// TestBadCode: no answer but a code gets anybody in, or harms the next login.
func TestBadCode(t *testing.T) {
	t.Parallel()
	for name, text := range nasty {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := standard(t)
			service := s.service(t)
			h := startHost(t, s)
			if code := h.login(s, service, "alice", alice.code(-1)); code != 0 {
				t.Errorf("before: code %d", code)
			}
			s.logged(t, service, 0)
			before := s.snapshot(t)
			for _, options := range []string{"", "debug", "nullok", "try_first_pass"} {
				service := s.service(t, options)
				code := h.login(s, service, "alice", text)
				if code != int(pam.ErrAuth) {
					t.Errorf("options %q: code %d, want %d", options, code,
						int(pam.ErrAuth))
				}
				answered, _, _ := strings.Cut(text, "\x00")
				// These words stand in a line for what they are, whatever was
				// answered.
				if strings.Contains("alice window", strings.TrimSpace(answered)) {
					answered = ""
				}
				s.logged(t, service, code, answered)
			}
			s.unchanged(t, before, s.onlyStateFile(t))
			if code := h.login(s, service, "alice", alice.code(0)); code != 0 {
				t.Errorf("afterwards: code %d", code)
			}
		})
	}
}

// TestBadOrigin: where a login comes from changes nothing but its log line, which stays one line
// that nobody can misread.
func TestBadOrigin(t *testing.T) {
	t.Parallel()
	const rhost, tty = 4, 3 // PAM_RHOST, PAM_TTY
	for name, text := range nasty {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := standard(t)
			h := startHost(t, s)
			for _, c := range []struct {
				answer string
				code   int
			}{{alice.code(0), 0}, {alice.wrong(0), int(pam.ErrAuth)}} {
				service := s.service(t)
				h.start(s, service, "alice")
				h.do("item %d %x", rhost, text)
				h.do("item %d %x", tty, text)
				code := h.authenticate(giving(c.answer))
				h.end()
				// libpam itself refuses what does not fit into its audit message,
				// after the module.
				tooLong := code == int(pam.ErrSystem) && len(text) > 8<<10
				if code != c.code && !tooLong {
					t.Errorf("code %d, want %d", code, c.code)
				}
				r, others := s.logged(t, service, c.code, c.answer)
				if r.values["user"] != "alice" || others != 0 {
					t.Errorf("logged %.300q and %d other lines", r.line, others)
				}
				for _, key := range []string{"rhost", "tty", "service"} {
					if _, ok := r.values[key]; !ok {
						t.Errorf("no %s= in %.300q", key, r.line)
					}
				}
				if len(r.line) > 4096 {
					t.Errorf("a log line of %d bytes", len(r.line))
				}
			}
		})
	}
}

// TestStrangeNames: who really has such a name in the table logs in like anybody, and the state
// stays inside its folder.
func TestStrangeNames(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("n", 235)
	// Names that only the case, an escape or the end tells apart share nothing.
	names := []string{"a/b", "a%2fb", "a_b", "..", ".", "../up", ".hidden", "-dash", "a=b",
		"a]b", "Alice", "alice", "alice.conf", "ülrich", "u\u0308lrich", long + "1",
		long + "2", ".nobody", "DEFAULT", "x\\y"}
	var everybody, noSlash []person
	for i, n := range names {
		p := person{name: n, secret: alice.secret, pin: "Pin-" + string(rune('a'+i))}
		everybody = append(everybody, p)
		// in a section's name the slash parts a user from a token
		if !strings.Contains(n, "/") {
			noSlash = append(noSlash, p)
		}
	}
	for form, people := range map[string][]person{"sections": noSlash, "columns": everybody} {
		t.Run(form, func(t *testing.T) {
			t.Parallel()
			table := columns(people...)
			if form == "sections" {
				table = sections("", people...)
			}
			s := newSite(t, table, people...)
			before := s.snapshot(t)
			service := s.service(t)
			codes := map[string]string{}
			for _, p := range people {
				codes[p.name] = p.code(0)
				a := s.enter(t, service, p.name, codes[p.name])
				if a.code != 0 {
					t.Errorf("%.40q: code %d, %.300q", p.name, a.code,
						a.record.line)
				}
			}
			for _, p := range people {
				a := s.enter(t, service, p.name, codes[p.name])
				if a.code != int(pam.ErrAuth) || a.record.reason() != "replay" {
					t.Errorf("%.40q again: code %d, %.300q", p.name, a.code,
						a.record.line)
				}
			}
			files := s.stateFiles(t)
			if len(files) != len(people) {
				t.Errorf("%d state files for %d people: %q", len(files),
					len(people), files)
			}
			s.unchanged(t, before, append(files, s.state)...)
		})
	}
}

// TestNamesTooLong: who has a name for which there can be no record does not get in, with whatever
// code.
func TestNamesTooLong(t *testing.T) {
	t.Parallel()
	for name, long := range map[string]string{"long": strings.Repeat("n", 300),
		"long once it is a file name": strings.Repeat("ü", 120)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := person{name: long, secret: alice.secret, pin: alice.pin}
			s := newSite(t, sections("", p, bob), p, bob)
			before := s.snapshot(t)
			for _, code := range []string{p.code(0), p.wrong(0)} {
				s.enter(t, s.service(t, "nullok"), long, code).want(t,
					pam.ErrAuthinfoUnavail, "")
			}
			s.unchanged(t, before)
			s.enter(t, s.service(t), "bob", bob.code(0)).want(t, success, "ok")
		})
	}
}
