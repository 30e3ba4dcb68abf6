package exporters

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"strings"
	"time"

	"github.com/pam-motp/pam-motp/motp"
	"github.com/pam-motp/pam-motp/motp/uri"
)

type aegisFile struct {
	Version int         `json:"version"`
	Header  aegisHeader `json:"header"`
	DB      aegisDB     `json:"db"`
}

type aegisHeader struct {
	Slots  *int `json:"slots"` // null in a plain export
	Params *int `json:"params"`
}

type aegisDB struct {
	Version int          `json:"version"`
	Entries []aegisEntry `json:"entries"`
}

type aegisEntry struct {
	Type   string    `json:"type"`
	Name   string    `json:"name"`
	Issuer string    `json:"issuer"`
	Note   string    `json:"note"`
	Icon   *string   `json:"icon"`
	Info   aegisInfo `json:"info"`
}

type aegisInfo struct {
	Secret  string `json:"secret"`
	Algo    string `json:"algo"`
	Digits  int    `json:"digits"`
	Period  int    `json:"period,omitempty"`
	Counter *int64 `json:"counter,omitempty"`
	PIN     string `json:"pin,omitempty"`
}

// writeAegis writes the plain JSON export of Aegis, which the app imports. It has no users but the
// names of entries; the name of a further token is its note.
func writeAegis(x *Export) ([]byte, error) {
	file := aegisFile{Version: 1, DB: aegisDB{Version: 3, Entries: []aegisEntry{}}}
	x.each(func(u motp.User, t motp.Token) (string, []string) {
		info, kind, why := infoOf(t)
		if why == "" {
			file.DB.Entries = append(file.DB.Entries, aegisEntry{
				Type: kind, Name: u.Name, Issuer: x.site, Note: t.Name, Info: info,
			})
		}
		return why, unplaced(t)
	})
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "    ")
	err := e.Encode(file)
	return b.Bytes(), err
}

func infoOf(t motp.Token) (info aegisInfo, kind, why string) {
	k := t.Kind()
	info = aegisInfo{
		Secret: uri.SecretInWords(t), Algo: t.Algorithm.String(), Digits: t.CodeDigits(),
	}
	switch {
	case k.TextSecret:
		return mobileOf(t)
	case k.Counter:
		info.Counter = &t.Counter
	default:
		info.Period = int(t.StepLength() / time.Second)
	}
	return info, k.URI, ""
}

// mobileOf writes a token of Mobile-OTP. The app keeps the bytes that the secret's hex digits stand
// for, and hashes them as small digits.
func mobileOf(t motp.Token) (info aegisInfo, kind, why string) {
	bytes, err := hex.DecodeString(t.Secret)
	if err != nil || strings.ToLower(t.Secret) != t.Secret {
		return info, "", "has a secret that is not of small hex digits, in pairs, as the " +
			"app would hash it"
	}
	key := uri.SecretInWords(motp.Token{Type: motp.TOTP, Secret: string(bytes)})
	return aegisInfo{
		Secret: key, Algo: "MD5", Digits: motp.CodeLength,
		Period: int(motp.StepLength / time.Second), PIN: t.PIN,
	}, "motp", ""
}
