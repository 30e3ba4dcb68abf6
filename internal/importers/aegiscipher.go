package importers

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"

	"golang.org/x/crypto/scrypt"
)

// An aegisHeader says how an encrypted vault of Aegis opens: with a random key that stands in
// slots, each of which opens with something of its own. Those of type 1 open with a password, by
// scrypt.
type aegisHeader struct {
	Slots  []aegisSlot `json:"slots"`
	Params aegisParams `json:"params"`
}

type aegisSlot struct {
	Type   int         `json:"type"`
	Key    string      `json:"key"`
	Params aegisParams `json:"key_params"`
	N      int         `json:"n"`
	R      int         `json:"r"`
	P      int         `json:"p"`
	Salt   string      `json:"salt"`
}

type aegisParams struct {
	Nonce string `json:"nonce"`
	Tag   string `json:"tag"`
}

const (
	passwordSlotAegis = 1

	// Aegis has n = 2^15, r = 8, p = 1, which takes 32 MiB. Here it may be sixteen times that.
	maxScryptMemory = 512 << 20
	maxScryptP      = 16
	maxSlotsAegis   = 8 // with a password; each is tried

	errNoSlotAegis reason = "is encrypted, and opens with no password: export it from Aegis " +
		"in plain, or with a password"
)

// openAegis decrypts a vault with the password.
func (r *reader) openAegis(header aegisHeader, db json.RawMessage) ([]byte, error) {
	var text string
	if json.Unmarshal(db, &text) != nil {
		return nil, errSealer
	}
	sealed, err := base64.StdEncoding.Strict().DecodeString(text)
	if err != nil {
		return nil, errSealer
	}
	var slots []aegisSlot
	for _, s := range header.Slots {
		if s.Type == passwordSlotAegis {
			slots = append(slots, s)
		}
	}
	switch {
	case len(slots) == 0:
		return nil, errNoSlotAegis
	case len(slots) > maxSlotsAegis:
		return nil, errWork
	}
	for _, s := range slots { // before somebody is asked
		if err := s.check(); err != nil {
			return nil, err
		}
	}
	password, err := r.password()
	if err != nil {
		return nil, err
	}
	for _, s := range slots {
		var key []byte
		if key, err = s.open(password); err == nil {
			return header.Params.open(key, sealed)
		}
	}
	return nil, err
}

// check looks at what a slot asks for.
func (s aegisSlot) check() error {
	const most = maxScryptMemory / 128
	switch {
	case s.N < 2 || s.N&(s.N-1) != 0 || s.R < 1 || s.P < 1 || s.Salt == "":
		return errSealer
	case s.N > most || s.R > most/s.N || s.P > maxScryptP:
		return errWork
	}
	return nil
}

// open opens a slot, which has the key of the vault in it.
func (s aegisSlot) open(password string) ([]byte, error) {
	salt, err := hex.DecodeString(s.Salt)
	sealed, err2 := hex.DecodeString(s.Key)
	if err != nil || err2 != nil {
		return nil, errSealer
	}
	const aes256 = 32
	key, err := scrypt.Key([]byte(password), salt, s.N, s.R, s.P, aes256)
	if err != nil {
		return nil, errSealer
	}
	return s.Params.open(key, sealed)
}

func (p aegisParams) open(key, sealed []byte) ([]byte, error) {
	nonce, err := hex.DecodeString(p.Nonce)
	tag, err2 := hex.DecodeString(p.Tag)
	if err != nil || err2 != nil {
		return nil, errSealer
	}
	return openGCM(key, nonce, append(sealed[:len(sealed):len(sealed)], tag...))
}
