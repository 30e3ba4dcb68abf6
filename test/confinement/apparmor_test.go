package confinement

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/pam-motp/pam-motp/test/stage"
)

const appArmor = "../../packaging/apparmor"

// parse has AppArmor's compiler read a profile and what it includes, and returns the rules without
// comments. Nothing is loaded.
func parse(t *testing.T, profile string) (rules string) {
	t.Helper()
	must(t, stage.Need("apparmor_parser", "apparmor"))
	run := func(arguments ...string) string {
		cmd := exec.Command("apparmor_parser", append(arguments, "--skip-cache",
			"--Include="+appArmor, profile)...)
		var said strings.Builder
		cmd.Stderr = &said
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("apparmor_parser %s: %v\n%s", arguments, err, said.String())
		}
		return string(out)
	}
	run("--skip-kernel-load")
	return regexp.MustCompile(`(?m)^\s+|\s*#.*$`).ReplaceAllString(run("--preprocess"), "")
}

// holds says whether each of the rules is there, on a line of its own.
func holds(t *testing.T, rules string, wanted ...string) {
	t.Helper()
	for _, rule := range wanted {
		if !strings.Contains("\n"+rules, "\n"+rule+"\n") {
			t.Errorf("no rule %q", rule)
		}
	}
}

// TestAppArmorProfile: the compiler takes motpd's profile, which allows what motpd does, and takes
// away what the abstractions allow beyond that.
func TestAppArmorProfile(t *testing.T) {
	t.Parallel()
	rules := parse(t, filepath.Join(appArmor, "usr.sbin.motpd"))
	holds(t, rules, "deny capability,", "deny network inet,", "deny network inet6,",
		"deny network netlink,", "/etc/security/motp.conf rk,",
		"/etc/security/motp.conf.d/** rk,", "/var/lib/motp/** rwkl,",
		"@{run}/credentials/motpd.service/{,motp.keys} r,", "@{run}/motp/** rwk,",
		"@{PROC}/@{pids}/uid_map r,", "@{run}/systemd/notify w,")
	for _, allowed := range regexp.MustCompile(`(?m)^.*\bx,$|^[^d\n].*\bshadow\b.*$`).
		FindAllString(rules, -1) {
		t.Errorf("allowed: %s", allowed)
	}
}

// TestAppArmorHosts: a profile that lets its program log people in lets it ask motpd, and more
// where the administrator says so: each remark that is a rule is one for the compiler.
func TestAppArmorHosts(t *testing.T) {
	t.Parallel()
	const host = "abi <abi/3.0>,\ninclude <tunables/global>\n" +
		"profile host /usr/sbin/host {\ninclude <abstractions/authentication>\n"
	profile := filepath.Join(t.TempDir(), "host")
	must(t, os.WriteFile(profile, []byte(host+"}\n"), 0o644))
	holds(t, parse(t, profile), "@{run}/motp/root.sock rw,", "@{run}/motp/motpd.sock rw,")

	text, err := os.ReadFile(filepath.Join(appArmor, "abstractions/authentication.d/motp"))
	must(t, err)
	remark := regexp.MustCompile(`(?m)^# ((?:deny )?/\S+ [rwkl]+,)$`)
	optional := remark.FindAllSubmatch(text, -1)
	if len(optional) == 0 {
		t.Fatal("no rule is left to the administrator")
	}
	for _, rule := range optional {
		text := host + string(rule[1]) + "\n}\n"
		must(t, os.WriteFile(profile, []byte(text), 0o644))
		holds(t, parse(t, profile), string(rule[1]))
	}
}
