package conf

import (
	"bytes"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// traces are the names of one user, to be looked for wherever they may stand.
type traces []trace

// A trace is a name in small letters, and how to find it.
type trace struct {
	name []byte // as it was typed
	core []byte // without its domain

	// back says for each beginning of the core how much of it is also its end: what is left of
	// a match when the next byte does not fit. So a text is passed once, whatever the name.
	back []int
}

func tracesOf(names []string) traces {
	var all traces
	for _, name := range names {
		folded := appendFolded(nil, []byte(name))
		same := func(t trace) bool { return bytes.Equal(t.name, folded) }
		if len(folded) == 0 || slices.ContainsFunc(all, same) {
			continue
		}
		core := withoutDomain(folded)
		all = append(all, trace{name: folded, core: core, back: backOf(core)})
	}
	return all
}

// withoutDomain takes from a name the domain that directories put before or behind it:
// EXAMPLE\alice, with winbind's other separators, and alice@example.com.
func withoutDomain(name []byte) []byte {
	if i := bytes.LastIndexAny(name, `\/+`); i >= 0 && i < len(name)-1 {
		name = name[i+1:]
	}
	if i := bytes.IndexByte(name, '@'); i > 0 {
		name = name[:i]
	}
	return name
}

func backOf(core []byte) []int {
	back := make([]int, len(core))
	for i, n := 1, 0; i < len(core); i++ {
		for n > 0 && core[n] != core[i] {
			n = back[n-1]
		}
		if core[n] == core[i] {
			n++
		}
		back[i] = n
	}
	return back
}

// in says whether one of the names stands by itself in a folded text, with a domain or without.
func (t traces) in(folded []byte) bool {
	return slices.ContainsFunc(t, func(one trace) bool { return one.in(folded) })
}

func (t trace) in(folded []byte) bool {
	examined(len(folded))
	if !bytes.Contains(folded, t.core) {
		return false // said soonest
	}
	n := 0
	for i, c := range folded {
		for n > 0 && t.core[n] != c {
			n = t.back[n-1]
		}
		if t.core[n] == c {
			n++
		}
		if n < len(t.core) {
			continue
		}
		if beginsName(folded[:i+1-n]) && endsName(folded[i+1:]) {
			return true
		}
		n = t.back[n-1]
	}
	return false
}

// beginsName says whether a name may begin behind a text. A digit there may be the end of something
// else.
func beginsName(before []byte) bool {
	r, size := utf8.DecodeLastRune(before)
	return size == 0 || !inName(r) || r == '+' || '0' <= r && r <= '9'
}

// endsName says whether a name may end before a text.
func endsName(after []byte) bool {
	r, size := utf8.DecodeRune(after)
	return size == 0 || !inName(r) || r == '@'
}

// inName says whether a small letter or another sign is one that names are made of.
func inName(r rune) bool {
	if r < utf8.RuneSelf {
		return 'a' <= r && r <= 'z' || '0' <= r && r <= '9' ||
			strings.ContainsRune("._-@+", r)
	}
	return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsMark(r) ||
		unicode.IsDigit(r))
}

// beginWith says whether a folded line that is not whole ends within one of the names.
func (t traces) beginWith(folded []byte) bool {
	found := folded
	for len(found) > 0 && (found[0] == '[' || found[0] == ' ' || found[0] == '\t') {
		found = found[1:]
	}
	if bytes.HasPrefix(found, []byte("\u00a0")) {
		found = bytes.TrimLeft(found, "[ \t\u00a0")
	}
	if len(found) == 0 || !slices.ContainsFunc(t, func(one trace) bool {
		return found[0] == one.name[0] || found[0] == one.core[0]
	}) {
		return false // said soonest
	}
	if end := bytes.IndexAny(found, "]/ \t"); end >= 0 {
		found = found[:end]
	}
	begins := func(name []byte) bool {
		return len(found) < len(name) && bytes.HasPrefix(name, found)
	}
	return len(found) > 0 && slices.ContainsFunc(t, func(one trace) bool {
		return begins(one.name) || begins(one.core)
	})
}

// appendFolded appends a text in small letters.
func appendFolded(b, text []byte) []byte {
	examined(len(text))
	begin := len(b)
	b = append(b, text...)
	for i := begin; i < len(b); i++ {
		switch c := b[i]; {
		case c >= utf8.RuneSelf:
			return appendFoldedRunes(b[:i], text[i-begin:])
		case 'A' <= c && c <= 'Z':
			b[i] = c + 'a' - 'A'
		}
	}
	return b
}

// appendFoldedRunes does it for any letters. What is not UTF-8 stays as it is.
func appendFoldedRunes(b, text []byte) []byte {
	for len(text) > 0 {
		r, size := utf8.DecodeRune(text)
		if r == utf8.RuneError {
			b = append(b, text[:size]...)
		} else {
			b = utf8.AppendRune(b, unicode.ToLower(r))
		}
		text = text[size:]
	}
	return b
}
