package importers

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"hash"
	"strconv"
	"strings"
)

// How values of a key container are encrypted (RFC 6030, section 6): by AES in CBC mode, under a
// key that both sides have or that a password makes, with a MAC over what is encrypted. The MAC is
// checked before anything is opened; what has none is not opened at all.

const (
	errX509PSKC reason = "is encrypted for a certificate: have it sent with a password, or " +
		"with a key that both sides have"
	errNoKeyPSKC reason = "is encrypted with a key that both sides have: --key-file names a " +
		"file with it, in hex"
	errKeyPSKC reason = "is encrypted with AES, and the key of --key-file is not 32, 48, or " +
		"64 hex digits"
	errDerivePSKC reason = "makes its key of the password in another way than PBKDF2 with " +
		"HMAC of SHA1, SHA256, or SHA512, a salt, and a key for AES"
	errLongPSKC reason = "asks for more than ten million rounds of PBKDF2, which no program " +
		"does: refused"
	errCipherPSKC reason = "is encrypted with another algorithm than AES-128, AES-192, or " +
		"AES-256 in CBC mode, or cut off"
	errNoMACPSKC reason = "is encrypted without a MAC, so that nobody could see a change: " +
		"refused"
	errMACPSKC reason = "has a MAC of another algorithm than HMAC of SHA1, SHA256, or " +
		"SHA512, or one that is cut off"
	errKeyLengthPSKC reason = "is encrypted with AES of another key length than the key's"

	errOpenPSKC reason = "does not open: the password or key is wrong, or the file was changed"
)

// maxRounds bounds the work that a file may ask for: ten seconds, and ten times what is
// recommended.
const maxRounds = 10_000_000

// A pskcOpener opens encrypted values, once it is ready.
type pskcOpener struct {
	source  *Source
	c       *pskcContainer
	key     []byte
	newHash func() hash.Hash
	macKey  []byte
}

// prepare gets the key and that of the MAC, if anything is encrypted, and tries them on the first
// value: a wrong password is one mistake, and not one of each key.
func (o *pskcOpener) prepare() (err error) {
	first := o.firstEncrypted()
	if first == nil {
		return nil
	}
	if len(o.c.MAC) == 0 || len(first.MAC) != 1 {
		return errNoMACPSKC
	}
	m := o.c.MAC[0]
	if o.newHash = hmacNamed(m.Algorithm); o.newHash == nil || len(m.Key) > 1 {
		return errMACPSKC
	}
	if o.key, err = o.encryptionKey(); err != nil {
		return err
	}
	o.macKey = o.key // where it has none of its own (section 6.1.1)
	if len(m.Key) == 1 {
		if o.macKey, err = o.decrypt(m.Key[0]); err != nil {
			return err
		}
	}
	_, err = o.open(*first)
	return err
}

// firstEncrypted is the first value that is encrypted, or nil.
func (o *pskcOpener) firstEncrypted() *pskcValue {
	for _, p := range o.c.Package {
		for _, k := range p.Keys {
			for i := range k.Secret {
				if len(k.Secret[i].Encrypted) > 0 {
					return &k.Secret[i]
				}
			}
		}
	}
	return nil
}

// open checks the MAC of an encrypted value, and decrypts it.
func (o *pskcOpener) open(v pskcValue) ([]byte, error) {
	if len(v.MAC) != 1 {
		return nil, errNoMACPSKC
	}
	mac, err := base64Text(v.MAC[0])
	if err != nil {
		return nil, errMACPSKC
	}
	text, err := base64Text(v.Encrypted[0].Value)
	if err != nil {
		return nil, errCipherPSKC
	}
	sum := hmac.New(o.newHash, o.macKey)
	sum.Write(text)
	if !hmac.Equal(sum.Sum(nil), mac) {
		return nil, errOpenPSKC
	}
	return o.decrypt(v.Encrypted[0])
}

