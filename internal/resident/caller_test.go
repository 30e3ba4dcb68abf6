package resident

import (
	"os"
	"os/exec"
	"os/user"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// A plain program may ask about the account that it runs as, whatever it says of itself, and about
// others if the table grants it that, to the letter.
func TestWhomMayAProgramAskAbout(t *testing.T) {
	web := table("callers = www-data: apache2 httpd, nobody: sshd, bin: cron\n"+
		"max_failures = 100\n", "daemon", "bin", "root", "nobody", "www-data", "alice")
	l := newLab(t, web)
	for _, c := range []struct {
		uid           int
		user, service string
		reason        string
	}{
		{daemonUID, "daemon", "sshd", "wrong"},
		{daemonUID, "daemon", "", "wrong"},
		{daemonUID, "daemon", tooLongText, "wrong"},
		{daemonUID, "bin", "sshd", "caller"},
		{daemonUID, "root", "sshd", "caller"},
		{daemonUID, "mallory", "sshd", "caller"},
		{daemonUID, "Daemon", "sshd", "caller"},
		{daemonUID, "daemon ", "sshd", "caller"},
		{daemonUID, "daemon/tablet", "sshd", "caller"},
		{daemonUID, "", "sshd", "caller"},
		{daemonUID, absentText, "sshd", "caller"},
		{daemonUID, tooLongText, "sshd", "caller"},
		{daemonUID, "bin", "apache2", "caller"}, // www-data's
		{webUID, "bin", "apache2", "wrong"},
		{webUID, "root", "httpd", "wrong"},
		{webUID, "mallory", "apache2", "unknown-user"},
		{webUID, "www-data", "sshd", "wrong"},
		{webUID, "bin", "sshd", "caller"},
		{webUID, "bin", "cron", "caller"}, // bin's
		{webUID, "bin", "APACHE2", "caller"},
		{webUID, "bin", "apache2 ", "caller"},
		{webUID, "bin", "apache2 httpd", "caller"},
		{webUID, "bin", "", "caller"},
		{webUID, "bin", absentText, "caller"},
		{webUID, "bin", tooLongText, "caller"},
		{nobody, "nobody", "sshd", "caller"},
		{nobody, "bin", "sshd", "caller"},
		{strangeUID, "daemon", "sshd", "caller"},
		{strangeUID, "64117", "sshd", "caller"},
	} {
		asked := l.request(c.user)
		asked.service = c.service
		code := map[string]int{"wrong": authErr, "caller": unavailable,
			"unknown-user": userUnknown}[c.reason]
		for _, asked.account = range []string{"", c.user, "bin"} {
			got, line := l.ask(c.uid, asked.answered(wrong())), l.logged()
			got.is(t, c.user+" by "+who(c.uid), code, line, c.reason)
			if got.line != "" || strings.Contains(line, " rhost=") {
				t.Errorf("%q, %q", got.line, line)
			}
			contains(t, line, " caller="+who(c.uid)+" claimed_rhost=192.0.2.7 ")
		}
	}
}

// who is how the log shows an account.
func who(uid int) string {
	names := map[int]string{daemonUID: "daemon", binUID: "bin", webUID: "www-data",
		nobody: "65534", strangeUID: "64117", rootUID: "root"}
	return names[uid]
}

// Without a table that can be read, nobody is granted anything; a program's own account is then
// refused as in any login.
func TestGrantsNeedATable(t *testing.T) {
	l := newLab(t, table("callers = www-data: apache2\nwindow = soon\n", "bin", "www-data"))
	asked := l.request("bin").answered(code(0))
	asked.service = "apache2"
	got := l.ask(webUID, asked)
	got.is(t, "settings with a mistake", unavailable, l.logged(), "caller")
	asked.user = "www-data"
	got = l.ask(webUID, asked)
	got.is(t, "the own account", serviceErr, l.logged(), "bad-settings")
	must(t, os.Remove(l.dir+"/motp.conf"))
	asked.user = "bin"
	got = l.ask(webUID, asked)
	got.is(t, "no table", unavailable, l.logged(), "caller")
}

// Root's programs may ask about everybody, but on the socket that is theirs: who comes to the
// others' is one of them, whatever account it runs as.
func TestRootOnEitherSocket(t *testing.T) {
	l := newLab(t, table("", "daemon", "root"))
	got := l.ask(rootUID, l.request("daemon").answered(code(0)))
	got.is(t, "root's socket", success, got.line, "ok")
	l.nothingLogged()
	ask := func(user string) reply {
		c := connectTo(t, l.path(daemonUID), rootUID)
		defer c.close()
		c.hello()
		c.send(l.request(user).answered(code(1)).packet())
		return c.last()
	}
	got = ask("daemon")
	got.is(t, "the others' socket", unavailable, l.logged(), "caller")
	got = ask("root")
	got.is(t, "its own account", success, l.logged(), "ok")

	// and a plain program cannot come to root's, nor be taken for root's there
	var err error
	as(t, daemonUID, func() {
		err = unix.Connect(socket(t), &unix.SockaddrUnix{Name: l.path(rootUID)})
	})
	if err != unix.EACCES {
		t.Errorf("a plain program connects to root's socket: %v", err)
	}
	must(t, os.Chmod(l.path(rootUID), 0o666))
	if connectTo(t, l.path(rootUID), daemonUID).greeted() {
		t.Error("a plain program is greeted on root's socket")
	}
}

// A program in a user namespace of its own numbers accounts as it likes, and one that has ended
// cannot be looked at.
func TestWhoCannotBeLookedAt(t *testing.T) {
	l := newLab(t, table("", "daemon"))
	// a plain process first, so that what is refused below is not refused for the way of asking
	c, end := l.elsewhere(daemonUID, "stay")
	c.hello()
	c.send(l.request("daemon").answered(code(0)).packet())
	got := c.last()
	got.is(t, "a process", success, l.logged(), "ok")
	end()

	c, end = l.elsewhere(daemonUID, "stay", inUserNamespace(daemonUID))
	c.hello()
	c.send(l.request("daemon").answered(code(1)).packet())
	got = c.last()
	line := l.logged()
	got.is(t, "a user namespace", unavailable, line, "caller")
	contains(t, line, " caller=1 ", "namespace")
	end()

	c, end = l.elsewhere(daemonUID, "end")
	c.hello()
	c.send(l.request("daemon").answered(code(1)).packet())
	got = c.last()
	got.is(t, "a process that has ended", unavailable, l.logged(), "caller")
	end()
}

// inUserNamespace has a process be an account that is root in a user namespace of its own.
func inUserNamespace(uid int) func(*exec.Cmd) {
	return func(cmd *exec.Cmd) {
		if !namespaces() {
			cmd.Env = append(cmd.Environ(), pretended)
			return
		}
		cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWUSER,
			Credential:  &syscall.Credential{NoSetGroups: true},
			UidMappings: []syscall.SysProcIDMap{{HostID: uid, Size: 1}},
			GidMappings: []syscall.SysProcIDMap{{HostID: uid, Size: 1}}}
	}
}

