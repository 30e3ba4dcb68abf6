package importers

import (
	"cmp"
	"encoding/json"
	"strings"
)

// A stratumEntry is one account of the app Stratum, which was Authenticator Pro. The key is base32;
// the secret of Mobile-OTP is hashed as the text that it is. Before backups had a PIN, it stood
// behind the secret, in four characters.
type stratumEntry struct {
	Type      int              `json:"Type"`
	Username  string           `json:"Username"`
	Secret    string           `json:"Secret"`
	PIN       *json.RawMessage `json:"Pin"`
	Algorithm int              `json:"Algorithm"`
	Digits    number           `json:"Digits"`
	Period    number           `json:"Period"`
	Counter   number           `json:"Counter"`
}

// kindsStratum are the types, by their numbers.
var kindsStratum = map[int]string{1: "hotp", 2: "totp", 3: "motp", 4: "steam", 5: "yandex"}

// algorithmsStratum are the hashes, by theirs.
var algorithmsStratum = map[int]string{0: "SHA1", 1: "SHA256", 2: "SHA512"}

const (
	whyNoStratum = "is no backup of Stratum"

	// pinStratum is the length of a PIN behind a secret.
	pinStratum = 4
	// secretStratum is the shortest secret that the app takes.
	secretStratum = 16
)

// readStratum reads the backup of Stratum, plain or with a password. The user is the user name.
func readStratum(r *reader) {
	for mark, open := range map[string]func([]byte) ([]byte, error){
		markStratum: r.openStratum, markOldStratum: r.openOldStratum,
	} {
		sealed, isSealed := strings.CutPrefix(r.Text, mark)
		if !isSealed {
			continue
		}
		content, err := open([]byte(sealed))
		if err != nil {
			r.skip(1, "", err.Error())
			return
		}
		r.opened = true
		r.stratumEntries(content)
		return
	}
	if !r.plain() {
		return
	}
	r.stratumEntries([]byte(r.Text))
}

func (r *reader) stratumEntries(content []byte) {
	var file struct {
		Authenticators []json.RawMessage `json:"Authenticators"`
	}
	if err := json.Unmarshal(content, &file); err != nil || file.Authenticators == nil {
		r.skip(1, "", whyNoStratum)
		return
	}
	r.jsonEntries(file.Authenticators, func(line int, raw json.RawMessage) {
		var fields map[string]json.RawMessage
		var e stratumEntry
		if json.Unmarshal(raw, &fields) != nil || json.Unmarshal(raw, &e) != nil {
			r.skip(line, "", "is no authenticator as Stratum writes it")
			return
		}
		_, hasPIN := fields["Pin"]
		a, notes := e.app(hasPIN)
		r.takeApp(line, a, notes...)
	})
}

func (e stratumEntry) app(hasPIN bool) (a appToken, notes []string) {
	a = appToken{
		user: e.Username, kind: kindsStratum[e.Type], base32: e.Secret,
		algorithm: cmp.Or(algorithmsStratum[e.Algorithm], missing),
		digits:    cmp.Or(string(e.Digits), missing),
		period:    cmp.Or(string(e.Period), missing), counter: string(e.Counter),
	}
	if a.kind != "motp" {
		return a, nil
	}
	a.key, a.algorithm = e.Secret, ""
	if e.PIN != nil {
		_ = json.Unmarshal(*e.PIN, &a.pin) // a PIN that is no text is none
	}
	if end := len(a.key) - pinStratum; !hasPIN && end >= secretStratum {
		a.key, a.pin = a.key[:end], a.key[end:]
		notes = append(notes, "the PIN stood behind the secret, as in backups of early "+
			"versions")
	}
	return a, notes
}