func (o *pskcOpener) encryptionKey() ([]byte, error) {
	if len(o.c.Key) == 1 {
		switch k := o.c.Key[0]; {
		case len(k.X509) > 0:
			return nil, errX509PSKC
		case len(k.Derived) == 1:
			return o.derive(k.Derived[0])
		case len(k.Derived) > 1:
			return nil, errDerivePSKC
		}
	}
	if o.source.Key == "" {
		return nil, errNoKeyPSKC
	}
	key, err := hex.DecodeString(o.source.Key)
	if err != nil || !isAES(len(key)) {
		return nil, errKeyPSKC
	}
	return key, nil
}

func isAES(length int) bool { return length == 16 || length == 24 || length == 32 }

// derive makes the key of the password. Everything else is looked at first.
func (o *pskcOpener) derive(k pskcDerivedKey) ([]byte, error) {
	p := k.Method.Params
	salt, err := base64Text(p.Salt)
	rounds, err2 := strconv.Atoi(strings.TrimSpace(p.Count))
	length, err3 := strconv.Atoi(strings.TrimSpace(p.Length))
	if strings.TrimSpace(p.Length) == "" { // then it is what the cipher wants
		length, err3 = keyLength(o.firstEncrypted().Encrypted[0]), nil
	}
	prf := sha1.New
	if name := p.PRF.Algorithm + strings.TrimSpace(p.PRF.Text); name != "" {
		prf = hmacNamed(name)
	}
	switch {
	case errors.Is(err2, strconv.ErrRange) || rounds > maxRounds:
		return nil, errLongPSKC
	case err != nil || err2 != nil || err3 != nil || prf == nil || len(salt) == 0 ||
		rounds < 1 || !isAES(length) || algorithmName(k.Method.Algorithm) != "pbkdf2":
		return nil, errDerivePSKC
	}
	password, err := o.source.password()
	if err != nil {
		return nil, err
	}
	return pbkdf2.Key(prf, password, salt, rounds, length)
}

// keyLength is the length of the key that a cipher wants, or 0.
func keyLength(c pskcCipher) int {
	switch algorithmName(c.Method.Algorithm) {
	case "aes128-cbc":
		return 16
	case "aes192-cbc":
		return 24
	case "aes256-cbc":
		return 32
	}
	return 0
}

// decrypt opens what is encrypted, without a look at its MAC. Of the padding, only the last byte
// means something (XML Encryption, section 5.2).
func (o *pskcOpener) decrypt(c pskcCipher) ([]byte, error) {
	text, err := base64Text(c.Value)
	const iv = aes.BlockSize
	want := keyLength(c)
	if err != nil || want == 0 || len(text) < 2*iv || len(text)%aes.BlockSize != 0 {
		return nil, errCipherPSKC
	}
	block, err := aes.NewCipher(o.key)
	if err != nil || want != len(o.key) {
		return nil, errKeyLengthPSKC
	}
	plain := make([]byte, len(text)-iv)
	cipher.NewCBCDecrypter(block, text[:iv]).CryptBlocks(plain, text[iv:])
	padding := int(plain[len(plain)-1])
	if padding < 1 || padding > aes.BlockSize {
		return nil, errOpenPSKC
	}
	return plain[:len(plain)-padding], nil
}

// hmacNamed finds a hash by the URI of its HMAC.
func hmacNamed(uri string) func() hash.Hash {
	switch strings.ReplaceAll(algorithmName(uri), "-", "") {
	case "hmacsha1", "hmacwithsha1":
		return sha1.New
	case "hmacsha256", "hmacwithsha256":
		return sha256.New
	case "hmacsha512", "hmacwithsha512":
		return sha512.New
	}
	return nil
}

// algorithmName is the end of an algorithm's URI, in small letters.
func algorithmName(uri string) string {
	uri = strings.ToLower(strings.TrimSpace(uri))
	return uri[strings.LastIndexAny(uri, "#:/")+1:]
}

// base64Text decodes base64 that may be broken into lines.
func base64Text(s string) ([]byte, error) {
	return base64.StdEncoding.Strict().DecodeString(strings.Join(strings.Fields(s), ""))
}
