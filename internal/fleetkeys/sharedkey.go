package fleetkeys

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"errors"
)

// SharedLen is the length of a fleet's key in bytes.
const SharedLen = 32

// NewShared makes a fleet's key: a line of base64.
func NewShared() []byte {
	key := make([]byte, SharedLen)
	_, _ = rand.Read(key) // it never fails
	return append(base64.StdEncoding.AppendEncode(nil, key), '\n')
}

// ParseShared reads a fleet's key. Its error does not show what is there.
func ParseShared(text []byte) ([]byte, error) {
	key, err := base64.StdEncoding.DecodeString(string(bytes.TrimSpace(text)))
	if err != nil || len(key) != SharedLen {
		return nil, errors.New("a fleet's key is 32 bytes, as one line of base64")
	}
	return key, nil
}
