package module

import (
	"bufio"
	"bytes"
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/pam-motp/pam-motp/test/stage"
)

// underEnv is a program to run C hosts under: valgrind, which ends with a status of its own when
// the host does not end clean.
const underEnv = "MOTP_TEST_HOST_UNDER"

// hostPatience is how long a host may live; it is there so that a hang fails its own test.
const hostPatience = 60 * time.Second

// host is a running testdata/host.
type host struct {
	t      *testing.T
	pid    int
	cmd    *exec.Cmd
	in     io.WriteCloser
	out    *bufio.Reader
	stderr bytes.Buffer
	ended  bool
}

// startHost starts a C host for logins at the site, with these variables in its environment. When
// the test ends the host must still be there, and have printed nothing.
func startHost(t *testing.T, s *site, env ...string) *host {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), hostPatience)
	words := append(strings.Fields(os.Getenv(underEnv)), hostPath())
	h := &host{t: t, cmd: exec.CommandContext(ctx, words[0], words[1:]...)}
	h.cmd.Env = append(os.Environ(), env...)
	h.cmd.Stderr = &h.stderr
	in, out := s.start(t, h.cmd)
	h.in, h.out = in, bufio.NewReaderSize(out, 1<<16)
	h.pid = h.cmd.Process.Pid
	h.do("sigchld default") // once it answers, it is what it will be
	t.Cleanup(func() {
		defer cancel()
		if !h.ended {
			h.stop()
		}
	})
	return h
}

// stop ends the host the normal way and checks that it was unharmed and silent.
func (h *host) stop() {
	h.t.Helper()
	h.ended = true
	h.in.Close()
	if err := h.cmd.Wait(); err != nil {
		h.t.Errorf("host: %v", err)
	}
	if h.stderr.Len() > 0 {
		h.t.Errorf("on the host's stderr: %.2000q", h.stderr.String())
	}
}

// reply answers a prompt: one of the lines that testdata/host understands.
type reply func(style int, text string) string

func answer(code string) string { return "answer " + hex.EncodeToString([]byte(code)) }

func giving(code string) reply { return func(int, string) string { return answer(code) } }

func (h *host) send(line string) {
	if _, err := io.WriteString(h.in, line+"\n"); err != nil {
		h.t.Errorf("host: %v", err)
	}
}

// run has the host obey a command and returns the numbers it answers, after its prompts have been
// replied to.
func (h *host) run(command string, reply reply) []int {
	h.t.Helper()
	h.send(command)
	for {
		line, err := h.out.ReadString('\n')
		if err != nil {
			h.t.Errorf("host, at %.80q: %v; stderr %.500q", command, err,
				h.stderr.String())
			return []int{-1}
		}
		word := strings.Fields(line)
		switch {
		case len(word) > 1 && word[0] == "ok":
			var numbers []int
			for _, w := range word[1:] {
				n, err := strconv.Atoi(w)
				if err != nil {
					h.t.Errorf("host said %.80q", line)
				}
				numbers = append(numbers, n)
			}
			return numbers
		case len(word) > 1 && word[0] == "prompt" && reply != nil:
			style, _ := strconv.Atoi(word[1])
			var text []byte
			if len(word) > 2 {
				text, _ = hex.DecodeString(word[2])
			}
			h.send(reply(style, string(text)))
		default:
			h.t.Errorf("host, at %.80q, said %.80q", command, line)
			return []int{-1}
		}
	}
}

// do is run for commands that answer one number and ask nothing.
func (h *host) do(format string, args ...any) int {
	h.t.Helper()
	return h.run(fmt.Sprintf(format, args...), nil)[0]
}

// start is pam_start with the site's services.
func (h *host) start(s *site, service, user string) {
	h.t.Helper()
	if code := h.do("start %s %s x%x", s.pamd, service, user); code != 0 {
		h.t.Errorf("pam_start: code %d", code)
	}
}

func (h *host) authenticate(reply reply) int {
	h.t.Helper()
	return h.run("auth 0", reply)[0]
}

func (h *host) end() {
	h.t.Helper()
	if code := h.do("end"); code != 0 {
		h.t.Errorf("pam_end: code %d", code)
	}
}

// login is a whole transaction.
func (h *host) login(s *site, service, user, code string) int {
	h.t.Helper()
	h.start(s, service, user)
	defer h.end()
	return h.authenticate(giving(code))
}

// facts is what a module could leave behind in a process.
type facts struct {
	threads, caught, ignored, blocked, umask string
	descriptors, children                    []string
}

var statusLine = regexp.MustCompile(`(?m)^(Threads|SigCgt|SigIgn|SigBlk|Umask):\s*(\S+)$`)

// facts looks at the host from outside.
func (h *host) facts() facts {
	h.t.Helper()
	values := statusOf(h.t, h.pid)
	f := facts{threads: values["Threads"], caught: values["SigCgt"], ignored: values["SigIgn"],
		blocked: values["SigBlk"], umask: values["Umask"]}
	f.descriptors = descriptorsOf(h.t, h.pid)
	children, err := stage.Children(h.pid)
	must(h.t, err)
	for _, pid := range children {
		f.children = append(f.children, strconv.Itoa(pid))
	}
	return f
}

func statusOf(t *testing.T, pid int) map[string]string {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Error(err)
	}
	values := map[string]string{}
	for _, m := range statusLine.FindAllStringSubmatch(string(status), -1) {
		values[m[1]] = m[2]
	}
	return values
}

// descriptorsOf lists a process's open files, by number and what they are.
func descriptorsOf(t *testing.T, pid int) []string {
	t.Helper()
	dir := fmt.Sprintf("/proc/%d/fd", pid)
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Error(err)
	}
	var open []string
	for _, e := range entries {
		to, err := os.Readlink(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Error(err)
		}
		open = append(open, e.Name()+" "+to)
	}
	slices.Sort(open)
	return open
}

// worker is the one child of a host that is at a prompt.
func (h *host) worker() int {
	h.t.Helper()
	children, err := stage.Children(h.pid)
	must(h.t, err)
	if len(children) != 1 {
		h.t.Errorf("children of the host at its prompt: %v, want one", children)
		return -1
	}
	return children[0]
}

// same fails the test if the host is not as it was.
func (h *host) same(before facts) {
	h.t.Helper()
	after := h.facts()
	if os.Getenv(underEnv) != "" {
		before.blocked, after.blocked = "", "" // valgrind blocks signals for itself
	}
	if fmt.Sprintf("%+v", after) != fmt.Sprintf("%+v", before) {
		h.t.Errorf("the host has changed:\n was %+v\n is  %+v", before, after)
	}
}
