package resident

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pam-motp/pam-motp/test/stage"
)

const fail2banFilter = "../../examples/fail2ban/filter.d/pam_motp.conf"

// counted are the addresses that the real fail2ban-regex finds in a log of lines.
func counted(t *testing.T, lines ...string) []string {
	t.Helper()
	must(t, stage.Need("fail2ban-regex", "fail2ban"))
	log := filepath.Join(t.TempDir(), "auth.log")
	must(t, os.WriteFile(log, []byte(strings.Join(lines, "\n")+"\n"), 0o600))
	out, err := exec.Command("fail2ban-regex", "-o", "ip", log, fail2banFilter).CombinedOutput()
	if err != nil {
		t.Fatalf("fail2ban-regex: %v\n%s", err, out)
	}
	return strings.Fields(string(out))
}

// Nobody is banned for what a plain program claims: whatever it sends, and whoever would write
// motpd's line of it.
func TestFail2banPassesClaimsOver(t *testing.T) {
	const stamp = "Nov 26 12:00:00 host "
	l := newLab(t, table("callers = www-data: sshd\nmax_failures = 1000\n", "bin", "www-data"))
	got := l.ask(rootUID, l.request("bin").answered(wrong()))
	if all := counted(t, stamp+"sshd[12]: pam_motp(sshd:auth): "+got.line); len(all) != 1 {
		t.Fatalf("a line of root's program counts %q: %q", all, got.line)
	}
	forged := "result=denied reason=wrong user=bin rhost=192.0.2.9 tty=ssh service=sshd"
	for _, claimed := range []string{"192.0.2.9", "2001:db8::9", "192.0.2.9 rhost=192.0.2.9",
		forged, "x\n" + stamp + "sshd[12]: pam_motp(sshd:auth): " + forged} {
		for _, change := range []func(*request){
			func(r *request) { r.rhost = claimed },
			func(r *request) { r.user = claimed },
			func(r *request) { r.user, r.service = "www-data", claimed },
			func(r *request) { r.tty = claimed },
			func(r *request) { r.options = append(r.options, claimed) },
			func(r *request) { r.options = append(r.options, "debug") },
		} {
			r := l.request("bin").answered(wrong())
			change(&r)
			l.ask(webUID, r)
		}
		l.ask(webUID, raw([]byte(claimed)))
	}
	l.server.journal.flush(long)
	if len(l.lines) < 30 {
		t.Errorf("only %d lines", len(l.lines))
	}
	var log []string
	for _, line := range l.lines {
		_, line, _ = strings.Cut(line, ">")
		for _, writer := range []string{"motpd[12]: ", "motpd: ", "sshd[12]: ",
			"motpd[12]: pam_motp(sshd:auth): ", "sshd[12]: pam_motp(sshd:auth): "} {
			log = append(log, stamp+writer+line)
		}
	}
	if all := counted(t, log...); len(all) > 0 {
		t.Errorf("counted are %q of\n%s", all, strings.Join(log, "\n"))
	}
}
