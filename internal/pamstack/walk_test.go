package pamstack

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// Each case is the auth lines of a service, without the word, and the ways in: what the module
// answered, a colon, what is needed besides.
func TestWays(t *testing.T) {
	t.Parallel()
	const common = `
		[success=1 default=ignore] pam_unix.so nullok
		requisite pam_deny.so
		required pam_permit.so
		optional pam_cap.so`
	for _, c := range []struct {
		name, lines string
		want        []string
	}{
		{"a code", "requisite pam_motp.so", []string{"success:"}},
		{"a code, then modules without a say",
			"requisite pam_motp.so\noptional pam_group.so\nrequired pam_permit.so",
			[]string{"success:"}},
		{"a password and a code", common + "\nrequisite pam_motp.so",
			[]string{"success:pam_unix"}},
		{"a code and a password", "required pam_motp.so" + common,
			[]string{"success:pam_unix"}},
		{"root without", "sufficient pam_rootok.so\nrequisite pam_motp.so",
			[]string{":pam_rootok", "success:"}},
		{"a code or a password", "sufficient pam_motp.so" + common, []string{
			"success:", "auth_err:pam_unix", "user_unknown:pam_unix",
			"authinfo_unavail:pam_unix", "service_err:pam_unix", "conv_err:pam_unix",
			"module_unknown:pam_unix",
		}},
		{"sufficient, and nothing after it",
			"sufficient pam_motp.so\noptional pam_group.so", []string{"success:"}},
		{"sufficient, and a module after it that agrees with anyone",
			"sufficient pam_motp.so\noptional pam_cap.so", everyFailure("")},
		{"sufficient, and denied after it", "sufficient pam_motp.so\nrequired pam_deny.so",
			[]string{"success:"}},
		{"optional alone", "optional pam_motp.so", []string{"success:"}},
		{"optional, after a password", "required pam_unix.so\noptional pam_motp.so",
			everyFailure("pam_unix")},
		{"ignored failures", "required pam_permit.so\n" +
			"[success=ok default=ignore] pam_motp.so", everyFailure("")},
		{"only who is not in the table",
			"required pam_unix.so\n[success=ok user_unknown=ignore default=die] " +
				"pam_motp.so",
			[]string{"success:pam_unix", "user_unknown:pam_unix"}},
		{"nullok with a password", "required pam_unix.so\nrequisite pam_motp.so nullok",
			[]string{"success:pam_unix", "ignore:pam_unix"}},
		{"nullok alone", "requisite pam_motp.so nullok", []string{"success:"}},
		{"nullok and nothing else that has a say",
			"requisite pam_motp.so nullok\nrequired pam_permit.so",
			[]string{"success:", "ignore:"}},
		{"jumped over by a password",
			"[success=1 default=ignore] pam_unix.so\nrequisite pam_motp.so\n" +
				"required pam_permit.so", []string{":pam_unix", "success:"}},
		{"a jump beyond the end", "[success=2 default=ignore] pam_motp.so\n" +
			"requisite pam_deny.so", nil},
		{"a jump to where nobody agrees",
			"[success=1 default=ignore] pam_motp.so\nrequisite pam_deny.so", nil},
		{"a jump to where somebody does",
			"[success=1 default=ignore] pam_motp.so\nrequisite pam_deny.so\n" +
				"required pam_permit.so", []string{"success:"}},
		{"exempted by a condition", "required pam_unix.so\n" +
			"[success=1 default=ignore] pam_succeed_if.so quiet user ingroup nocode\n" +
			"requisite pam_motp.so",
			[]string{":pam_unix pam_succeed_if",
				"success:pam_unix not pam_succeed_if"}},
		{"a condition alone", "sufficient pam_access.so\nrequisite pam_motp.so",
			[]string{":pam_access", "success:not pam_access"}},
		{"a condition that must not hold",
			"[success=ignore default=1] pam_succeed_if.so user ingroup code\n" +
				"requisite pam_motp.so\nrequired pam_permit.so",
			[]string{":not pam_succeed_if", "success:pam_succeed_if"}},
		{"a condition that does not matter",
			"optional pam_succeed_if.so user ingroup x\nrequisite pam_motp.so",
			[]string{"success:"}},
		{"denied afterwards", "requisite pam_motp.so\nrequired pam_deny.so", nil},
		{"let in before", "sufficient pam_permit.so\nrequisite pam_motp.so", []string{":"}},
		{"a module that nobody knows", "sufficient pam_house.so\nrequisite pam_motp.so",
			[]string{":pam_house", "success:"}},
		{"accepted, and then refused where that does not matter",
			"required pam_motp.so\noptional pam_motp.so", []string{"success:"}},
		{"a path", "requisite /opt/pam_motp.so", []string{"success:"}},
		{"a control that does not exist", "requird pam_motp.so", nil},
		{"a substack that is done", "substack inner\nrequired pam_permit.so",
			[]string{":"}},
		{"RHEL's password-auth above it", `required pam_env.so
			required pam_faildelay.so delay=2000000
			[default=1 ignore=ignore success=ok] pam_usertype.so isregular
			[default=1 ignore=ignore success=ok] pam_localuser.so
			sufficient pam_unix.so nullok
			[default=1 ignore=ignore success=ok] pam_usertype.so isregular
			sufficient pam_sss.so forward_pass
			required pam_motp.so`,
			[]string{":not pam_usertype pam_unix", ":pam_localuser pam_unix",
				":pam_usertype pam_sss", ":pam_unix pam_sss", "success:"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			service := readLines(t, c.lines)
			s, own := service.Stack("auth")
			if !own {
				t.Fatal("no stack")
			}
			ways, err := s.Ways("pam_motp")
			must(t, err)
			var got []string
			for _, w := range ways {
				got = append(got,
					fmt.Sprintf("%s:%s", w.Code, strings.Join(w.Needs, " ")))
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("ways in:\n%q, want\n%q", got, c.want)
			}
		})
	}
}

// everyFailure of the module lets in, with this besides.
func everyFailure(needs string) []string {
	all := []string{"success:" + needs}
	for _, f := range failures {
		all = append(all, string(f)+":"+needs)
	}
	return all
}

func readLines(t *testing.T, lines string) *Service {
	t.Helper()
	folder := filepath.Join(t.TempDir(), "etc/pam.d")
	must(t, os.MkdirAll(folder, 0o755))
	var b strings.Builder
	for l := range strings.Lines(lines) {
		if l = strings.TrimSpace(l); l != "" {
			b.WriteString("auth " + l + "\n")
		}
	}
	write(t, folder, "service", b.String())
	write(t, folder, "inner", "auth [success=done default=ignore] pam_permit.so\n"+
		"auth required pam_motp.so\n")
	service, err := Read(filepath.Dir(filepath.Dir(folder)), "service")
	must(t, err)
	return service
}
