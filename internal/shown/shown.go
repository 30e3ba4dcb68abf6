// Package shown makes names fit to stand in what people read: errors, warnings, lists.
package shown

import (
	"strconv"
	"strings"
)

// Name is a name as prose has it: quoted, if anything in it could do something to a screen or to a
// line. A backslash cannot, and names of domains have one (DOM\alice). What is quoted begins with a
// quotation mark, which no name does that is not, so that two names never look the same.
func Name(name string) string {
	plain := strings.ReplaceAll(name, `\`, "/")
	if name == "" || strconv.Quote(plain) != `"`+plain+`"` {
		return strconv.Quote(name)
	}
	return name
}
