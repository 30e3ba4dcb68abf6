// Package shown makes names fit to stand in what people read: errors, warnings, lists, and commands
// that are proposed. It must not know whose names they are.
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

// Quoted is a word that somebody typed, as an error repeats it: always in quotation marks.
func Quoted(word string) string {
	if shown := Name(word); shown != word {
		return shown
	}
	return `"` + word + `"`
}

// Token is a token by the name of its user, as the table has it: "alice", or "alice/tablet".
func Token(user, token string) string {
	if token == "" {
		return Name(user)
	}
	return Name(user) + "/" + token
}

// Argument is a name as a shell takes it, for commands that are proposed.
func Argument(name string) string {
	const plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_@+.-"
	dashes := ""
	if strings.HasPrefix(name, "-") {
		dashes = "-- "
	}
	if name != "" && strings.Trim(name, plain) == "" {
		return dashes + name
	}
	return dashes + "'" + strings.ReplaceAll(name, "'", `'\''`) + "'"
}

// TokenArgument is a user's token as a proposed command takes it: "alice --token tablet".
func TokenArgument(user, token string) string {
	if token == "" {
		return Argument(user)
	}
	return Argument(user) + " --token " + token
}
