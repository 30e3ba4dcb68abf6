package importers

import (
	"encoding/binary"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// Exports travel: through a browser, a spreadsheet, a shell that writes UTF-16. What came of the
// text on the way is undone here, or named.

// marks are how files begin that are no text of ours, and what to do about them.
var marks = []struct{ begin, why string }{
	{"\x1f\x8b", "is compressed (gzip): unpack it first, with gunzip"},
	{"PK\x03\x04", "is a ZIP archive: unpack it first, with unzip"},
	{"BZh", "is compressed (bzip2): unpack it first, with bunzip2"},
	{"\xfd7zXZ\x00", "is compressed (xz): unpack it first, with unxz"},
	{"\x28\xb5\x2f\xfd", "is compressed (zstd): unpack it first, with unzstd"},
	{"-----BEGIN PGP", "is encrypted with OpenPGP: open it first, with gpg --decrypt"},
	{"SQLite format 3\x00", "is a database, and no export: export from the app itself"},
}

// plain makes UTF-8 of the file's text, without a mark before it. False says that it is no text;
// that is noted then.
func (r *reader) plain() bool {
	text, why := plainText(r.Text)
	if why != "" {
		r.skip(1, "", why)
		return false
	}
	r.Text = text
	return true
}

// plainText makes UTF-8 of a text, or says why it can't.
func plainText(s string) (text, why string) {
	for _, m := range marks {
		if strings.HasPrefix(s, m.begin) {
			return "", m.why
		}
	}
	switch {
	case strings.HasPrefix(s, "\xff\xfe"):
		s = fromUTF16(s[2:], binary.LittleEndian)
	case strings.HasPrefix(s, "\xfe\xff"):
		s = fromUTF16(s[2:], binary.BigEndian)
	}
	s = strings.TrimPrefix(s, "\ufeff")
	switch {
	case strings.TrimSpace(s) == "":
		return "", "is empty"
	case !utf8.ValidString(s) || strings.Contains(s, "\x00"):
		return "", "is no text in UTF-8"
	}
	return s, ""
}

// fromUTF16 makes UTF-8 of UTF-16. An odd byte at the end becomes a zero byte, which no text has.
func fromUTF16(s string, order binary.ByteOrder) string {
	units := make([]uint16, 0, len(s)/2+1)
	for ; len(s) > 1; s = s[2:] {
		units = append(units, order.Uint16([]byte(s[:2])))
	}
	if s != "" {
		units = append(units, 0)
	}
	return string(utf16.Decode(units))
}
