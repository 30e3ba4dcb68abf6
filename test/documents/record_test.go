package documents

import (
	"bytes"
	"crypto/md5"
	"crypto/sha256"
	"encoding/binary"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/pam-motp/pam-motp/test/stage"
)

// layout returns the offsets and sizes that a table of docs/record.md gives its fields, by the
// first words of their description.
func layout(t *testing.T, heading string) func(field string) (offset, size int) {
	t.Helper()
	table := rows(section(t, "docs/record.md", heading))
	return func(field string) (offset, size int) {
		t.Helper()
		for _, row := range table {
			if len(row) == 3 && strings.HasPrefix(row[2], field) {
				offset, _ = strconv.Atoi(row[0])
				size, _ = strconv.Atoi(row[1])
				return offset, size
			}
		}
		t.Fatalf("%s of docs/record.md has no %q", heading, field)
		return 0, 0
	}
}

// number reads a field of the given bytes where docs/record.md says that it is.
func number(t *testing.T, b []byte, of func(string) (int, int), field string) int64 {
	t.Helper()
	offset, size := of(field)
	if size == 0 || offset+size > len(b) {
		t.Fatalf("%q is at %d with %d bytes, of %d", field, offset, size, len(b))
	}
	var wide [8]byte
	copy(wide[:], b[offset:offset+size])
	return int64(binary.LittleEndian.Uint64(wide[:]))
}

// recordOfALogin has the built command check a code of a new user, and returns the record it left.
func recordOfALogin(t *testing.T, secret string) []byte {
	t.Helper()
	must(t, stage.NeedBuilt(root, "motp"))
	folder := t.TempDir()
	state := filepath.Join(folder, "state")
	must(t, os.Mkdir(state, 0o700))
	motp := func(input string, arguments ...string) string {
		t.Helper()
		cmd := exec.Command(filepath.Join(root, "build/motp"), arguments...)
		cmd.Stdin = strings.NewReader(input)
		cmd.Args = append(cmd.Args,
			"--conf", filepath.Join(folder, "motp.conf"), "--state", state)
		output, err := cmd.Output()
		if err != nil {
			t.Fatalf("motp %q: %v", arguments, err)
		}
		return strings.TrimSpace(string(output))
	}
	motp("5917", "add", "alice", "--secret", secret, "--pin-stdin", "--no-check")
	code := motp("", "code", "--secret", secret, "--pin", "5917")
	motp(code, "verify", "alice", "--code-stdin")
	b, err := os.ReadFile(filepath.Join(state, "alice"))
	must(t, err)
	return b
}

// newest returns the bytes of the record in force: whoever reads a file as docs/record.md says
// finds it.
func newest(t *testing.T, file []byte) (content []byte) {
	t.Helper()
	head := layout(t, "## The file")
	if len(file) != 4*1024 {
		t.Fatalf("the file has %d bytes", len(file))
	}
	highest := int64(0)
	for at := 0; at < len(file); at += 1024 {
		image := file[at : at+1024]
		sum, size := head("checksum")
		h := md5.New()
		h.Write([]byte("alice"))
		h.Write(image[:sum])
		h.Write(image[sum+size:])
		if string(image[:5]) != "motp\x02" ||
			!bytes.Equal(h.Sum(nil)[:size], image[sum:sum+size]) {
			t.Fatalf("the image at %d is not whole", at)
		}
		sequence := number(t, image, head, "sequence number")
		if sequence%2 != int64(at/2048) {
			t.Errorf("the image at %d has the sequence number %d", at, sequence)
		}
		if sequence > highest {
			begin, _ := head("the record's bytes")
			highest = sequence
			content = image[begin:][:number(t, image, head, "length of")]
		}
	}
	return content
}

// entriesOf returns the values of a record's entries by their types, of each type the last.
func entriesOf(content []byte) map[byte][]byte {
	entries := make(map[byte][]byte)
	for b := content[1:]; len(b) > 0; {
		n := int(binary.LittleEndian.Uint16(b[1:]))
		entries[b[0]] = b[3 : 3+n]
		b = b[3+n:]
	}
	return entries
}

// A PIN that alice has set is, too, in the record that the store's own tests read.
func TestRecordWithPIN(t *testing.T) {
	const secret, replaced, own = "0123456789abcdef", "6666", "2468"
	file, err := os.ReadFile(filepath.Join(root, "motp/files/testdata/record-v2-pin"))
	must(t, err)
	entries := entriesOf(newest(t, file))
	pin := layout(t,
		"### Type 6, pin: 17 to 80 bytes, sealed up to 528, one per PIN of a user's own")
	key := md5.Sum([]byte("motp\x00" + secret))
	hash := sha256.Sum256([]byte("pin\x00" + secret + "\x00" + replaced))
	begin, _ := pin("the PIN")
	if number(t, entries[6], pin, "key") != int64(binary.LittleEndian.Uint64(key[:])|1) ||
		number(t, entries[6], pin, "the table's PIN") !=
			int64(binary.LittleEndian.Uint64(hash[:])) ||
		string(entries[6][begin:]) != own {
		t.Errorf("the PIN is % x", entries[6])
	}
}

// A record is, byte by byte, what docs/record.md says.
func TestRecord(t *testing.T) {
	t.Parallel()
	const secret = "0123456789abcdef"
	before := time.Now().Unix()
	content := newest(t, recordOfALogin(t, secret))
	after := time.Now().Unix()
	if content[0] != 2 {
		t.Fatalf("the version is %d", content[0])
	}
	entries := entriesOf(content)
	counts := layout(t, "### Type 1, counts: 48 bytes, exactly once")
	if len(entries[1]) != 48 || number(t, entries[1], counts, "failures in a row") != 0 {
		t.Errorf("the counts are % x", entries[1])
	}
	for _, field := range []string{"time of the last login", "latest time"} {
		if at := number(t, entries[1], counts, field); at < before || at > after {
			t.Errorf("%s: %d, want %d to %d", field, at, before, after)
		}
	}
	memory := layout(t, "### Type 2, memory: 37, 69, or 93 bytes, one per secret")
	if n := len(entries[2]); n != 69 && n != 93 {
		t.Fatalf("the memory has %d bytes", n)
	}
	sum := md5.Sum([]byte("motp\x00" + secret))
	bit, _ := memory("bitmap")
	if number(t, entries[2], memory, "key") != int64(binary.LittleEndian.Uint64(sum[:])|1) ||
		number(t, entries[2], memory, "kind") != 0 ||
		number(t, entries[2], memory, "period") != 10 ||
		entries[2][bit]&1 != 1 {
		t.Errorf("the memory is % x", entries[2])
	}
	for _, field := range []string{"lowest", "highest"} {
		step := number(t, entries[2], memory, field)
		if step < before/10-1 || step > after/10 {
			t.Errorf("the %s used number is %d, want %d", field, step, before/10)
		}
	}
}
