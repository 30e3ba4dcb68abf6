// Command late takes the relocations of Go's data out of the loader's list: pam/late.c, which does
// them in the worker, says why. It reads the library that the linker made and writes the one to
// install:
//
//	late LINKED LIBRARY
//
// The list in .rela.dyn is put in another order, what the loader is to do first, and DT_RELASZ and
// DT_RELACOUNT end it there. Nothing is moved, added, or taken away besides. Where the linked
// library is not what this command knows, it says so and writes the library as it was linked: that
// one works, and costs its host more to load. A test in test/module then fails.
//
// It knows ELF alone: nothing of Go's data but the names of the sections that pam/late.ld gives it.
package main

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"slices"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: late LINKED LIBRARY")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "late:", err)
		os.Exit(1)
	}
}

func run(linked, library string) error {
	image, err := os.ReadFile(linked)
	if err != nil {
		return err
	}
	if moved, err := move(image); err != nil {
		fmt.Fprintf(os.Stderr, "late: %s stays as it was linked, and costs its host more "+
			"to load: %v\n", library, err)
	} else {
		image = moved
	}
	// A library in use is replaced in one step.
	if err := os.WriteFile(library+".new", image, 0o755); err != nil {
		return err
	}
	return os.Rename(library+".new", library)
}

// relative is the type of relocation that adds the library's address to a number, by machine.
var relative = map[elf.Machine]uint32{
	elf.EM_X86_64:  uint32(elf.R_X86_64_RELATIVE),
	elf.EM_AARCH64: uint32(elf.R_AARCH64_RELATIVE),
}

// goData are the sections with Go's data, by pam/late.ld.
var goData = []string{".motp_go_relro", ".motp_go_data"}

// listSection holds the addresses at which the list that is left to the worker starts and ends.
const listSection = ".motp_late"

// move returns a copy of the library whose loader leaves the relocations of Go's data alone.
func move(image []byte) ([]byte, error) {
	f, err := elf.NewFile(bytes.NewReader(image))
	if err != nil {
		return nil, err
	}
	kind, known := relative[f.Machine]
	if !known || f.Class != elf.ELFCLASS64 || f.Data != elf.ELFDATA2LSB {
		return nil, fmt.Errorf("late relocation is not known for %v", f.Machine)
	}
	for _, name := range append([]string{".rela.dyn", ".dynamic", listSection}, goData...) {
		if f.Section(name) == nil {
			return nil, fmt.Errorf("it has no section %s", name)
		}
	}
	image = bytes.Clone(image)
	rela := f.Section(".rela.dyn")
	list := make([]elf.Rela64, rela.Size/relaLen)
	if err := decode(image, rela, list); err != nil {
		return nil, err
	}
	now, later := split(f, list, kind)
	if len(later) == 0 {
		return nil, errors.New("its Go data has no relocations")
	}
	if err := encode(image, rela, append(now, later...)); err != nil {
		return nil, err
	}
	if err := shorten(image, f, now, kind); err != nil {
		return nil, err
	}
	end := rela.Addr + rela.Size
	return image, encode(image, f.Section(listSection),
		[2]uint64{end - uint64(len(later))*relaLen, end})
}

const relaLen = 24 // of an elf.Rela64

// decode reads a section of the file.
func decode(image []byte, s *elf.Section, into any) error {
	_, err := binary.Decode(image[s.Offset:s.Offset+s.Size], binary.LittleEndian, into)
	return err
}

// encode writes a whole section of the file.
func encode(image []byte, s *elf.Section, from any) error {
	if n := binary.Size(from); uint64(n) != s.Size {
		return fmt.Errorf("%s has %d bytes, not %d", s.Name, s.Size, n)
	}
	_, err := binary.Encode(image[s.Offset:], binary.LittleEndian, from)
	return err
}

// split tells the relocations that the loader is to do from those of Go's data. Both keep their
// order.
func split(f *elf.File, list []elf.Rela64, kind uint32) (now, later []elf.Rela64) {
	for _, r := range list {
		inGo := slices.ContainsFunc(goData, func(name string) bool {
			s := f.Section(name)
			return r.Off >= s.Addr && r.Off+8 <= s.Addr+s.Size
		})
		if inGo && elf.R_TYPE64(r.Info) == kind {
			later = append(later, r)
		} else {
			now = append(now, r)
		}
	}
	return now, later
}

// shorten tells the loader of the relocations that it is to do, and of no other. The relative ones
// are at their beginning, where the loader takes so many without a look at their type.
func shorten(image []byte, f *elf.File, now []elf.Rela64, kind uint32) error {
	rela, dynamic := f.Section(".rela.dyn"), f.Section(".dynamic")
	count := slices.IndexFunc(now, func(r elf.Rela64) bool {
		return elf.R_TYPE64(r.Info) != kind
	})
	if count < 0 {
		count = len(now)
	}
	entries := make([]elf.Dyn64, dynamic.Size/16)
	if err := decode(image, dynamic, entries); err != nil {
		return err
	}
	var start, size, relatives *uint64
	for i := range entries {
		switch value := &entries[i].Val; elf.DynTag(entries[i].Tag) {
		case elf.DT_RELA:
			start = value
		case elf.DT_RELASZ:
			size = value
		case elf.DT_RELACOUNT:
			relatives = value
		}
	}
	if start == nil || size == nil || relatives == nil {
		return errors.New("DT_RELA, DT_RELASZ, or DT_RELACOUNT is missing")
	}
	if *start != rela.Addr || *size != rela.Size {
		return fmt.Errorf("the loader's list, %d bytes at %#x, is not .rela.dyn, %d at %#x",
			*size, *start, rela.Size, rela.Addr)
	}
	*size, *relatives = uint64(len(now))*relaLen, uint64(count)
	return encode(image, dynamic, entries)
}
