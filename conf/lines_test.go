package conf

import (
	"bytes"
	"slices"
	"strings"
	"testing"
)

// FuzzStarts holds the search for lines to one that looks at each of them.
func FuzzStarts(f *testing.F) {
	sealed := strings.Repeat("[bob]\nsecret = sealed:v1:51794b80:L3A6EWzI\n",
		100)
	for _, text := range []string{
		"", "[", "a", "[alice", "[alice]", "[alice]\n[alice/app]\r\n \t[alice2]\n\n[alice",
		"\ufeff[alice]\n\ufeff \ufeff[alice\n", "x[alice]\n; [alice]\n[[alice]\n",
		"[Alice]\n[alic]\n[alicf]\n[alice]\n[xlice]\n", "alice 1 2\r\n\talice 1 2\nalice",
		sealed + "[alice]", sealed + "  [alice]\r\n" + sealed, "aaaa\naaa\n aaaaa",
	} {
		for _, prefix := range []string{
			"[alice", "[", "alice", "a", "aaa", "[bob", " a", "a\n",
		} {
			f.Add(text, prefix)
		}
	}
	f.Fuzz(func(t *testing.T, text, prefix string) {
		if prefix == "" {
			return // nobody looks for it
		}
		var want []int
		for l := range lines([]byte(text), 0) {
			first := strings.TrimLeft(text[l.start:], blanks)
			end := bytes.IndexByte([]byte(text[l.start:]), '\n')
			if end >= 0 {
				first = strings.TrimLeft(text[l.start:l.start+end], blanks)
			}
			if strings.HasPrefix(first, prefix) {
				want = append(want, l.start)
			}
		}
		if got := slices.Collect(starts([]byte(text), prefix)); !slices.Equal(got, want) {
			t.Errorf("%q begins lines at %d of %q, want %d", prefix, got, text, want)
		}
	})
}
