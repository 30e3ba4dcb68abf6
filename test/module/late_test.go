package module

import (
	"bytes"
	"cmp"
	"debug/elf"
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/msteinert/pam/v2"
	"golang.org/x/sys/unix"
)

// relocations reads a part of .rela.dyn, by its addresses.
func relocations(t *testing.T, f *elf.File, start, end uint64) []elf.Rela64 {
	t.Helper()
	s := f.Section(".rela.dyn")
	if s == nil || start < s.Addr || end > s.Addr+s.Size || start > end {
		t.Fatalf("%#x to %#x is no part of .rela.dyn, %+v", start, end, s)
	}
	data, err := s.Data()
	must(t, err)
	list := make([]elf.Rela64, (end-start)/24)
	must(t, binary.Read(bytes.NewReader(data[start-s.Addr:end-s.Addr]), f.ByteOrder, list))
	return list
}

// loaders are the relocations that the loader does, but for those of calls.
func loaders(t *testing.T, f *elf.File) []elf.Rela64 {
	t.Helper()
	start := dynamic(t, f, elf.DT_RELA)
	return relocations(t, f, start, start+dynamic(t, f, elf.DT_RELASZ))
}

// workers are the relocations that are left to the worker.
func workers(t *testing.T, f *elf.File) []elf.Rela64 {
	t.Helper()
	s := f.Section(".motp_late")
	if s == nil || s.Size != 16 {
		t.Fatalf("the section .motp_late is %+v", s)
	}
	data, err := s.Data()
	must(t, err)
	start, end := f.ByteOrder.Uint64(data), f.ByteOrder.Uint64(data[8:])
	if start == 0 && end == 0 {
		return nil
	}
	return relocations(t, f, start, end)
}

// inGoData says whether a relocation is in what pam/late.ld sets apart.
func inGoData(t *testing.T, f *elf.File, r elf.Rela64) bool {
	t.Helper()
	for _, name := range []string{".motp_go_relro", ".motp_go_data"} {
		s := f.Section(name)
		if s == nil || s.Size == 0 {
			t.Fatalf("no section %s: is pam/late.ld out of date?", name)
		}
		if r.Off >= s.Addr && r.Off < s.Addr+s.Size {
			return true
		}
	}
	return false
}

// TestGoLooksAtSignalsItself: libc is not asked about each signal of each signal's mask as Go
// starts (pam/worker.c). Where a new Go or linker makes it so again, logins go on and cost more.
func TestGoLooksAtSignalsItself(t *testing.T) {
	t.Parallel()
	symbols, err := openModule(t).ImportedSymbols()
	must(t, err)
	for _, s := range symbols {
		if s.Name == "sigismember" {
			t.Error("runtime/cgo's x_cgo_sigaction is in the module")
		}
	}
}

// TestLateList: the loader relocates next to nothing, the worker all of Go's data, and together
// they do what the linker wrote. Where a new Go or linker breaks that, logins go on, and each host
// pays for it.
func TestLateList(t *testing.T) {
	t.Parallel()
	const most, least = 300, 5000
	f := openModule(t)
	if dynamic(t, f, elf.DynTag(36)) != 0 { // DT_RELR
		t.Error("the loader has a second list, DT_RELR")
	}
	now, later := loaders(t, f), workers(t, f)
	relative, leading := 0, uint64(0)
	for i, r := range now {
		if elf.R_TYPE64(r.Info) != relativeType(f) {
			continue
		}
		if relative++; i == int(leading) {
			leading++
		}
		if inGoData(t, f, r) {
			t.Errorf("the loader relocates Go's data at %#x", r.Off)
			break
		}
	}
	if relative > most {
		t.Errorf("the loader has %d relative relocations to do, of %d allowed", relative,
			most)
	}
	if count := dynamic(t, f, elf.DT_RELACOUNT); count != leading {
		t.Errorf("DT_RELACOUNT is %d, and the list begins with %d relative ones", count,
			leading)
	}
	if len(later) < least {
		t.Errorf("%d relocations are left to the worker, fewer than %d", len(later), least)
	}
	for _, r := range later {
		if elf.R_TYPE64(r.Info) != relativeType(f) || !inGoData(t, f, r) {
			t.Fatalf("left to the worker: %+v", r)
		}
	}
	linked, err := elf.Open(linkedPath())
	must(t, err)
	defer linked.Close()
	if n := len(workers(t, linked)); n != 0 {
		t.Errorf("as linked, the worker has %d relocations to do", n)
	}
	if !slices.Equal(sorted(slices.Concat(now, later)), sorted(loaders(t, linked))) {
		t.Errorf("%d and %d relocations are not the linker's %d", len(now), len(later),
			len(loaders(t, linked)))
	}
}

