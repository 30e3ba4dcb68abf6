package conf

import (
	"bytes"
	"strings"

	"gopkg.in/ini.v1"
)

// literally has the library read a line as it stands: values have no quotes, escapes, inline
// comments or continuations. A key that stands twice is found behind the lines, and refused.
var literally = ini.LoadOptions{
	IgnoreInlineComment:        true,
	IgnoreContinuation:         true,
	PreserveSurroundedQuote:    true,
	KeyValueDelimiters:         "=",
	AllowShadows:               true,
	AllowDuplicateShadowValues: true,
	ChildSectionDelimiter:      "\x00",
}

// A statement is one line of a section, or of the settings: key = value.
type statement struct {
	at         int // where its line begins, in bytes
	key, value string
	strange    bool   // the key is made of what no key is made of
	wrong      string // why it counts for nothing; empty if it is right
}

const (
	noStatement = "neither a [section] nor key = value"
	setTwice    = "is set twice"
	quoteBegins = "must not begin with a backquote or three double quotes, which are taken " +
		"for quoting in INI files: choose another value"
	notLiteral = "must not begin or end with a blank or sign that cannot be printed"
	notINI     = "cannot be read as key = value"
)

// parseINI has the library read the lines from a place on, up to the next section. It stops one
// line behind as many as there are keys: by then there is an unknown key, or one that stands twice.
// So the library gets a few lines, whatever is wrong with a table.
func parseINI(text []byte, from, keys int) (all []statement) {
	var body []byte
	for l := range lines(text, from) {
		if l.isHeader() || len(all) > keys {
			break
		}
		if l.blank() {
			continue
		}
		said := l.statement()
		if said.wrong == "" && !said.strange {
			body = append(append(body, l.text...), '\n')
		}
		all = append(all, said)
	}
	if len(body) == 0 {
		return all
	}
	examined(len(body))
	file, err := ini.LoadSources(literally, body)
	if err != nil {
		for i := range all {
			all[i].wrong = notINI // and not what the error says, which shows the line
		}
		return all
	}
	// Never GetKey, which goes on in the section [alice] for one that is missing in
	// [alice.smith], and never String, which puts the value of pin where a value says %(pin)s.
	matchLines(all, file.Section(ini.DefaultSection).Keys())
	return all
}

// matchLines gives the keys that were read their lines. A key that is repeated stands among them
// once, where it stands first.
func matchLines(all []statement, read []*ini.Key) {
	for i := range all {
		said := &all[i]
		if said.wrong != "" || said.strange {
			continue
		}
		if len(read) == 0 || read[0].Name() != said.key {
			said.wrong = setTwice
			continue
		}
		if value := read[0].Value(); value != said.value {
			said.wrong = notLiteral
		}
		read = read[1:]
	}
}

// statement says which key a line sets. It looks for what the library would not read as it stands.
func (l line) statement() statement {
	key, value, ok := l.cut()
	said := statement{at: l.start, key: string(key), value: string(value)}
	switch {
	case !ok:
		said.key, said.wrong = "", noStatement
	case !isWord(key):
		said.strange = true // "pin", -, or nothing at all
	case BeginsQuote(said.value):
		said.wrong = quoteBegins
	}
	return said
}

// cut parts a line into key and value.
func (l line) cut() (key, value []byte, ok bool) {
	key, value, ok = bytes.Cut(l.text, []byte("="))
	return bytes.TrimRight(key, " \t"), bytes.TrimLeft(value, " \t"), ok
}

// BeginsQuote says whether a value begins as one in quotes does for INI files: the library takes
// them off, and looks for the end in the lines below. The INI form has no such values.
func BeginsQuote(value string) bool {
	value = strings.TrimSpace(value)
	return strings.HasPrefix(value, "`") || strings.HasPrefix(value, `"""`)
}

// isWord says whether a key is made of what keys are made of.
func isWord(key []byte) bool {
	for _, c := range key {
		if c != '_' && (c < 'a' || c > 'z') && (c < '0' || c > '9') {
			return false
		}
	}
	return len(key) > 0
}
