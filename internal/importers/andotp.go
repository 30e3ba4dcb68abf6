package importers

import "encoding/json"

// An andOTPEntry is one account of the app andOTP. Mobile-OTP has its secret as text, and no PIN,
// which the app asks for each time.
type andOTPEntry struct {
	Secret    string `json:"secret"`
	Label     string `json:"label"`
	Type      string `json:"type"`
	Digits    number `json:"digits"`
	Period    number `json:"period"`
	Algorithm string `json:"algorithm"`
	Counter   number `json:"counter"`
}

// readAndOTP reads the plain backup of andOTP. The user is the label, as it stands there.
func readAndOTP(r *reader) {
	if !r.plain() {
		return
	}
	var entries []json.RawMessage
	if err := json.Unmarshal([]byte(r.Text), &entries); err != nil {
		r.skip(1, "", "is no plain backup of andOTP; an encrypted one is to be exported "+
			"anew")
		return
	}
	r.jsonEntries(entries, func(line int, raw json.RawMessage) {
		var e andOTPEntry
		if err := json.Unmarshal(raw, &e); err != nil {
			r.skip(line, "", "is no entry as andOTP writes it")
			return
		}
		a := appToken{
			user: e.Label, kind: e.Type, base32: e.Secret, algorithm: e.Algorithm,
			digits: string(e.Digits), period: string(e.Period),
			counter: string(e.Counter),
		}
		switch e.Type {
		case "": // of early versions
			a.kind = "totp"
		case "MOTP":
			a.key, a.algorithm, a.period = e.Secret, "", ""
		}
		r.takeApp(line, a)
	})
}
