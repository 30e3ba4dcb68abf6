package otpverify

import (
	"os"
	"strconv"
)

// attribute reads an attribute that rlm_exec put into the environment.
func attribute(name string) (value string, found bool) {
	value, found = os.LookupEnv(name)
	return unquoteAttribute(value), found
}

// unquoteAttribute undoes what rlm_exec does to a value where shell_escape is on, as it is by
// default: quotes around it, and a backslash before quotes, backslashes, the letters n, r and t,
// and three octal digits. Anything else is taken as it stands, so that a person can set the
// variable too.
func unquoteAttribute(s string) string {
	if len(s) < 2 || s[0] != '"' || s[len(s)-1] != '"' {
		return s
	}
	inner := s[1 : len(s)-1]
	plain := make([]byte, 0, len(inner))
	for i := 0; i < len(inner); i++ {
		if inner[i] == '"' {
			return s
		}
		if inner[i] != '\\' {
			plain = append(plain, inner[i])
			continue
		}
		i++
		if i == len(inner) {
			return s // the quote at the end was a part of the value, which was cut off
		}
		switch c := inner[i]; c {
		case 'n':
			plain = append(plain, '\n')
		case 'r':
			plain = append(plain, '\r')
		case 't':
			plain = append(plain, '\t')
		case '"', '\\', '\'':
			plain = append(plain, c)
		default:
			octal, err := strconv.ParseUint(inner[i:min(i+3, len(inner))], 8, 8)
			if err != nil || i+3 > len(inner) {
				return s
			}
			plain = append(plain, byte(octal))
			i += 2
		}
	}
	return string(plain)
}
