package importers

import "encoding/json"

// A freeOTPToken is one token of the app FreeOTP+. The key is a list of bytes from -128 to 127; the
// counter is that of the last code, and -1 before the first.
type freeOTPToken struct {
	Algo    string `json:"algo"`
	Counter number `json:"counter"`
	Digits  number `json:"digits"`
	Issuer  string `json:"issuerExt"`
	Label   string `json:"label"`
	Period  number `json:"period"`
	Secret  []int  `json:"secret"`
	Type    string `json:"type"`
}

// readFreeOTPPlus reads the JSON export of FreeOTP+. The user is the label.
func readFreeOTPPlus(r *reader) {
	if !r.plain() {
		return
	}
	var file struct {
		Tokens []json.RawMessage `json:"tokens"`
	}
	if err := json.Unmarshal([]byte(r.Text), &file); err != nil || file.Tokens == nil {
		r.skip(1, "", "is no JSON export of FreeOTP+")
		return
	}
	r.jsonEntries(file.Tokens, func(line int, raw json.RawMessage) {
		var t freeOTPToken
		if err := json.Unmarshal(raw, &t); err != nil {
			r.skip(line, "", "is no token as FreeOTP+ writes it")
			return
		}
		key := make([]byte, len(t.Secret))
		for i, b := range t.Secret {
			if b < -128 || b > 127 {
				r.skip(line, t.Label, "the key is no list of bytes")
				return
			}
			key[i] = byte(b)
		}
		a := appToken{
			user: t.Label, kind: t.Type, key: string(key), algorithm: t.Algo,
			digits: string(t.Digits), period: string(t.Period),
			counter: string(t.Counter), next: true,
		}
		if t.Issuer == "Steam" { // which has codes of its own in this app
			a.kind = "steam"
		}
		r.takeApp(line, a)
	})
}