// namespaces says whether the kernel makes user namespaces here: in a chroot it makes none.
var namespaces = sync.OnceValue(func() bool {
	cmd := exec.Command("/bin/true")
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWUSER}
	return cmd.Run() == nil
})

// pretended marks a process that is one in a namespace of its own as far as procfs goes.
const pretended = "MOTP_TEST_PRETENDED=1"

// pretend has procfs tell of a process what the kernel tells of one in a namespace.
func (l *lab) pretend(pid int) {
	l.Helper()
	if procfs == "/proc" {
		procfs = l.TempDir()
		l.Cleanup(func() { procfs = "/proc" })
		for _, own := range []string{"self", strconv.Itoa(os.Getpid())} {
			must(l.T, os.Symlink("/proc/"+own, procfs+"/"+own))
		}
	}
	must(l.T, os.Mkdir(procfs+"/"+strconv.Itoa(pid), 0o755))
	must(l.T, os.WriteFile(procfs+"/"+strconv.Itoa(pid)+"/uid_map",
		[]byte("         0     100000          1\n"), 0o644))
}

// The options of a program that is not root's can narrow what the table allows, and never widen
// it.
func TestOptionsThatWouldWiden(t *testing.T) {
	l := newLab(t, table("callers = www-data: sshd\nmax_failures = 3\nwindow = 1m\n"))
	elsewhere := l.dir + "/elsewhere.conf"
	must(t, os.WriteFile(elsewhere, []byte(table("", "bin")), 0o600))
	far := func(options ...string) request {
		return l.request("bin", append(options, "maxdiff=7200")...)
	}
	mobile := "type = motp\nsecret = 0123456789abcdef\npin = 1234\n"
	must(t, os.WriteFile(l.dir+"/motp.conf", []byte(
		"callers = www-data: sshd\nmax_failures = 3\nwindow = 1m\n[bin]\n"+mobile+
			"[daemon]\n"+mobile), 0o600))
	got := l.ask(webUID, far().answered(mobileCode(-10)))
	got.is(t, "maxdiff=", authErr, l.logged(), "wrong")
	got = l.ask(rootUID, far().answered(mobileCode(10)))
	got.is(t, "maxdiff= of root's program", success, got.line, "ok")
	got = l.ask(webUID, l.request("bin", "maxdiff=20").answered(mobileCode(-5)))
	if line := l.logged(); got.code != authErr {
		t.Errorf("a narrower window: %+v, %q", got, line)
	}

	for range 4 {
		got = l.ask(webUID, l.request("bin", "maxtries=1000").answered(wrong()))
		l.logged()
	}
	got = l.ask(webUID, l.request("bin", "maxtries=1000").answered("000009"))
	got.is(t, "maxtries=", authErr, l.logged(), "locked")
	got = l.ask(daemonUID, l.request("daemon", "maxtries=1").answered("000001"))
	got.is(t, "fewer tries", authErr, l.logged(), "wrong")
	got = l.ask(daemonUID, l.request("daemon", "maxtries=1").answered("000002"))
	got.is(t, "one try", authErr, l.logged(), "locked")

	for _, options := range [][]string{{"conf=" + elsewhere}, {"users=" + elsewhere},
		{"state=" + t.TempDir()}, {"cache=" + t.TempDir()},
		{"conf=/proc/self/environ"}, {"conf=" + l.dir + "/../" + l.dir + "/motp.conf"}} {
		got = l.ask(webUID, l.request("bin", options...).answered(code(0)))
		got.is(t, options[0], unavailable, l.logged(), "table")
		got = l.ask(rootUID, l.request("bin", options...).answered(code(0)))
		got.is(t, options[0]+" of root's program", unavailable, got.line, "table")
	}
}

// nullok is for who is in the table under no name, and for the spelling that the system knows best.
func TestNullOKOfPlainPrograms(t *testing.T) {
	l := newLab(t, table("callers = www-data: sshd\n", "bin"))
	nullok := l.request("bin", "nullok", "debug")
	got := l.talk(webUID, nullok.answered(wrong()))
	got.is(t, "a user", authErr, l.logged(), "wrong")
	nullok.user = "daemon"
	got = l.talk(daemonUID, nullok.answered(wrong()))
	line := l.logged()
	got.is(t, "nobody in the table", ignore, line, "unknown-user")
	contains(t, line, " user=? ") // whatever debug says
	nullok.user, nullok.account = "BIN", "BIN"
	got = l.talk(webUID, nullok.answered(wrong()))
	got.is(t, "another spelling", unavailable, l.logged(), "table")
	l.nothingLogged() // no line of debug's
	if u, err := user.LookupId("1"); err != nil || u.Username != "daemon" {
		t.Errorf("account 1 is %v, %v", u, err)
	}
}