func sorted(list []elf.Rela64) []elf.Rela64 {
	slices.SortFunc(list, func(a, b elf.Rela64) int {
		return cmp.Compare(a.Off, b.Off)
	})
	return list
}

// TestLateOrNot: the library works as the linker made it, too, and after strip.
func TestLateOrNot(t *testing.T) {
	t.Parallel()
	stripped := filepath.Join(work, "stripped.so")
	if out, err := exec.Command("strip", "-o", stripped,
		modulePath()).CombinedOutput(); err != nil || len(out) != 0 {
		t.Errorf("strip: %v\n%s", err, out)
	}
	for _, library := range []string{linkedPath(), stripped} {
		s := standard(t)
		h := startHost(t, s)
		service := s.only(t, library+" nodelay conf="+s.conf+" state="+s.state)
		for i := range int64(2) {
			if code := h.login(s, service, "alice", alice.code(i)); code != 0 {
				t.Errorf("%s: code %d", filepath.Base(library), code)
			}
		}
	}
}

// TestLateTools: readelf, objdump, and ldd find nothing wrong with the library.
func TestLateTools(t *testing.T) {
	t.Parallel()
	for _, tool := range [][]string{{"readelf", "-aW"}, {"objdump", "-xRT"},
		{"ldd", "-r"}} {
		cmd := exec.Command(tool[0], append(tool[1:], modulePath())...)
		var said bytes.Buffer
		cmd.Stderr = &said
		if err := cmd.Run(); err != nil || said.Len() != 0 {
			t.Errorf("%q: %v\n%.1000s", tool, err, said.String())
		}
	}
}

// TestLateReadOnly: in the worker, Go's constant data is as read-only as the loader makes that of
// other libraries.
func TestLateReadOnly(t *testing.T) {
	t.Parallel()
	f := openModule(t)
	at := slices.IndexFunc(f.Progs, func(p *elf.Prog) bool {
		return p.Type == elf.PT_GNU_RELRO
	})
	if at < 0 {
		t.Fatal("no PT_GNU_RELRO")
	}
	page := uint64(os.Getpagesize())
	start := f.Progs[at].Vaddr &^ (page - 1)
	end := (f.Progs[at].Vaddr + f.Progs[at].Memsz) &^ (page - 1)
	if s := f.Section(".motp_go_relro"); s == nil || s.Addr < start || s.Addr+s.Size > end {
		t.Errorf("%#x to %#x is read-only, Go's data is %+v", start, end, s)
	}
	s := standard(t)
	h := startHost(t, s)
	h.start(s, s.service(t), "alice")
	code := h.authenticate(func(int, string) string {
		for _, pid := range []int{h.pid, h.worker()} {
			if got := readOnlyBytes(t, pid, start, end); got != end-start {
				t.Errorf("process %d (host %d): %#x bytes are read-only, not %#x",
					pid, h.pid, got, end-start)
			}
		}
		return answer(alice.code(0))
	})
	h.end()
	if code != 0 {
		t.Errorf("code %d", code)
	}
}

