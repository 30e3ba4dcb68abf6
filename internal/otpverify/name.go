package otpverify

import (
	"os"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// badName is why a name is refused that nobody has. FreeRADIUS's "files" and PAM take alice, a zero
// byte and anything for alice, and its policies and we do not: the same code would have many names.
const badName = "the name holds a control character, or one in the way that FreeRADIUS writes it"

// Ways in which FreeRADIUS writes bytes that might mean something to somebody: the first is how it
// writes a value into the environment or an argument (see unquoteAttribute), the others are what
// %{urlquote:}, %{escape:}, rlm_sql and other programs make of it.
var (
	ownEscape     = regexp.MustCompile(`\\(\\|n|r|t|[0-7]{1,3})`)
	foreignEscape = regexp.MustCompile(`(?i)(?:[%=]|\\x|\\u00)([0-9a-f]{2})`)
)

// controlIn says whether a name that is to be taken as it stands holds a control character, plainly
// or in an escape of those that are listed above.
func controlIn(name string) bool {
	for {
		if hasControl(name) {
			return true
		}
		plain := foreignEscape.ReplaceAllStringFunc(name, func(escape string) string {
			return byteOf(escape[len(escape)-2:], 16)
		})
		if plain == name {
			return false
		}
		name = plain
	}
}

// controlInWritten says so of a name that FreeRADIUS may have written, without quotes.
func controlInWritten(name string) bool {
	plain := ownEscape.ReplaceAllStringFunc(name, func(escape string) string {
		switch c := escape[1:]; c {
		case `\`:
			return c
		case "n", "r", "t":
			return "\n"
		default:
			return byteOf(c, 8)
		}
	})
	return controlIn(name) || controlIn(plain)
}

func byteOf(digits string, base int) string {
	n, err := strconv.ParseUint(digits, base, 8)
	if err != nil {
		return digits
	}
	return string([]byte{byte(n)})
}

// hasControl looks for control characters, of Latin-1 too, and for those that end a line.
func hasControl(s string) bool {
	for s != "" {
		r, size := utf8.DecodeRuneInString(s)
		if r == utf8.RuneError && size == 1 {
			r = rune(s[0])
		}
		if unicode.IsControl(r) || strings.ContainsRune("\u2028\u2029", r) {
			return true
		}
		s = s[size:]
	}
	return false
}

// nameIsBad says whether nobody has such a name. A name that rlm_exec has put into quotes is known
// to the byte; another may be as FreeRADIUS wrote it.
func (c Call) nameIsBad(name string) bool {
	if len(c.five) == 0 && os.Getenv("USER_NAME") != name {
		return controlIn(name)
	}
	return controlInWritten(name)
}
