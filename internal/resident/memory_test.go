package resident

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
)

// needle is a text that is nowhere yet, not even in this program, which motpd is a copy of.
func needle(what string) string {
	b := make([]byte, 8)
	_, _ = rand.Read(b)
	return what + "-" + hex.EncodeToString(b)
}

// holds is how often some texts stand in a process's memory.
func holds(t *testing.T, pid int, texts []string) map[string]int {
	t.Helper()
	maps, err := os.Open(fmt.Sprintf("/proc/%d/maps", pid))
	must(t, err)
	defer maps.Close()
	mem, err := os.Open(fmt.Sprintf("/proc/%d/mem", pid))
	must(t, err)
	defer mem.Close()
	found := make(map[string]int)
	read := 0
	for lines := bufio.NewScanner(maps); lines.Scan(); {
		var from, to uint64
		var mode string
		_, err := fmt.Sscanf(lines.Text(), "%x-%x %s", &from, &to, &mode)
		must(t, err)
		if !strings.HasPrefix(mode, "rw") || to-from > 64<<20 {
			continue // not to be written, or set aside by Go and not there
		}
		b := make([]byte, to-from)
		n, err := mem.ReadAt(b, int64(from))
		if err != nil && err != io.EOF {
			n = 0
		}
		read += n
		for _, text := range texts {
			found[text] += bytes.Count(b[:n], []byte(text))
		}
	}
	if read < 1<<20 {
		t.Fatalf("only %d bytes of its memory could be read", read)
	}
	return found
}

// What is typed into a login may be a password that was meant for something else: when motpd has
// answered, it is nowhere in its memory.
func TestNothingTypedIsLeftInMemory(t *testing.T) {
	s := newStand(t)
	must(t, os.WriteFile(s.site+"/security/motp.conf", []byte(
		table("self_service = yes\n", "alice", "daemon")), 0o600))
	p := s.start("--listen", s.dir)
	s.serves("at first")
	at := func(user string, options ...string) request {
		return request{service: "sshd", user: user, options: options}
	}
	limited := at("alice", "nodelay")
	type change func(packet []byte) []byte
	for what, c := range map[string]struct {
		uid     int
		request request
		packet  change // what is sent, if it is not the request
		answers bool   // it is what an earlier module left
	}{
		"a wrong answer":          {request: at("alice")},
		"of somebody unknown":     {request: at("mallory")},
		"left by an unknown user": {request: at("mallory", "nullok")},
		"an earlier password":     {request: at("alice", "use_first_pass"), answers: true},
		"a plain program's":       {uid: daemonUID, request: at("daemon")},
		"of one that may not":     {uid: daemonUID, request: limited},
		"with an option mistyped": {request: at("alice", "nullock")},
		"with a ticket not good":  {request: at("alice").with("ticket", "")},
		"a failed conversation":   {request: request{user: "alice", code: convErr}},
		"a packet that is cut": {request: at("alice"), packet: func(b []byte) []byte {
			return b[:len(b)-1]
		}},
		"a packet with more behind": {request: at("alice"), packet: func(b []byte) []byte {
			return append(b, 7)
		}},
		"another version": {request: at("alice"), packet: func(b []byte) []byte {
			b[1] = 2
			return b
		}},
	} {
		typed := needle("Typed")
		r := c.request
		if !c.answers {
			r.asked, r.answer = 1, typed
		}
		packet := r.packet()
		if c.packet != nil {
			packet = c.packet(packet)
		}
		s.exchange(c.uid, packet, typed)
		if n := holds(t, p.cmd.Process.Pid, []string{typed})[typed]; n > 0 {
			t.Errorf("%s: what was typed stands in motpd's memory, %d times", what, n)
		}
	}
	for what, packet := range map[string]string{
		"a PIN":       `{"verb":"pin","code":"CODE","pin":"PIN"}`,
		"a code":      `{"code":"CODE","verb":"sync"}`,
		"what is cut": `{"verb":"pin","code":"CODE","pin":"PIN"`,
		"a number":    `{"verb":"pin","pin":"PIN","code":"CODE","ticket":5}`,
	} {
		typed := []string{needle("Code"), needle("Pin")}
		packet = strings.NewReplacer("CODE", typed[0], "PIN", typed[1]).Replace(packet)
		s.exchange(daemonUID, []byte("\x93\x01"+packet), "")
		for text, n := range holds(t, p.cmd.Process.Pid, typed) {
			if n > 0 {
				t.Errorf("%s: %s stands in motpd's memory, %d times", what, text, n)
			}
		}
	}
	// what is there is found
	user := needle("user")
	c := s.try(rootUID)
	defer c.close()
	c.send(at(user).answered(wrong()).packet())
	c.last()
	if holds(t, p.cmd.Process.Pid, []string{user})[user] == 0 {
		t.Error("a name that was logged is not found: is it looked for?")
	}
}

// exchange sends a packet and answers what is asked, until motpd has ended the connection.
func (s *stand) exchange(uid int, packet []byte, earlier string) {
	s.Helper()
	c := s.try(uid)
	defer c.close()
	c.send(packet)
	for b := c.receive(); b != nil; b = c.receive() {
		switch b[0] {
		case 0x83:
			c.send(appendField([]byte{0x91, 0}, earlier))
		case 0x84:
			c.send([]byte{0x91, 0, 0xff, 0xff})
		}
	}
}
