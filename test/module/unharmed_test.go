package module

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/msteinert/pam/v2"
	"github.com/pam-motp/pam-motp/test/stage"
	"golang.org/x/sys/unix"
)

// TestHostStaysAsItWas: loading the module, any outcome of a login and unloading leave no thread,
// signal, descriptor or child behind.
func TestHostStaysAsItWas(t *testing.T) {
	t.Parallel()
	s := standard(t)
	service, bad := s.service(t), s.service(t, "frobnicate")
	h := startHost(t, s, "GODEBUG=inittrace=1,gctrace=1,schedtrace=1", "GOMEMLIMIT=1",
		"GOTRACEBACK=crash", "GOGC=1", "GOMAXPROCS=64")
	before := h.facts()
	if before.threads != "1" || len(before.children) != 0 {
		t.Fatalf("the host began with %+v", before)
	}
	for _, c := range []struct {
		service, user, answer string
		code                  pam.Error
	}{
		{service, "alice", alice.code(0), success},
		{service, "alice", alice.wrong(0), pam.ErrAuth},
		{service, "mallory", "abcdef", pam.ErrUserUnknown},
		{bad, "alice", alice.code(1), pam.ErrService},
		{service, "alice", alice.code(1), success},
	} {
		h.start(s, c.service, c.user)
		loaded := h.facts()
		if loaded.threads != "1" || loaded.caught != before.caught ||
			len(loaded.children) != 0 {
			t.Errorf("loading the module made the host %+v, was %+v", loaded, before)
		}
		code := h.authenticate(func(int, string) string {
			if n := statusOf(t, h.pid)["Threads"]; n != "1" {
				t.Errorf("%s threads in the host while it prompts", n)
			}
			return answer(c.answer)
		})
		if code != int(c.code) {
			t.Errorf("%s: code %d, want %d", c.user, code, int(c.code))
		}
		h.end()
		h.same(before)
		s.logged(t, c.service, code, c.answer)
	}
}

// TestWorkerStandsAlone: the worker has none of the host's descriptors, signals or limits.
func TestWorkerStandsAlone(t *testing.T) {
	t.Parallel()
	s := standard(t)
	secret := filepath.Join(s.dir, "secret")
	must(t, os.WriteFile(secret, nil, 0o600))
	h := startHost(t, s)
	h.do("open %s", secret)
	h.do("block")
	before := h.facts()
	h.start(s, s.service(t), "alice")
	code := h.authenticate(func(int, string) string {
		worker := h.worker()
		status := statusOf(t, worker)
		if status["SigBlk"] != "0000000000000000" ||
			status["SigIgn"] != "0000000000000000" {
			t.Errorf("the worker blocks %s and ignores %s", status["SigBlk"],
				status["SigIgn"])
		}
		for _, fd := range descriptorsOf(t, worker) {
			if strings.Contains(fd, secret) || strings.Contains(fd, "pipe:") {
				t.Errorf("the worker has the host's descriptor %s", fd)
			}
		}
		// ^C at login's prompt must not end the worker, nor ^Z under su stop one that holds
		// a record.
		if session, err := unix.Getsid(worker); err != nil || session != worker {
			t.Errorf("the worker is in session %d, %v; a terminal reaches it unless "+
				"it leads its own, %d", session, err, worker)
		}
		limits, err := os.ReadFile(fmt.Sprintf("/proc/%d/limits", worker))
		if err != nil || !strings.Contains(string(limits),
			"Max core file size        0                    0 ") {
			t.Errorf("the worker may dump core: %v\n%s", err, limits)
		}
		return answer(alice.code(0))
	})
	if code != 0 {
		t.Errorf("code %d", code)
	}
	h.end()
	h.same(before)
}

// TestSIGCHLD: whatever a host does with SIGCHLD and its children, it still does after a login, and
// its own children are still its own.
func TestSIGCHLD(t *testing.T) {
	t.Parallel()
	for _, how := range []string{"default", "count", "reap", "ignore", "nowait"} {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			s := standard(t)
			service := s.service(t)
			h := startHost(t, s)
			h.do("sigchld %s", how)
			before := h.facts()
			for i := range int64(10) {
				if code := h.login(s, service, "alice", alice.code(i)); code != 0 {
					t.Errorf("login %d: code %d", i, code)
				}
				h.same(before)
			}
			if got := h.run("sigchld?", nil); !slices.Equal(got, []int{1, 0}) {
				t.Errorf("handler unchanged and calls: %v, want [1 0]", got)
			}
		})
	}
}

// TestOwnChildren: a child of the host's that ends during a login is not taken from it.
func TestOwnChildren(t *testing.T) {
	t.Parallel()
	s := standard(t)
	service := s.service(t)
	h := startHost(t, s)
	h.do("sigchld count")
	child := h.do("child")
	h.start(s, service, "alice")
	code := h.authenticate(func(int, string) string {
		kill(t, child, 15)
		return answer(alice.code(0))
	})
	h.end()
	if code != 0 {
		t.Errorf("code %d", code)
	}
	if status := h.do("wait %d", child); status != 15 {
		t.Errorf("waiting for the host's own child gives %d, want 15", status)
	}
}

