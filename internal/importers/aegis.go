package importers

import (
	"encoding/hex"
	"encoding/json"
	"strconv"
	"strings"

	"github.com/pam-motp/pam-motp/motp"
	"github.com/pam-motp/pam-motp/motp/uri"
)

// An aegisFile is what the app Aegis exports as plain JSON. In an encrypted export db is a text.
type aegisFile struct {
	DB json.RawMessage `json:"db"`
}

// An aegisEntry is one token in it. The key is base32 of its bytes for every type; that of
// Mobile-OTP is hashed as small hex digits.
type aegisEntry struct {
	Type string `json:"type"`
	Name string `json:"name"`
	Info struct {
		Secret  string       `json:"secret"`
		Algo    string       `json:"algo"`
		Digits  json.Number  `json:"digits"`
		Period  json.Number  `json:"period"`
		Counter *json.Number `json:"counter"`
		PIN     string       `json:"pin"`
	} `json:"info"`
}

// readAegis reads the plain JSON export of Aegis. The user is an entry's name, as it stands there.
func readAegis(r *reader) {
	text := strings.TrimPrefix(r.Text, "\ufeff")
	var file aegisFile
	if err := json.Unmarshal([]byte(text), &file); err != nil || len(file.DB) == 0 {
		r.skip(1, "", "is no JSON export of Aegis")
		return
	}
	if file.DB[0] == '"' {
		r.skip(1, "", "is encrypted: export it from Aegis in plain")
		return
	}
	var db struct {
		Entries []json.RawMessage `json:"entries"`
	}
	if err := json.Unmarshal(file.DB, &db); err != nil {
		r.skip(1, "", "is no JSON export of Aegis")
		return
	}
	from := 0
	for _, raw := range db.Entries {
		at := from
		if i := strings.Index(text[from:], string(raw)); i >= 0 {
			at = from + i
			from = at + len(raw)
		}
		r.aegisEntry(strings.Count(text[:at], "\n")+1, raw)
	}
}

func (r *reader) aegisEntry(line int, raw json.RawMessage) {
	var e aegisEntry
	if err := json.Unmarshal(raw, &e); err != nil {
		r.skip(line, "", "is no entry as Aegis writes it")
		return
	}
	name := strings.TrimSpace(e.Name)
	if name == "" {
		r.skip(line, "", whyName)
		return
	}
	t, why := e.token()
	if why != "" {
		r.skip(line, name, why)
		return
	}
	r.take(line, name, t)
}

func (e aegisEntry) token() (t motp.Token, why string) {
	key, ok := uri.DecodeKey(e.Info.Secret)
	if !ok {
		return t, whyKey
	}
	t.Secret = key
	switch e.Type {
	case "motp":
		return e.mobileOTP(key)
	case "totp":
		t.Type = motp.TOTP
		if !setPeriod(&t, e.Info.Period.String()) {
			return t, whyPeriod
		}
	case "hotp":
		t.Type = motp.HOTP
		if e.Info.Counter == nil || !setCounter(&t, e.Info.Counter.String()) {
			return t, whyCounter
		}
	default:
		return t, "is of a type that motp does not know"
	}
	switch {
	case !setAlgorithm(&t, e.Info.Algo):
		return t, whyAlgorithm
	case !setDigits(&t, e.Info.Digits.String()):
		return t, whyDigits
	}
	return t, ""
}

func (e aegisEntry) mobileOTP(key string) (t motp.Token, why string) {
	t = motp.Token{Secret: hex.EncodeToString([]byte(key)), PIN: e.Info.PIN}
	switch {
	case t.PIN == "":
		return t, noPIN
	case !strings.EqualFold(e.Info.Algo, "MD5"):
		return t, "is hashed otherwise than with md5, so it is not Mobile-OTP"
	case e.Info.Digits.String() != strconv.Itoa(motp.CodeLength) ||
		e.Info.Period.String() != "10":
		return t, whyNotMobile
	}
	return t, ""
}
