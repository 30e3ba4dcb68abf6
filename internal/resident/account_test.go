package resident

import (
	"os"
	"strings"
	"testing"
)

// called has a program answer what its user's account is called, and returns motpd's last word, and
// how often it asked.
func (l *lab) called(uid int, own string, r request) (last reply, asked int) {
	l.Helper()
	c := l.dial(uid)
	defer c.close()
	c.hello()
	c.send(r.packet())
	for {
		b := c.receive()
		if b == nil || b[0] != 0x88 {
			return read(l.T, b), asked
		}
		if len(b) != 1 {
			l.Errorf("GET_ACCOUNT is % x", b)
		}
		asked++
		c.send(appendField([]byte{0x91, 0}, own))
	}
}

// Under names = account a program is asked what the account is called, unless its request says it,
// or motpd knows better: a plain program's own account is what the system says.
func TestWhoIsAskedForTheAccount(t *testing.T) {
	l := newLab(t, table("names = account\ncallers = www-data: sshd\n", "alice", "bin",
		"daemon"))
	for _, c := range []struct {
		what         string
		uid          int
		user, own    string
		carried      bool
		asked        int
		record, word string
	}{
		{"root's program", rootUID, "ALICE", "alice", false, 1, "alice", "wrong"},
		{"root's program, which has said it", rootUID, "ALICE", "alice", true, 0, "alice",
			"wrong"},
		{"root's program, of no account", rootUID, "alice", absentText, false, 1, "alice",
			"wrong"},
		{"root's program, of nobody", rootUID, "mallory", absentText, false, 1, "?",
			"unknown-user"},
		{"root's program, too long", rootUID, "alice", tooLongText, false, 1, "?",
			"account"},
		{"a program of one's own", daemonUID, "daemon", "alice", false, 0, "daemon",
			"wrong"},
		{"a program of one's own, which claims another", daemonUID, "daemon", "alice",
			true, 0, "daemon", "wrong"},
		{"a program that may ask", webUID, `EXAMPLE\bin`, "bin", false, 1, "bin", "wrong"},
	} {
		asked := l.request(c.user).answered(wrong())
		if c.carried {
			asked.account = c.own
		}
		code := map[string]int{"wrong": authErr, "account": unavailable,
			"unknown-user": userUnknown}[c.word]
		got, times := l.called(c.uid, c.own, asked)
		line := got.line
		if c.uid != rootUID {
			line = l.logged()
		}
		got.is(t, c.what, code, line, c.word)
		contains(t, line, " user="+c.record+" ")
		if times != c.asked {
			t.Errorf("%s: asked %d times, want %d", c.what, times, c.asked)
		}
	}
}

// Programs that have to ask a slow directory, however many, keep no thread, and nobody else.
func TestSlowDirectoriesKeepNoThread(t *testing.T) {
	const many = 60
	l := newLab(t, table("names = account\n", "alice", "bob"))
	before := threads(t)
	var all []*client
	for range many {
		c := l.dial(rootUID)
		defer c.close()
		c.hello()
		c.send(l.request("alice").answered(code(0)).packet())
		if asked := c.receive(); len(asked) != 1 || asked[0] != 0x88 {
			t.Fatalf("asked % x", asked)
		}
		all = append(all, c)
	}
	if now := threads(t); now-before > many/3 {
		t.Errorf("%d threads more for %d logins that wait", now-before, many)
	}
	got, _ := l.called(rootUID, "bob", l.request("BOB").answered(code(0)))
	got.is(t, "beside them", success, got.line, "ok")
	in := 0
	for _, c := range all {
		c.send(appendField([]byte{0x91, 0}, "alice"))
		if c.last().code == success {
			in++
		}
	}
	if in != 1 {
		t.Errorf("one code is good %d times", in)
	}
}

func threads(t *testing.T) int {
	t.Helper()
	tasks, err := os.ReadDir("/proc/self/task")
	must(t, err)
	return len(tasks)
}

// A program that takes too long is refused, and motpd says which, and what to look at: the program
// itself is busy, and may not hear of its verdict.
func TestDirectoryThatDoesNotAnswer(t *testing.T) {
	l := newLab(t, table("names = account\n", "alice"))
	c := l.dial(rootUID)
	c.hello()
	c.send(l.request("alice").answered(code(0)).packet())
	if asked := c.receive(); len(asked) != 1 || asked[0] != 0x88 {
		t.Fatalf("asked % x", asked)
	}
	got := c.last() // in talkWait
	got.is(t, "a slow directory", unavailable, got.line, "account")
	if line := l.logged(); !strings.Contains(line, "a login of user id 0, process ") ||
		!strings.Contains(line, "nsswitch.conf") {
		t.Errorf("logged %q", line)
	}
}
