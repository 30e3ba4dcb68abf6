package conf

import (
	"bytes"
	"errors"
	"iter"
	"slices"
	"strings"
)

// examined is told how many bytes of a table were looked at. Tests count them: a lookup's work is
// to be a few passes over the bytes, whatever the name and the mistakes.
var examined = func(bytes int) {}

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

// isSetting says whether the line has the form of a setting: a word of small letters and
// underscores, then an equals sign.
func (l line) isSetting() bool {
	word := bytes.TrimLeft(l.text, "abcdefghijklmnopqrstuvwxyz_")
	rest := bytes.TrimLeft(word, " \t")
	return len(word) < len(l.text) && len(rest) > 0 && rest[0] == '='
}

// lines yields the lines from a place in the text on, which must be the beginning of one. They are
// numbered from there: 1 is the first.
func lines(text []byte, from int) iter.Seq[line] {
	return func(yield func(line) bool) {
		for number := 1; from < len(text); number++ {
			end := bytes.IndexByte(text[from:], '\n')
			if end < 0 {
				end = len(text) - from
			}
			examined(end + 1)
			if !yield(line{number, from, trimBlanks(text[from : from+end])}) {
				return
			}
			from += end + 1
		}
	}
}

// lineAt returns the line that begins at a place.
func lineAt(text []byte, at int) (l line) {
	for l = range lines(text, at) {
		break
	}
	return l
}

// trimBlanks is bytes.Trim(text, blanks), which takes longer than all else that is done with most
// lines.
func trimBlanks(text []byte) []byte {
	for len(text) > 0 && (text[0] == ' ' || text[0] == '\t' || text[0] == '\r') {
		text = text[1:]
	}
	for n := len(text); n > 0 && (text[n-1] == ' ' || text[n-1] == '\t' ||
		text[n-1] == '\r'); n-- {
		text = text[:n-1]
	}
	const mark = "\ufeff"
	if bytes.HasPrefix(text, []byte(mark)) || bytes.HasSuffix(text, []byte(mark)) {
		return bytes.Trim(text, blanks)
	}
	return text
}

// lineNumber returns the number of the line that begins at a place in the text.
func lineNumber(text []byte, at int) int {
	examined(at)
	return bytes.Count(text[:at], []byte("\n")) + 1
}

// A mark is a place in a text whose line is wanted.
type mark struct {
	at   int
	line *int
}

// numberAll gives every entry its line, and its further tokens theirs.
func numberAll(text []byte, found []Entry) {
	var marks []mark
	for i := range found {
		e := &found[i]
		marks = append(marks, mark{e.at, &e.Line})
		e.Further = make([]int, len(e.furtherAt))
		for j, at := range e.furtherAt {
			marks = append(marks, mark{at, &e.Further[j]})
		}
	}
	numberMarks(text, marks)
}

// numberTrouble gives entries their lines only if there is something to say of them: counting the
// lines of a large table costs as much as finding a user in it.
func numberTrouble(text []byte, found []Entry) {
	if len(found) > 1 {
		numberAll(text, found)
	}
}

// numberMistakes gives every mistake its line: all of them in one pass, since one may have been
// made a hundred thousand times.
func numberMistakes(text []byte, found []Entry) {
	var marks []mark
	for _, e := range found {
		marks = append(marks, mistakeIn(e.Err)...)
	}
	numberMarks(text, marks)
}

// numberMistake gives a mistake its line.
func numberMistake(text []byte, err error) {
	numberMarks(text, mistakeIn(err))
}

func mistakeIn(err error) []mark {
	var e *Error
	if !errors.As(err, &e) || !e.placed {
		return nil
	}
	e.placed = false
	return []mark{{e.at, &e.Line}}
}

func numberMarks(text []byte, marks []mark) {
	slices.SortFunc(marks, func(a, b mark) int { return a.at - b.at })
	at, line := 0, 1
	for _, m := range marks {
		line += bytes.Count(text[at:m.at], []byte("\n"))
		at = m.at
		*m.line = line
	}
	examined(at)
}

// starts yields the beginnings of the lines that begin with prefix, blanks before it aside. It
// looks for the prefix's rarest byte, which in a large table passes over most of it at the speed
// of memory. Whatever the prefix and the text, it looks at no byte more than a few times.
func starts(text []byte, prefix string) iter.Seq[int] {
	return func(yield func(int) bool) {
		if strings.TrimLeft(prefix, blanks) != prefix || strings.Contains(prefix, "\n") {
			return // no line begins so
		}
		want := []byte(prefix)
		rare := rarest(text, want)
		for from := 0; ; {
			at := likely(text, want, rare, from)
			if at < 0 {
				examined(len(text) - from)
				return
			}
			examined(at + 1 - from)
			from = at + 1
			if begin, ok := lineBegin(text, at); ok {
				if samePrefix(text[at:at+len(want)], want) && !yield(begin) {
					return
				}
			}
		}
	}
}

// likely returns the first place from another on where want may stand, or -1: its rarest byte is
// there, and its first and last. Where secrets are sealed no letter is rare, since base64 has them
// all, and the bracket is looked for: this stops at every user, and so has no step too many.
func likely(text, want []byte, rare, from int) int {
	if len(want) > len(text) {
		return -1
	}
	places := len(text) - len(want) + 1
	// of each place, where its rarest byte would be, and its last
	rarests, lasts := text[rare:][:places], text[len(want)-1:][:places]
	rarest, last := want[rare], want[len(want)-1]
	for ; from < len(rarests); from++ {
		i := bytes.IndexByte(rarests[from:], rarest)
		if i < 0 {
			break
		}
		from += i
		// the last byte first, since names that are numbered differ there
		if from < len(lasts) && lasts[from] == last && text[from] == want[0] {
			return from
		}
	}
	return -1
}

// samePrefix says whether a text as long as want is the same. It looks no further than to the first
// difference, since a name may be longer than many lines.
func samePrefix(text, want []byte) bool {
	for i, c := range want {
		if text[i] != c {
			examined(i + 1)
			return false
		}
	}
	examined(len(want))
	return true
}

// lineBegin returns where the line begins whose first byte, blanks aside, is at a place in the
// text; ok is false if others come before it. It goes back over blanks only, and not to the
// beginning of a line that may be megabytes long.
func lineBegin(text []byte, at int) (begin int, ok bool) {
	for begin = at; begin > 0; {
		switch text[begin-1] {
		case '\n':
			return begin, true
		case ' ', '\t', '\r':
			begin--
		default:
			if !bytes.HasSuffix(text[:begin], []byte("\ufeff")) {
				return 0, false
			}
			begin -= len("\ufeff")
		}
		examined(1)
	}
	return 0, true
}

// sample is as much of a table as says which bytes are rare in it.
const sample = 4096

// rarest returns the place in want of the byte that is rarest in the middle of the text; what
// stands at the beginning may be comments.
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
