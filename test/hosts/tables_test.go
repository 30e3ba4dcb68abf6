package hosts

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/pam-motp/pam-motp/test/stage"
)

// The tables in examples/ let nobody in as they are, since everybody knows their secrets; without
// the comment marks they let in whom they name. bob's phone is five hours behind in one of them; in
// the other he has an app, and alice has a second token.
func TestExampleTables(t *testing.T) {
	t.Parallel()
	alice := &stage.Person{Name: "alice", Secret: "7ac61d4736f51a2b", PIN: "5555"}
	must(t, stage.Need("oathtool", "oathtool"))
	const hour = 360 // steps
	cases := []struct {
		file   string
		marks  []string // what is no comment without its mark
		behind int64    // bob's phone, in steps
	}{
		{"motp.conf", []string{";[alice]", ";secret", ";pin", ";offset", ";[bob]", ";type",
			";secret", ";pin", ";algorithm", ";digits", ";period",
			";[alice/tablet]", ";secret", ";pin"}, 0},
		{"motp.conf.table", []string{"#alice\t", "#bob\t"}, 5 * hour},
	}
	for _, c := range cases {
		t.Run(c.file, func(t *testing.T) {
			stage.Test(t, func(t *testing.T, m *stage.Machine) {
				tables := setUpSudo(t, m, "1")
				example, err := os.ReadFile(m.Path("examples", c.file))
				must(t, err)
				try := func(user, code string, in bool) {
					t.Helper()
					if got := sudo(t, m, user,
						answer{codePrompt, code}).in; got != in {
						t.Errorf("%s in: %t instead of %t", user, got, in)
					}
				}

				must(t, m.WriteTable(string(example)))
				try(alice.Name, alice.NewCode(), false)
				must(t, m.WriteTable(uncomment(t, string(example), c.marks)))
				try(alice.Name, alice.NewCode(), true)
				reasons := map[string][]string{"?": {"unknown-user"},
					alice.Name: {"ok"}}
				if c.behind == 0 {
					try("bob", "9173"+
						appCode(t, "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", 0,
							"--totp"), true)
					try(alice.Name,
						stage.Code(stage.Step(), "30edcc8edae50a60",
							"6161"), true)
					reasons["bob"] = []string{"ok"}
					reasons[alice.Name] = []string{"ok", "ok"}
				}
				if c.behind != 0 {
					try("bob", stage.Code(stage.Step()-c.behind,
						"0123456789abcdef", "1234"), true)
					reasons["bob"] = []string{"ok"}
				}
				tables.checkLog(t, m, "sudo", reasons)
			})
		})
	}
}

func uncomment(t *testing.T, text string, marks []string) string {
	t.Helper()
	lines := strings.Split(text, "\n")
	for _, mark := range marks {
		at := slices.IndexFunc(lines, func(line string) bool {
			return strings.HasPrefix(line, mark)
		})
		if at < 0 {
			t.Fatalf("no line begins with %q", mark)
		}
		lines[at] = lines[at][1:]
	}
	return strings.Join(lines, "\n")
}
