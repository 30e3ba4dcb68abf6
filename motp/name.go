package motp

import "strconv"

// MaxEncodedName is the longest encoded name of a user, in bytes. It leaves room for an ending in
// the 255 bytes that file systems allow.
const MaxEncodedName = 240

// CheckName says whether a user of this name can have a record. The error is [ErrUser].
func CheckName(user string) error {
	if user == "" || len(EncodeName(user)) > MaxEncodedName {
		return ErrUser
	}
	return nil
}

// EncodeName returns the file name that belongs to a login name: letters, digits and . _ - @ + as
// they are, any other byte, and a leading dot or dash, as % and two hex digits. Two names never
// have the same file, and no name leaves its folder.
func EncodeName(name string) string {
	const hex = "0123456789ABCDEF"
	b := make([]byte, 0, len(name))
	for i := range len(name) {
		c := name[i]
		plain := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' ||
			c == '_' || c == '@' || c == '+'
		if plain || i > 0 && (c == '.' || c == '-') {
			b = append(b, c)
		} else {
			b = append(b, '%', hex[c>>4], hex[c&15])
		}
	}
	return string(b)
}

// DecodeName is the opposite of EncodeName. ok is false for what EncodeName never returns.
func DecodeName(file string) (name string, ok bool) {
	b := make([]byte, 0, len(file))
	for i := 0; i < len(file); i++ {
		c := file[i]
		if c == '%' && i+2 < len(file) {
			n, err := strconv.ParseUint(file[i+1:i+3], 16, 8)
			if err != nil {
				return "", false
			}
			c = byte(n)
			i += 2
		}
		b = append(b, c)
	}
	name = string(b)
	return name, name != "" && EncodeName(name) == file
}
