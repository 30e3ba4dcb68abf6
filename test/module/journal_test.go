package module

import (
	"fmt"
	"net"
	"regexp"
	"strings"
	"sync"
	"testing"
)

// journal is the system log of this package's namespace.
var journal *collector

// collector keeps what is written to /dev/log, by PAM service. Each test has services of its own,
// so tests that run at once do not see each other's lines. What motpd has to say of no login is
// kept by its process.
type collector struct {
	mu    sync.Mutex
	lines map[string][]string
	marks map[string]chan struct{}
	next  int
}

// moduleLine is how pam_syslog begins a line: the module, the service, the management group.
var moduleLine = regexp.MustCompile(`(?s)pam_motp\(([^:()]*):(?:auth|chauthtok)\): (.*)$`)

// motpdLine is a line of motpd's own: about the login of a program that is not root's, or about
// nothing that should be in a test.
var (
	motpdLine    = regexp.MustCompile(`(?s)(motpd\[[0-9]+\]): (.*)$`)
	motpdService = regexp.MustCompile(`^result=.* service=([^ ]*)`)
)

func newCollector(conn *net.UnixConn) *collector {
	c := &collector{lines: map[string][]string{}, marks: map[string]chan struct{}{}}
	go func() {
		buf := make([]byte, 1<<18)
		for {
			n, err := conn.Read(buf)
			if err != nil {
				return
			}
			c.take(string(buf[:n]))
		}
	}()
	return c
}

func (c *collector) take(datagram string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if mark, ok := c.marks[datagram]; ok {
		close(mark)
		delete(c.marks, datagram)
		return
	}
	text := strings.TrimRight(datagram, "\x00\n")
	if m := moduleLine.FindStringSubmatch(text); m != nil {
		c.lines[m[1]] = append(c.lines[m[1]], m[2])
	} else if m := motpdLine.FindStringSubmatch(text); m != nil {
		about := m[1]
		if service := motpdService.FindStringSubmatch(m[2]); service != nil {
			about = service[1]
		}
		c.lines[about] = append(c.lines[about], m[2])
	}
}

// flush returns when everything that was logged before has been read: the socket keeps the order,
// so a mark of our own comes last.
func (c *collector) flush(t *testing.T) {
	t.Helper()
	c.mu.Lock()
	c.next++
	mark := fmt.Sprintf("mark %d", c.next)
	seen := make(chan struct{})
	c.marks[mark] = seen
	c.mu.Unlock()
	conn, err := net.Dial("unixgram", "/dev/log")
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.Write([]byte(mark)); err != nil {
		t.Fatal(err)
	}
	<-seen
}

// drain removes and returns the lines about a service, or those of one motpd about none.
func (c *collector) drain(t *testing.T, service string) []string {
	t.Helper()
	c.flush(t)
	c.mu.Lock()
	defer c.mu.Unlock()
	lines := c.lines[service]
	delete(c.lines, service)
	return lines
}

// pair is one key=value of a log line, its value with the quotes on if it had any.
type pair struct{ key, value string }

// onePair takes a pair from the front of a line: a bare value has no blank, quote or equals sign, a
// quoted one ends at the first quote that is not escaped.
var onePair = regexp.MustCompile(`^([a-z][a-z_-]*)=([^ "=]*|"(?:[^"\\]|\\.)*")(?: |$)`)

// parseLine reads a result line as a log watcher would, and reports whatever could mislead one.
func parseLine(line string) ([]pair, error) {
	for i := 0; i < len(line); i++ {
		if line[i] < ' ' || line[i] > '~' {
			return nil, fmt.Errorf("byte %#x at %d", line[i], i)
		}
	}
	var pairs []pair
	seen := map[string]bool{}
	for rest := line; rest != ""; {
		m := onePair.FindStringSubmatch(rest)
		if m == nil {
			return nil, fmt.Errorf("no key=value at %.60q", rest)
		}
		if seen[m[1]] {
			return nil, fmt.Errorf("%s= stands there twice", m[1])
		}
		seen[m[1]] = true
		pairs = append(pairs, pair{m[1], m[2]})
		rest = rest[len(m[0]):]
	}
	if len(pairs) < 2 || pairs[0].key != "result" || pairs[1].key != "reason" {
		return nil, fmt.Errorf("does not begin with result= and reason=")
	}
	return pairs, nil
}

// record is one result line.
type record struct {
	line   string
	values map[string]string
}

func (r record) result() string { return r.values["result"] }
func (r record) reason() string { return r.values["reason"] }

// records returns the result lines of a service, checked for form and for secrets. Other lines of
// the module are checked for secrets and counted.
func (c *collector) records(t *testing.T, service string,
	secrets []string) (results []record, others int) {
	t.Helper()
	for _, line := range c.drain(t, service) {
		for _, s := range secrets {
			if len(s) >= 4 && strings.Contains(strings.ToLower(line),
				strings.ToLower(s)) {
				t.Errorf("a log line holds %.40q: %.300q", s, line)
			}
		}
		if !strings.HasPrefix(line, "result=") || strings.HasPrefix(line, "result=debug ") {
			others++
			for i := 0; i < len(line); i++ {
				if line[i] < ' ' || line[i] > '~' {
					t.Errorf("a log line holds byte %#x: %.300q", line[i], line)
					break
				}
			}
			continue
		}
		pairs, err := parseLine(line)
		if err != nil {
			t.Errorf("log line %.300q: %v", line, err)
		}
		r := record{line, map[string]string{}}
		for _, p := range pairs {
			r.values[p.key] = p.value
		}
		results = append(results, r)
	}
	return results, others
}
