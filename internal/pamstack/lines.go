package pamstack

import "strings"

// A logicalLine is a line with those that a backslash joined to it, and without its comment.
type logicalLine struct {
	number int
	text   string
}

func logicalLines(text string) []logicalLine {
	var all []logicalLine
	joined := false
	for i, l := range strings.Split(text, "\n") {
		l, _, _ = strings.Cut(l, "#")
		l = strings.TrimRight(l, " \t\r")
		more := strings.HasSuffix(l, `\`)
		l = strings.TrimSuffix(l, `\`)
		if joined {
			all[len(all)-1].text += " " + l
		} else {
			all = append(all, logicalLine{i + 1, l})
		}
		joined = more
	}
	return all
}

// A Statement is one line of a service's file that says something, joined lines being one.
type Statement struct {
	Number int    // of its first line, from 1
	Text   string // without its comment, and with one blank between words
}

// Statements are what a file says, in its order: no comments, and no empty lines.
func Statements(text string) []Statement {
	var all []Statement
	for _, l := range logicalLines(text) {
		if words := strings.Fields(l.text); len(words) > 0 {
			all = append(all, Statement{l.number, strings.Join(words, " ")})
		}
	}
	return all
}

// split takes a line apart at blanks. Brackets keep words together: for a control, and for an
// option with blanks, which loses its brackets; \] is a bracket inside of them.
func split(line string) []string {
	var words []string
	for rest := strings.TrimLeft(line, " \t"); rest !=
		""; rest = strings.TrimLeft(rest, " \t") {
		if rest[0] != '[' {
			end := strings.IndexAny(rest, " \t")
			if end < 0 {
				end = len(rest)
			}
			words, rest = append(words, rest[:end]), rest[end:]
			continue
		}
		var word strings.Builder
		i := 1
		for ; i < len(rest) && rest[i] != ']'; i++ {
			if rest[i] == '\\' && i+1 < len(rest) && rest[i+1] == ']' {
				i++
			}
			word.WriteByte(rest[i])
		}
		if len(words) == 1 { // the control
			words = append(words, "["+word.String()+"]")
		} else {
			words = append(words, word.String())
		}
		rest = rest[min(i+1, len(rest)):]
	}
	return words
}
