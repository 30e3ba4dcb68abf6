package conf

import (
	"bytes"
	"iter"
)

// blanks surround what a line says. Some editors put a byte order mark before the first.
const blanks = " \t\r\ufeff"

// A line of a table, without its end.
type line struct {
	number int    // 1 is the first
	start  int    // where it begins in the text
	text   []byte // without surrounding blanks
}

func (l line) blank() bool {
	return len(l.text) == 0 || l.text[0] == ';' || l.text[0] == '#'
}

func (l line) isHeader() bool { return len(l.text) > 0 && l.text[0] == '[' }

// isSetting says whether the line has the form of a setting: a word of small letters and underscores, then an equals sign.
func (l line) isSetting() bool {
	word := bytes.TrimLeft(l.text, "abcdefghijklmnopqrstuvwxyz_")
	rest := bytes.TrimLeft(word, " \t")
	return len(word) < len(l.text) && len(rest) > 0 && rest[0] == '='
}

// lines yields the lines from a place in the text on, which must be the beginning of one. They are numbered from there: 1 is the first.
func lines(text []byte, from int) iter.Seq[line] {
	return func(yield func(line) bool) {
		for number := 1; from < len(text); number++ {
			end := bytes.IndexByte(text[from:], '\n')
			if end < 0 {
				end = len(text) - from
			}
			if !yield(line{number, from, bytes.Trim(text[from:from+end], blanks)}) {
				return
			}
			from += end + 1
		}
	}
}

// lineNumber returns the number of the line that begins at a place in the text.
func lineNumber(text []byte, at int) int {
	return bytes.Count(text[:at], []byte("\n")) + 1
}

// numberAll gives every entry its line, and the lines of its further tokens, which stand close to it as a rule.
func numberAll(text []byte, found []Entry) {
	at, line := 0, 1
	for i := range found {
		e := &found[i]
		if e.at < at {
			at, line = 0, 1
		}
		line += bytes.Count(text[at:e.at], []byte("\n"))
		at = e.at
		e.Line = line
		e.Further = make([]int, len(e.furtherAt))
		for j, place := range e.furtherAt {
			e.Further[j] = line + bytes.Count(text[at:max(at, place)], []byte("\n")) - bytes.Count(text[min(at, place):at], []byte("\n"))
		}
	}
}

// numberTrouble gives entries their lines only if there is something to say of them: counting the lines of a large table costs as much as finding a user in it.
func numberTrouble(text []byte, found []Entry) {
	if len(found) > 1 {
		numberAll(text, found)
	}
}

// starts yields the beginnings of the lines that begin with prefix, blanks before it aside. It looks for the prefix's rarest byte, which in a large table
// passes over most of it at the speed of memory.
func starts(text []byte, prefix string) iter.Seq[int] {
	return func(yield func(int) bool) {
		want := []byte(prefix)
		rare := rarest(text, want)
		for from := 0; ; {
			i := bytes.IndexByte(text[from:], want[rare])
			if i < 0 {
				return
			}
			at := from + i - rare
			end := at + len(want)
			from += i + 1
			// the last byte first, since names that are numbered differ there
			if at < 0 || end > len(text) || text[end-1] != want[len(want)-1] || !bytes.Equal(text[at:end], want) {
				continue
			}
			begin := bytes.LastIndexByte(text[:at], '\n') + 1
			if len(bytes.Trim(text[begin:at], blanks)) == 0 && !yield(begin) {
				return
			}
		}
	}
}

// sample is as much of a table as says which bytes are rare in it.
const sample = 4096

// rarest returns the place in want of the byte that is rarest in the middle of the text; what stands at the beginning may be comments.
func rarest(text, want []byte) int {
	var count [256]uint16
	for _, c := range text[len(text)/2:][:min(len(text)-len(text)/2, sample)] {
		count[c]++
	}
	best := 0
	for i, c := range want {
		if count[c] < count[want[best]] {
			best = i
		}
	}
	return best
}
