package importers

import (
	"slices"
	"strings"
)

// A raddbEntry is one entry of FreeRADIUS' users file: a name at the beginning of a line with items
// behind it, and further items on indented lines.
type raddbEntry struct {
	line    int
	name    string
	items   []raddbItem
	problem string // what is wrong with it, if anything; then the rest is not to be relied on
}

// A raddbItem is "attribute operator value".
type raddbItem struct {
	attribute string
	value     string
}

// shown is the attribute as a note may show it. What does not look like an attribute might be a
// secret in the wrong place.
func (i raddbItem) shown() string {
	numbers := strings.FieldsFunc(i.attribute, func(c rune) bool { return c < '0' || c > '9' })
	isNumbered := slices.ContainsFunc(numbers, func(n string) bool { return len(n) > 1 })
	if !strings.Contains(i.attribute, "-") || isNumbered || tellsSecret(i.attribute) {
		return "an attribute"
	}
	return i.attribute
}

const attributeCharacters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_."

// raddbEntries splits a users file into its entries.
func raddbEntries(r *reader) (entries []raddbEntry) {
	for n, line := range r.lines() {
		rest := strings.Trim(line, " \t")
		if rest == "" || rest[0] == '#' {
			continue
		}
		if line[0] == ' ' || line[0] == '\t' {
			if len(entries) == 0 {
				entries = append(entries,
					raddbEntry{
						line:    n,
						problem: "is indented, and belongs to no entry",
					})
				continue
			}
			entries[len(entries)-1].addItems(rest)
			continue
		}
		e := raddbEntry{line: n}
		if strings.HasPrefix(rest, "$") {
			e.problem = "names another file, which is to be read by itself"
		} else if name, after, ok := raddbWord(rest); ok &&
			(after == "" || strings.IndexByte(" \t,", after[0]) >= 0) {
			e.name = name
			e.addItems(after)
		} else {
			e.problem = "does not begin with a name"
		}
		entries = append(entries, e)
	}
	return entries
}

func (e *raddbEntry) addItems(s string) {
	const notUnderstood = "is not of the form: name, attribute = value, ..."
	for {
		s = strings.TrimLeft(s, " \t,")
		if s == "" || s[0] == '#' {
			return
		}
		end := len(s) - len(strings.TrimLeft(s, attributeCharacters+":"))
		// a colon belongs to the operator, or to a list's name before the attribute
		attribute := strings.TrimRight(s[:end], ":")
		operand, isItem := cutOperator(strings.TrimLeft(s[len(attribute):], " \t"))
		value, after, ok := raddbWord(strings.TrimLeft(operand, " \t"))
		if attribute == "" || !isItem || !ok {
			e.problem = notUnderstood
			return
		}
		if _, bare, ok := strings.Cut(attribute, ":"); ok {
			attribute = bare
		}
		e.items = append(e.items, raddbItem{attribute, value})
		s = after
	}
}

// cutOperator takes away the operator at the beginning.
func cutOperator(s string) (operand string, ok bool) {
	for _, operator := range []string{":=", "==", "+=", "-=", "!=", ">=", "<=", "=~", "!~",
		"=*", "!*", "=", ">", "<"} {
		if operand, ok = strings.CutPrefix(s, operator); ok {
			return operand, true
		}
	}
	return s, false
}

// raddbWord reads a word, or a text in quotes. In quotes, a backslash takes away the meaning of a
// quote or a backslash.
func raddbWord(s string) (word, after string, ok bool) {
	if s == "" {
		return "", "", false
	}
	quote := s[0]
	if quote != '"' && quote != '\'' && quote != '`' {
		end := strings.IndexAny(s, " \t,")
		if end < 0 {
			end = len(s)
		}
		return s[:end], s[end:], end > 0
	}
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] == quote:
			return b.String(), s[i+1:], true
		case s[i] == '\\' && i+1 < len(s) && strings.IndexByte(`\"'`+"`", s[i+1]) >= 0:
			i++
			b.WriteByte(s[i])
		default:
			b.WriteByte(s[i])
		}
	}
	return "", "", false
}
