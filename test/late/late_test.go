// Package late tests packaging/late, which takes relocations off the loader, and pam/late.c, which
// does them, on a library without Go. What they do to the module is tested in test/module.
package late

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// command is packaging/late, built.
var command string

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	folder, err := os.MkdirTemp("", "motp-late")
	if err != nil {
		fmt.Fprintln(os.Stderr, "test/late:", err)
		return 1
	}
	defer os.RemoveAll(folder)
	command = filepath.Join(folder, "late")
	if out, err := exec.Command("go", "build", "-o", command,
		"../../packaging/late").CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "test/late: %v\n%s", err, out)
		return 1
	}
	return m.Run()
}

// build compiles testdata's library with pam/late.c, and links it with these flags more.
func build(t *testing.T, flags ...string) []byte {
	t.Helper()
	folder := t.TempDir()
	object, library := filepath.Join(folder, "go.o"), filepath.Join(folder, "library.so")
	cc(t, "-fPIC", "-c", "-o", object, "testdata/go.c")
	cc(t, append([]string{"-shared", "-fPIC", "-Wl,-z,relro,-z,now", "-o", library, object,
		"testdata/other.c", "../../pam/late.c"}, flags...)...)
	image, err := os.ReadFile(library)
	must(t, err)
	return image
}

// apart are the flags that set Go's data apart.
const apart = "-Wl,-T,../../pam/late.ld"

func cc(t *testing.T, args ...string) {
	t.Helper()
	args = append([]string{"-O1", "-Wall", "-Wextra", "-Werror"}, args...)
	if out, err := exec.Command("cc", args...).CombinedOutput(); err != nil {
		t.Fatalf("cc %q: %v\n%s", args, err, out)
	}
}

// late runs the command on a library. It returns the library that it writes, and what it says.
func late(t *testing.T, image []byte) (written []byte, said string) {
	t.Helper()
	folder := t.TempDir()
	from, to := filepath.Join(folder, "linked.so"), filepath.Join(folder, "library.so")
	must(t, os.WriteFile(from, image, 0o600))
	out, err := exec.Command(command, from, to).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	written, err = os.ReadFile(to)
	must(t, err)
	return written, string(out)
}

// moved is what late writes when it has nothing to say.
func moved(t *testing.T, image []byte) []byte {
	t.Helper()
	written, said := late(t, image)
	if said != "" {
		t.Errorf("said %q", said)
	}
	return written
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// TestMove: the loader leaves alone what late.c fills in, and does all else; as the linker made it,
// the loader does everything, and late.c nothing.
func TestMove(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	load := filepath.Join(folder, "load")
	cc(t, "-o", load, "testdata/load.c", "-ldl")
	image := build(t, apart)
	for name, c := range map[string]struct {
		image []byte
		want  string
	}{
		"as linked": {image, "before 1, relocated 0 0, after 1, others 1\n"},
		"moved":     {moved(t, image), "before 0, relocated 0 0, after 1, others 1\n"},
	} {
		library := filepath.Join(folder, name+".so")
		must(t, os.WriteFile(library, c.image, 0o700))
		out, err := exec.Command(load, library).CombinedOutput()
		if err != nil || string(out) != c.want {
			t.Errorf("%s: %v, %q, want %q", name, err, out, c.want)
		}
	}
}

// TestMachines: on the other machine the same is moved, by that one's type of relocation.
func TestMachines(t *testing.T) {
	t.Parallel()
	image := build(t, apart)
	here := moved(t, image)
	there := moved(t, other(t, image))
	if !bytes.Equal(there, other(t, here)) {
		t.Error("the same library for another machine is another one when it was moved")
	}
	if bytes.Equal(here, image) {
		t.Error("nothing was moved")
	}
}

// relative is the type of a relative relocation, by machine.
var relative = map[elf.Machine]uint32{
	elf.EM_X86_64:  uint32(elf.R_X86_64_RELATIVE),
	elf.EM_AARCH64: uint32(elf.R_AARCH64_RELATIVE),
}

// other makes a library for arm64 of one for x86-64, or the other way, as far as relative
// relocations go.
func other(t *testing.T, image []byte) []byte {
	t.Helper()
	f, err := elf.NewFile(bytes.NewReader(image))
	must(t, err)
	machine := elf.EM_AARCH64
	if f.Machine == machine {
		machine = elf.EM_X86_64
	}
	image = bytes.Clone(image)
	binary.LittleEndian.PutUint16(image[18:], uint16(machine)) // e_machine
	rela := f.Section(".rela.dyn")
	for at := rela.Offset; at < rela.Offset+rela.Size; at += 24 {
		kind := image[at+8:]
		if binary.LittleEndian.Uint32(kind) == relative[f.Machine] {
			binary.LittleEndian.PutUint32(kind, relative[machine])
		}
	}
	return image
}

// TestStaysAsLinked: what the command does not know is written as it was, and it says why.
func TestStaysAsLinked(t *testing.T) {
	t.Parallel()
	image := build(t, apart)
	for name, c := range map[string]struct {
		image []byte
		why   string
	}{
		"no ELF":          {make([]byte, 64), "bad magic number"},
		"another machine": {with(image, 18, byte(elf.EM_RISCV)), "not known for EM_RISCV"},
		"without late.ld": {build(t), "no section .motp_go_relro"},
		"moved already":   {moved(t, image), "is not .rela.dyn"},
		"packed by the linker": {build(t, apart, "-Wl,-z,pack-relative-relocs"),
			"Go data has no relocations"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			written, said := late(t, c.image)
			if !strings.Contains(said, c.why) || strings.Count(said, "\n") != 1 {
				t.Errorf("said %q, want one line with %q", said, c.why)
			}
			if !bytes.Equal(written, c.image) {
				t.Error("the library was changed")
			}
		})
	}
}

// with returns a copy with another byte.
func with(image []byte, at int, b byte) []byte {
	image = bytes.Clone(image)
	image[at] = b
	return image
}

// TestWrites: the library takes the place of the one that was there, for its owner to run, and
// nothing else is left; what cannot be written is an error.
func TestWrites(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	from, to := filepath.Join(t.TempDir(), "linked.so"), filepath.Join(folder, "library.so")
	must(t, os.WriteFile(from, build(t, apart), 0o600))
	must(t, os.WriteFile(to, nil, 0o600))
	must(t, exec.Command(command, from, to).Run())
	entries, err := os.ReadDir(folder)
	must(t, err)
	info, err := os.Stat(to)
	must(t, err)
	if len(entries) != 1 || info.Mode()&0o700 != 0o700 || info.Size() == 0 {
		t.Errorf("%v, %v with %d bytes", entries, info.Mode(), info.Size())
	}
	for _, args := range [][]string{
		{from, filepath.Join(folder, "none", "library.so")},
		{filepath.Join(folder, "none"), to},
		{from},
	} {
		if err := exec.Command(command, args...).Run(); err == nil {
			t.Errorf("%q is no error", args)
		}
	}
}
