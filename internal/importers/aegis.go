package importers

import (
	"cmp"
	"encoding/hex"
	"encoding/json"

	"github.com/pam-motp/pam-motp/motp/uri"
)

// An aegisFile is what the app Aegis exports as JSON. In an encrypted export db is a text.
type aegisFile struct {
	Header aegisHeader     `json:"header"`
	DB     json.RawMessage `json:"db"`
}

// An aegisEntry is one token in it. The key is base32 of its bytes for every type; that of
// Mobile-OTP is hashed as small hex digits.
type aegisEntry struct {
	Type string `json:"type"`
	Name string `json:"name"`
	Info struct {
		Secret  string `json:"secret"`
		Algo    string `json:"algo"`
		Digits  number `json:"digits"`
		Period  number `json:"period"`
		Counter number `json:"counter"`
		PIN     string `json:"pin"`
	} `json:"info"`
}

const whyNoAegis = "is no JSON export of Aegis"

// readAegis reads the JSON export of Aegis, plain or with a password. The user is an entry's name,
// as it stands there.
func readAegis(r *reader) {
	if !r.plain() {
		return
	}
	var file aegisFile
	if err := json.Unmarshal([]byte(r.Text), &file); err != nil || len(file.DB) == 0 {
		r.skip(1, "", whyNoAegis)
		return
	}
	if file.DB[0] == '"' {
		content, err := r.openAegis(file.Header, file.DB)
		if err != nil {
			r.skip(1, "", err.Error())
			return
		}
		r.opened, file.DB = true, content
	}
	r.aegisEntries(file.DB)
}

func (r *reader) aegisEntries(content []byte) {
	var db struct {
		Entries []json.RawMessage `json:"entries"`
	}
	if err := json.Unmarshal(content, &db); err != nil || db.Entries == nil {
		r.skip(1, "", whyNoAegis)
		return
	}
	r.jsonEntries(db.Entries, r.aegisEntry)
}

func (r *reader) aegisEntry(line int, raw json.RawMessage) {
	var e aegisEntry
	if err := json.Unmarshal(raw, &e); err != nil {
		r.skip(line, "", "is no entry as Aegis writes it")
		return
	}
	a := appToken{
		user: e.Name, kind: e.Type, base32: e.Info.Secret,
		algorithm: cmp.Or(e.Info.Algo, missing),
		digits:    cmp.Or(string(e.Info.Digits), missing),
		period:    cmp.Or(string(e.Info.Period), missing),
		counter:   string(e.Info.Counter), pin: e.Info.PIN,
	}
	if e.Type == "motp" {
		key, ok := uri.DecodeKey(a.base32)
		if !ok {
			r.skip(line, e.Name, whyKey)
			return
		}
		a.key = hex.EncodeToString([]byte(key))
	}
	r.takeApp(line, a)
}
