package doctor

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// library is an ELF file that holds nothing but a note: as much as the doctor reads.
func library(version string) string {
	var note bytes.Buffer
	word := func(n int) { _ = binary.Write(&note, binary.NativeEndian, uint32(n)) }
	text := version + "\x00"
	word(5)
	word(len(text))
	word(1)
	note.WriteString("motp\x00\x00\x00\x00" + text)

	const names = "\x00.note.motp\x00.shstrtab\x00.note.go.buildid\x00"
	header := elf.Header64{
		Type: uint16(elf.ET_DYN), Machine: uint16(machines[runtime.GOARCH]), Version: 1,
		Ehsize: 64, Shentsize: 64, Shnum: 4, Shstrndx: 2,
	}
	copy(header.Ident[:], elf.ELFMAG)
	header.Ident[elf.EI_CLASS], header.Ident[elf.EI_VERSION] = byte(elf.ELFCLASS64), 1
	header.Ident[elf.EI_DATA] = byte(elf.ELFDATA2LSB)
	header.Shoff = uint64(64 + note.Len() + len(names))
	sections := []elf.Section64{
		{},
		{Name: 1, Type: uint32(elf.SHT_NOTE), Off: 64, Size: uint64(note.Len())},
		{
			Name: 12,
			Type: uint32(elf.SHT_STRTAB),
			Off:  uint64(64 + note.Len()),
			Size: uint64(len(names)),
		},
		{Name: 22, Type: uint32(elf.SHT_NOTE), Off: 64},
	}
	var file bytes.Buffer
	_ = binary.Write(&file, binary.NativeEndian, header)
	file.Write(note.Bytes())
	file.WriteString(names)
	_ = binary.Write(&file, binary.NativeEndian, sections)
	return file.String()
}

// thinLibrary is one that was built without Go.
var thinLibrary = strings.Replace(library("v1"), ".note.go.buildid", ".note.no.buildid", 1)

func TestModule(t *testing.T) {
	t.Parallel()
	const path = "/usr/lib/x86_64-linux-gnu/security/pam_motp.so"
	findAll(t, []sickness{
		{"missing", func(p *patient) {
			p.remove(path)
		}, []string{"error module " + path + ":0 is missing"}},
		{"another version", func(p *patient) {
			p.file(path, library("v2"), 0o644)
		}, []string{"warning module " + path +
			":0 is of version v2, and this command of v1"}},
		{"no version is no other", func(p *patient) {
			p.file(path, library(""), 0o644)
		}, nil},
		{"without Go", func(p *patient) {
			p.file(path, thinLibrary, 0o644)
		}, nil},
		{"without Go, and lines that motpd does not judge", func(p *patient) {
			p.file(path, thinLibrary, 0o644)
			p.change("/etc/pam.d/su", "pam_motp.so", "pam_motp.so motpd=never")
		}, []string{"error module /etc/pam.d/su:" + exampleLine("su", 0) +
			" the module is the one without Go"}},
		{"with Go, and lines that motpd does not judge", func(p *patient) {
			p.change("/etc/pam.d/su", "pam_motp.so", "pam_motp.so motpd=never")
		}, nil},
		{"no library", func(p *patient) {
			p.file(path, "<html>", 0o644)
		}, []string{"error module " + path +
			":0 is no library that this machine can load"}},
		{"another machine's", func(p *patient) {
			text := []byte(library("v1"))
			text[18] = byte(elf.EM_AVR)
			p.file(path, string(text), 0o644)
		}, []string{"error module " + path + ":0 it was built for EM_AVR"}},
		{"does not load", func(p *patient) {
			p.System.LoadModule = func(string) error {
				return errors.New("pam_setcred: Module is unknown")
			}
		}, []string{"error module " + path +
			":0 cannot be loaded: pam_setcred: Module is unknown"}},
		{"others can write it", func(p *patient) {
			p.file(path, library("v1"), 0o666)
		}, []string{"error module " + path + ":0 others than root can change it"}},
		{"others can write its folder", func(p *patient) {
			p.folder("/usr/lib/x86_64-linux-gnu/security", 0o777)
		},
			[]string{"error module /usr/lib/x86_64-linux-gnu/security:0 others than " +
				"root can change it"}},
		{"a neighbor is missing", func(p *patient) {
			p.file("/etc/pam.d/sudo",
				"auth requisite pam_motp.so\nauth optional pam_gone.so\n"+
					"-auth optional pam_gone.so\n@include common-account\n",
				0o644)
		}, []string{
			"error module /etc/pam.d/sudo:2 pam_gone.so is not among PAM's modules"}},
	})
}

func TestParseNote(t *testing.T) {
	t.Parallel()
	good := "\x05\x00\x00\x00\x03\x00\x00\x00\x01\x00\x00\x00motp\x00\x00\x00\x00v1\x00\x00"
	for _, c := range []struct{ name, note, want string }{
		{"good", good, "v1"},
		{"empty", "", ""},
		{"cut in the header", good[:7], ""},
		{"cut in the text", good[:21], ""},
		{"a text beyond all reason", strings.Replace(good, "\x03", "\xff", 1), ""},
	} {
		if got := parseNote([]byte(c.note), binary.LittleEndian); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// Load says that PAM cannot load what is no module.
func TestLoad(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "pam_motp.so")
	if err := os.WriteFile(path, []byte("nothing"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := Load(path); err == nil || !strings.Contains(err.Error(), "pam_setcred") {
		t.Errorf("Load of no module: %v", err)
	}
	if err := Load("pam_permit.so"); err != nil {
		t.Errorf("Load of a module: %v", err)
	}
}

func TestLoadInChild(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, script, want string }{
		{"loads", "exit 0", ""},
		{"says why not", "echo 'no such thing'; echo more; exit 1", "no such thing"},
		{"crashes", "kill -SEGV $$", "the program that loaded it ended with signal: " +
			"segmentation fault"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got := ""
			if err := LoadInChild("/bin/sh", "-c",
				c.script)("pam_motp.so"); err != nil {
				got = err.Error()
			}
			if !strings.HasPrefix(got, c.want) || (got == "") != (c.want == "") {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}
