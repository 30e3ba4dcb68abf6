package module

import (
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/msteinert/pam/v2"
	"golang.org/x/sys/unix"
)

// TestMemoryLimits: where a host's memory is limited, and nobody may lift that, the log names the
// limit and what to do, and quotes what the worker said last. Root's worker lifts it.
func TestMemoryLimits(t *testing.T) {
	t.Parallel()
	for i, c := range []struct {
		who   string
		limit string
		bytes int
		name  string
	}{
		{"setuid", "as", 512 << 20, "RLIMIT_AS"},
		{"setuid", "as", 256 << 20, "RLIMIT_AS"},
		{"plain", "as", 512 << 20, "RLIMIT_AS"},
		{"plain", "as", 256 << 20, "RLIMIT_AS"},
		{"plain", "as", 100_000_000, "RLIMIT_AS"},
		{"plain", "data", 16 << 20, "RLIMIT_DATA"},
		{"setuid", "data", 64 << 20, "RLIMIT_DATA"},
	} {
		t.Run(fmt.Sprintf("%s, %s of %d", c.who, c.limit, c.bytes), func(t *testing.T) {
			t.Parallel()
			s := standard(t)
			service := s.service(t)
			h := startHost(t, s)
			h.start(s, service, "alice")
			h.do("%s %d", c.who, 64120+i)
			h.do("limit %s %d", c.limit, c.bytes)
			before := h.facts()
			if code := h.authenticate(giving(alice.code(0))); code !=
				int(pam.ErrAuthinfoUnavail) {
				t.Errorf("code %d", code)
			}
			h.same(before)
			h.end()
			r, _ := s.logged(t, service, int(pam.ErrAuthinfoUnavail), alice.code(0))
			detail := r.values["detail"]
			if r.reason() != "memory-limit" || !strings.Contains(detail,
				fmt.Sprintf("%d bytes of memory (%s)", c.bytes, c.name)) ||
				!strings.Contains(detail, "ulimit -v") ||
				!regexp.MustCompile(`; worker-(died|babbled)`).MatchString(detail) {
				t.Errorf("log %q", r.line)
			}
		})
	}
	t.Run("a worker that dies of something else", func(t *testing.T) {
		t.Parallel()
		s := standard(t)
		service := s.service(t)
		h := startHost(t, s)
		h.start(s, service, "alice")
		h.do("setuid 64119")
		h.do("limit as %d", 2<<30)
		code := h.authenticate(func(int, string) string {
			kill(t, h.worker(), unix.SIGKILL)
			return answer(alice.code(0))
		})
		h.end()
		r, _ := s.logged(t, service, code, alice.code(0))
		if code != int(pam.ErrAuthinfoUnavail) || r.reason() != "worker-died" {
			t.Errorf("code %d, log %q", code, r.line)
		}
	})
	t.Run("root", func(t *testing.T) {
		t.Parallel()
		s := standard(t)
		service := s.service(t)
		h := startHost(t, s)
		h.start(s, service, "alice")
		h.do("limit as %d", 256<<20)
		h.do("limit data %d", 16<<20)
		want, reason := success, "ok"
		if !mayLiftLimits(t) { // a container's root
			want, reason = pam.ErrAuthinfoUnavail, "memory-limit"
		}
		if code := h.authenticate(giving(alice.code(0))); code != int(want) {
			t.Errorf("code %d, want %d", code, want)
		}
		h.end()
		if r, _ := s.logged(t, service, int(want)); r.reason() != reason {
			t.Errorf("log %q, want %s", r.line, reason)
		}
	})
}

// mayLiftLimits says whether root here is one who may raise hard limits: CAP_SYS_RESOURCE.
func mayLiftLimits(t *testing.T) bool {
	t.Helper()
	status, err := os.ReadFile("/proc/self/status")
	must(t, err)
	m := regexp.MustCompile(`(?m)^CapEff:\s*([0-9a-f]+)$`).FindSubmatch(status)
	if m == nil {
		t.Fatalf("no CapEff in %q", status)
	}
	caps, err := strconv.ParseUint(string(m[1]), 16, 64)
	must(t, err)
	return caps&(1<<unix.CAP_SYS_RESOURCE) != 0
}