// TestReaper: a host that waits for any child in a thread of its own may take the worker's status;
// the verdict does not come that way.
func TestReaper(t *testing.T) {
	t.Parallel()
	s := standard(t)
	service := s.service(t)
	h := startHost(t, s)
	h.do("reaper")
	for i := range int64(15) {
		if code := h.login(s, service, "alice", alice.code(i)); code != 0 {
			t.Errorf("login %d: code %d", i, code)
		}
	}
}

// TestForkInTheMiddle: sshd forks between pam_start and pam_authenticate.
func TestForkInTheMiddle(t *testing.T) {
	t.Parallel()
	s := standard(t)
	service := s.service(t)
	for i := range int64(10) {
		h := startHost(t, s)
		h.start(s, service, "alice")
		child := h.do("fork")
		if child == h.pid {
			t.Fatal("the host did not fork")
		}
		code := alice.code(i)
		if got := h.authenticate(giving(code)); got != 0 {
			t.Errorf("code %d in the child", got)
		}
		if got := h.authenticate(giving(code)); got != int(pam.ErrAuth) {
			t.Errorf("code %d for a used one", got)
		}
		h.end()
		h.stop()
	}
}

// TestForkBesideAnotherLogin: a host may fork just when another thread of it is at SIGCHLD, which
// the child must not wait for.
func TestForkBesideAnotherLogin(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "forked")
	if out, err := exec.Command("cc", "-std=gnu11", "-O1", "-Wall", "-Wextra", "-Werror", "-o",
		path, "testdata/forked.c", "../../pam/descriptor.c").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if out, err := exec.Command(path).CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// TestForkAfterLogin: su and login fork after authentication and go on with PAM in the child.
func TestForkAfterLogin(t *testing.T) {
	t.Parallel()
	s := standard(t)
	h := startHost(t, s)
	h.start(s, s.service(t), "alice")
	if code := h.authenticate(giving(alice.code(0))); code != 0 {
		t.Errorf("code %d", code)
	}
	h.do("fork")
	if code := h.do("setcred 2"); code != 0 {
		t.Errorf("setcred in the child: %d", code)
	}
	h.end()
}

// TestBusyHost: logins in a host whose other threads allocate and compute all the time, one after
// another and at once.
func TestBusyHost(t *testing.T) {
	t.Parallel()
	const logins = 12
	var people []person
	for i := range logins {
		people = append(people, person{name: fmt.Sprintf("user%d", i),
			secret: fmt.Sprintf("%016x", 0xfeed0000+i), pin: "Pin-busy"})
	}
	s := newSite(t, columns(people...), people...)
	service := s.service(t)
	h := startHost(t, s)
	h.do("sigchld count")
	h.do("busy 12")
	before := h.facts()
	for _, p := range people {
		if code := h.login(s, service, p.name, p.code(0)); code != 0 {
			t.Errorf("%s, one after another: code %d", p.name, code)
		}
	}
	h.same(before)
	for round := range int64(3) {
		h.send(fmt.Sprintf("parallel %s %s %d", s.pamd, service, logins))
		var lines []string
		for _, p := range people {
			lines = append(lines, fmt.Sprintf("%x %x", p.name, p.code(round+1)))
		}
		codes := h.run(strings.Join(lines, "\n"), nil)
		if !slices.Equal(codes, make([]int, logins)) {
			t.Errorf("at once: codes %v", codes)
		}
	}
	h.same(before)
	if got := h.run("sigchld?", nil); !slices.Equal(got, []int{1, 0}) {
		t.Errorf("handler unchanged and calls: %v, want [1 0]", got)
	}
}

// TestFewResources: a host that may hardly do anything is refused, or let in, and lives on. What a
// worker would need is nothing to a login through motpd.
func TestFewResources(t *testing.T) {
	t.Parallel()
	const unavailable = int(pam.ErrAuthinfoUnavail)
	for name, c := range map[string]struct {
		commands      []string
		worker, motpd []int
	}{
		// A plain user cannot read the table, and may ask motpd for nobody else; here it is
		// the host that matters.
		"plain user, no more processes": {[]string{"plain 64101", "limit nproc 1"},
			[]int{unavailable}, []int{unavailable}},
		"plain user": {[]string{"plain 64102"}, []int{unavailable},
			[]int{unavailable}},
		"setuid, no more processes": {[]string{"setuid 64103", "limit nproc 1"},
			[]int{unavailable}, []int{0}},
		// The worker is root's in every respect, so the caller's limit does not stop its
		// threads.
		"setuid, one more process": {[]string{"setuid 64104", "limit nproc 2"},
			[]int{0, unavailable}, []int{0}},
		// One is left, which libpam itself needs for its audit message.
		"no more descriptors": {[]string{"limit nofile 5"}, []int{unavailable},
			[]int{0, unavailable}},
		"no room for Go": {[]string{"limit as 67108864"}, []int{0, unavailable},
			[]int{0}},
		"no writing to files": {[]string{"limit fsize 0"}, []int{unavailable}, []int{0}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := standard(t)
			service := s.service(t)
			h := startHost(t, s)
			h.start(s, service, "alice")
			for _, command := range c.commands {
				h.do("%s", command)
			}
			before := h.facts()
			code := h.authenticate(giving(alice.code(0)))
			want := c.worker
			if judge == stage.ByMotpd {
				want = c.motpd
			}
			if !slices.Contains(want, code) {
				t.Errorf("code %d, want one of %v", code, want)
			}
			h.same(before)
			h.end()
			s.logged(t, service, code, alice.code(0))
		})
	}
}
