package module

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/msteinert/pam/v2"
	"github.com/pam-motp/pam-motp/motp"
)

// onPaper is what a table has of some paper codes, and the codes.
func onPaper(t *testing.T, set uint64, n int, of string) (line string, codes []string) {
	t.Helper()
	for i := range n {
		random := [motp.PaperEntropy]byte{byte(set), byte(i)}
		copy(random[2:], of)
		codes = append(codes, motp.PaperCode(random))
	}
	p, err := motp.HashPaper(set, [motp.PaperSalt]byte{byte(set)}, codes)
	must(t, err)
	var hashes []string
	for _, h := range p.Hashes {
		hashes = append(hashes, fmt.Sprintf("%x", h))
	}
	return fmt.Sprintf("paper = %d/%x/%s\n", set, p.Salt, strings.Join(hashes, " ")), codes
}

// TestPaper: a paper code lets in once, behind the PIN, and the log says how many are left.
func TestPaper(t *testing.T) {
	t.Parallel()
	line, codes := onPaper(t, 2, 3, "alice")
	older, before := onPaper(t, 1, 1, "alice")
	s := newSite(t, sections("", alice)+line, alice)
	service := s.service(t)
	for _, step := range []struct {
		what, table, answer string
		code                pam.Error
		reason, detail      string
	}{
		{"without the PIN", line, codes[0], pam.ErrAuth, "malformed", ""},
		{"with another", line, "Pin-A7x8" + codes[0], pam.ErrAuth, "wrong", ""},
		{"right", line, alice.pin + codes[0], success, "ok", "a paper code; 2 are left"},
		{"again", line, alice.pin + strings.ToLower(codes[0]), pam.ErrAuth, "replay",
			"a paper code that was used before; 2 are left"},
		{"another", line, alice.pin + " " + strings.ReplaceAll(codes[2], "-", " "), success,
			"ok", "a paper code; 1 is left"},
		{"of an older table", older, alice.pin + before[0], pam.ErrAuth, "old",
			"a paper code of a set that is not good any more: \"motp codes\" prints " +
				"another"},
		{"the last", line, alice.pin + codes[1], success, "ok",
			"a paper code; none is left: \"motp codes\" prints others"},
		{"the phone", line, alice.code(0), success, "ok", ""},
	} {
		s.write(t, sections("", alice)+step.table)
		a := s.enter(t, service, alice.name, step.answer)
		if a.want(t, step.code, step.reason); t.Failed() {
			t.Fatalf("at %q", step.what)
		}
		want := ""
		if step.detail != "" {
			want = " detail=" + strconv.Quote(step.detail)
		}
		if !strings.HasSuffix(a.record.line, " service="+service+want) {
			t.Errorf("%s: %q is logged, want %q", step.what, a.record.line, want)
		}
	}
}

// TestPaperCodeTwice: of two sessions that answer with the same paper code at the same moment one
// is let in.
func TestPaperCodeTwice(t *testing.T) {
	t.Parallel()
	for kind, open := range contests() {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			var people []person
			var table strings.Builder
			codes := map[string]string{}
			for i := range rounds {
				p := person{name: fmt.Sprintf("user%03d", i),
					secret: mobile.secret(i), pin: "Pin-crowd"}
				line, own := onPaper(t, 1, 2, p.name)
				people, codes[p.name] = append(people, p), p.pin+own[1]
				table.WriteString(sections("", p) + line)
			}
			s := newSite(t, table.String(), people...)
			c := open(t, s)
			for _, p := range people {
				g := newGate(2)
				var got [2]int
				var sessions crew
				for i := range got {
					sessions.start(func() {
						got[i] = c.enter(i, p, codes[p.name], g)
					})
				}
				sessions.Wait()
				slices.Sort(got[:])
				if got != [2]int{0, int(pam.ErrAuth)} {
					t.Errorf("%s: codes %v, want one success and one refusal",
						p.name, got)
				}
			}
			if reasons := s.reasons(t, c.services...); reasons !=
				fmt.Sprint(map[string]int{"ok": rounds, "replay": rounds}) {
				t.Errorf("logged %v", reasons)
			}
		})
	}
}
