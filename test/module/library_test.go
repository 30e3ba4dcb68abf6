package module

import (
	"debug/elf"
	"encoding/binary"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// openModule reads the built library as ELF.
func openModule(t *testing.T) *elf.File {
	t.Helper()
	f, err := elf.Open(modulePath())
	must(t, err)
	t.Cleanup(func() { f.Close() })
	return f
}

// TestExports: the library adds six names to its host's and no other.
func TestExports(t *testing.T) {
	t.Parallel()
	symbols, err := openModule(t).DynamicSymbols()
	must(t, err)
	var defined []string
	for _, s := range symbols {
		if s.Section != elf.SHN_UNDEF {
			defined = append(defined, s.Name)
		}
	}
	slices.Sort(defined)
	want := []string{"pam_sm_acct_mgmt", "pam_sm_authenticate", "pam_sm_chauthtok",
		"pam_sm_close_session", "pam_sm_open_session", "pam_sm_setcred"}
	if !slices.Equal(defined, want) {
		t.Errorf("exports %q, want %q", defined, want)
	}
}

// TestNeeds: the library brings nothing but libpam and libc into its host.
func TestNeeds(t *testing.T) {
	t.Parallel()
	libraries, err := openModule(t).ImportedLibraries()
	must(t, err)
	allowed := []string{"libpam.so.0", "libc.so.6", "libpthread.so.0"}
	for _, l := range libraries {
		if !slices.Contains(allowed, l) && !strings.HasPrefix(l, "ld-linux") {
			t.Errorf("needs %s", l)
		}
	}
	if !slices.Contains(libraries, "libpam.so.0") {
		t.Errorf("needs %q, libpam is missing: a host that loads it out of sight of "+
			"modules would fail", libraries)
	}
}

// TestLoadsLittle: packages that only the command needs stay out of the module, where each login
// would wait for their start. ini.v1 brings fmt; nothing else may come with it.
func TestLoadsLittle(t *testing.T) {
	t.Parallel()
	cmd := exec.Command("go", "list", "-deps", "./pam")
	cmd.Dir = repository()
	out, err := cmd.Output()
	must(t, err)
	packages := strings.Fields(string(out))
	if !slices.Contains(packages, "github.com/pam-motp/pam-motp/pam/login") {
		t.Fatalf("these are not the module's packages: %q", packages)
	}
	for _, unwanted := range []string{"log", "flag", "net", "os/exec", "text/template",
		"encoding/json", "golang.org/x/term", "github.com/spf13/cobra"} {
		if slices.Contains(packages, unwanted) {
			t.Errorf("the module loads %s", unwanted)
		}
	}
}

// TestHardening: relocations are read-only once the library is loaded, and neither stack nor text
// can be both written and run.
func TestHardening(t *testing.T) {
	t.Parallel()
	f := openModule(t)
	var relro, stack bool
	for _, p := range f.Progs {
		switch p.Type {
		case elf.PT_GNU_RELRO:
			relro = true
		case elf.PT_GNU_STACK:
			stack = true
			if p.Flags&elf.PF_X != 0 {
				t.Error("the stack is executable")
			}
		case elf.PT_LOAD:
			if p.Flags&elf.PF_W != 0 && p.Flags&elf.PF_X != 0 {
				t.Errorf("a segment at %#x can be written and run", p.Vaddr)
			}
		}
	}
	if !relro || !stack {
		t.Errorf("RELRO %t, GNU_STACK %t", relro, stack)
	}
	if flags := dynamic(t, f, elf.DT_FLAGS); flags&uint64(elf.DF_BIND_NOW) == 0 &&
		dynamic(t, f, elf.DT_FLAGS_1)&uint64(elf.DF_1_NOW) == 0 {
		t.Errorf("not bound at load: DT_FLAGS %#x", flags)
	}
	if values, err := f.DynValue(elf.DT_TEXTREL); err != nil || len(values) != 0 ||
		dynamic(t, f, elf.DT_FLAGS)&uint64(elf.DF_TEXTREL) != 0 {
		t.Errorf("relocations in the text: %v, %v", values, err)
	}
	imported, err := f.ImportedSymbols()
	must(t, err)
	var names []string
	for _, s := range imported {
		names = append(names, s.Name)
	}
	if !slices.Contains(names, "__stack_chk_fail") {
		t.Error("built without the stack protector")
	}
}

// dynamic is the value of an entry that stands at most once, 0 if it does not.
func dynamic(t *testing.T, f *elf.File, tag elf.DynTag) uint64 {
	t.Helper()
	values, err := f.DynValue(tag)
	must(t, err)
	if len(values) == 0 {
		return 0
	}
	return values[0]
}

// relativeType is that of the relocations that add the library's address to a number.
func relativeType(f *elf.File) uint32 {
	if f.Machine == elf.EM_AARCH64 {
		return uint32(elf.R_AARCH64_RELATIVE)
	}
	return uint32(elf.R_X86_64_RELATIVE)
}

// pointers returns what the loader writes into the words of a section: the addends of its relative
// relocations.
func pointers(t *testing.T, f *elf.File, section *elf.Section) []uint64 {
	t.Helper()
	rela := f.Section(".rela.dyn")
	if rela == nil {
		t.Fatal("no .rela.dyn")
	}
	data, err := rela.Data()
	must(t, err)
	relative := relativeType(f)
	var found []uint64
	for ; len(data) >= 24; data = data[24:] {
		offset, info, addend := binary.LittleEndian.Uint64(data),
			binary.LittleEndian.Uint64(data[8:]), binary.LittleEndian.Uint64(data[16:])
		if offset < section.Addr || offset >= section.Addr+section.Size {
			continue
		}
		if uint32(info) != relative {
			t.Errorf("a relocation of type %d in %s", uint32(info), section.Name)
		}
		found = append(found, addend)
	}
	if uint64(len(found)) != section.Size/8 {
		t.Errorf("%d pointers in %s of %d bytes", len(found), section.Name, section.Size)
	}
	return found
}

// TestNoGoAtLoad: what the loader runs holds no entry of Go's; Go's own is kept where only the
// worker calls it.
func TestNoGoAtLoad(t *testing.T) {
	t.Parallel()
	f := openModule(t)
	kept := f.Section(".motp_go_init")
	if kept == nil || kept.Size == 0 {
		t.Fatal("no section .motp_go_init: Go's initializer is not kept apart")
	}
	goEntries := pointers(t, f, kept)
	if len(goEntries) == 0 {
		t.Fatal("Go's initializer is nowhere")
	}
	array := f.Section(".init_array")
	if array == nil || dynamic(t, f, elf.DT_INIT_ARRAY) != array.Addr ||
		dynamic(t, f, elf.DT_INIT_ARRAYSZ) != array.Size {
		t.Fatalf("the loader's DT_INIT_ARRAY is %#x, %d bytes, and not the section %+v",
			dynamic(t, f, elf.DT_INIT_ARRAY), dynamic(t, f, elf.DT_INIT_ARRAYSZ), array)
	}
	run := pointers(t, f, array)
	for _, entry := range goEntries {
		if slices.Contains(run, entry) {
			t.Errorf("the loader runs Go's initializer at %#x", entry)
		}
	}
	// Compilers put one function here, for their own frames. With more, see whose the others
	// are before allowing them.
	if len(run) > 1 {
		t.Errorf("the loader runs %d functions", len(run))
	}
	if symbols, err := f.Symbols(); err == nil {
		for _, s := range symbols {
			if strings.HasPrefix(s.Name, "_rt0_") && slices.Contains(run, s.Value) {
				t.Errorf("the loader runs %s", s.Name)
			}
		}
	}
}

// TestPlainBuild: a build that forgets the linker script gives no module, or one that never starts
// Go in its host and lets nobody in.
func TestPlainBuild(t *testing.T) {
	t.Parallel()
	plain := filepath.Join(t.TempDir(), "pam_motp.so")
	cmd := exec.Command("go", "build", "-trimpath", "-buildmode=c-shared", "-o", plain, "./pam")
	cmd.Dir = repository()
	if out, err := cmd.CombinedOutput(); err != nil {
		if !strings.Contains(string(out), "motp_go_init") {
			t.Errorf("the build failed, but not for want of the linker script:\n%s",
				out)
		}
		return
	}
	s := standard(t)
	service := s.only(t, plain+" nodelay conf="+s.conf+" state="+s.state)
	h := startHost(t, s)
	before := h.facts()
	h.start(s, service, "alice")
	h.same(before)
	if code := h.authenticate(giving(alice.code(0))); code == 0 {
		t.Error("a module that was built without the linker script lets people in")
	}
	h.end()
	h.same(before)
}