// TestLateOnce: a host has Go's constant data relocated for none but its workers: by its first one
// itself, then by the host, for all the others.
func TestLateOnce(t *testing.T) {
	t.Parallel()
	s := standard(t)
	service := s.service(t)
	h := startHost(t, s)
	for i := range int64(4) {
		h.start(s, service, "alice")
		code := h.authenticate(func(int, string) string {
			host := constants(t, h.pid, "Anonymous")
			worker := constants(t, h.worker(), "Private_Dirty")
			if own := i == 0; host < few == !own || worker < few == own {
				t.Errorf("login %d: the host has %d kB of its own, the worker %d",
					i, host, worker)
			}
			return answer(alice.code(i))
		})
		h.end()
		if code != 0 {
			t.Errorf("login %d: code %d", i, code)
		}
	}
}

// TestLateNever: a host whose logins motpd judges has no use for Go's data.
func TestLateNever(t *testing.T) {
	t.Parallel()
	s := standard(t)
	service := s.service(t)
	h := startHost(t, s)
	for i := range int64(3) {
		h.start(s, service, "alice")
		code := h.authenticate(func(int, string) string {
			if host := constants(t, h.pid, "Anonymous"); host >= few {
				t.Errorf("login %d: the host has %d kB of its own", i, host)
			}
			return answer(alice.code(i))
		})
		h.end()
		if code != 0 {
			t.Errorf("login %d: code %d", i, code)
		}
	}
}

// few kilobytes are the pages at either end, which the loader writes to; all are five times as
// much.
const few = 50

// constants is how many kilobytes of the module's constant data are such in a process: of the last
// part of it that can be read and no more.
func constants(t *testing.T, pid int, such string) (size int) {
	t.Helper()
	smaps, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps", pid))
	must(t, err)
	counts := false
	for line := range strings.Lines(string(smaps)) {
		if m := mapping.FindStringSubmatch(strings.TrimSuffix(line, "\n")); m != nil {
			counts = m[3] == "r--p" && m[4] == modulePath()
		}
		value, found := strings.CutPrefix(line, such+":")
		if counts && found {
			size, err = strconv.Atoi(strings.Fields(value)[0])
			must(t, err)
		}
	}
	return size
}

var mapping = regexp.MustCompile(`(?m)^([0-9a-f]+)-([0-9a-f]+) (\S{4}) .* (/\S+)$`)

// readOnlyBytes is how much of a part of the module a process can read and no more.
func readOnlyBytes(t *testing.T, pid int, start, end uint64) (bytes uint64) {
	t.Helper()
	maps, err := os.ReadFile(fmt.Sprintf("/proc/%d/maps", pid))
	must(t, err)
	base := uint64(0)
	for _, m := range mapping.FindAllStringSubmatch(string(maps), -1) {
		if m[4] != modulePath() {
			continue
		}
		from, err := strconv.ParseUint(m[1], 16, 64)
		must(t, err)
		to, err := strconv.ParseUint(m[2], 16, 64)
		must(t, err)
		if base == 0 {
			base = from
		}
		from, to = max(from-base, start), min(to-base, end)
		if m[3] == "r--p" && from < to {
			bytes += to - from
		}
	}
	return bytes
}

// TestLateRefused: where the worker may not make Go's data writable, or not read-only again, there
// is no login, and no Go.
func TestLateRefused(t *testing.T) {
	t.Parallel()
	for name, rights := range map[string]int{
		"writable":  unix.PROT_READ | unix.PROT_WRITE,
		"read-only": unix.PROT_READ,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := standard(t)
			state := s.snapshot(t)
			h := startHost(t, s, "LD_PRELOAD="+os.Getenv("LD_PRELOAD")+" "+refusePath(),
				fmt.Sprintf("MOTP_TEST_REFUSE=%d", rights))
			before := h.facts()
			service := s.service(t)
			h.start(s, service, "alice")
			code := h.authenticate(func(int, string) string {
				t.Error("there is a prompt")
				return answer(alice.code(0))
			})
			h.end()
			if code != int(pam.ErrAuthinfoUnavail) {
				t.Errorf("code %d, want %d", code, int(pam.ErrAuthinfoUnavail))
			}
			h.same(before)
			s.unchanged(t, state)
			if r, _ := s.logged(t, service, code); r.reason() != "worker-died" {
				t.Errorf("log %q, want reason worker-died", r.line)
			}
		})
	}
}
