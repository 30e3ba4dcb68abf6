package importers

import "encoding/json"

// A twoFASFile is a backup of the app 2FAS. In one with a password, the services are a text.
type twoFASFile struct {
	Services  []json.RawMessage `json:"services"`
	Encrypted string            `json:"servicesEncrypted"`
}

// A twoFASService is one account. What is missing is as most tokens have it: the type too, which
// versions before the fourth have not.
type twoFASService struct {
	Secret string `json:"secret"`
	OTP    struct {
		Account   string `json:"account"`
		Label     string `json:"label"`
		Digits    number `json:"digits"`
		Period    number `json:"period"`
		Algorithm string `json:"algorithm"`
		Counter   number `json:"counter"`
		Type      string `json:"tokenType"`
	} `json:"otp"`
}

// readTwoFAS reads the backup of 2FAS. The user is the account, or the label where there is none.
func readTwoFAS(r *reader) {
	if !r.plain() {
		return
	}
	var file twoFASFile
	err := json.Unmarshal([]byte(r.Text), &file)
	switch {
	case err == nil && file.Encrypted != "":
		r.skip(1, "", "is encrypted: export it from 2FAS without a password")
		return
	case err != nil || file.Services == nil:
		r.skip(1, "", "is no backup of 2FAS")
		return
	}
	r.jsonEntries(file.Services, func(line int, raw json.RawMessage) {
		var s twoFASService
		if err := json.Unmarshal(raw, &s); err != nil {
			r.skip(line, "", "is no service as 2FAS writes it")
			return
		}
		a := appToken{
			user: s.OTP.Account, kind: s.OTP.Type, base32: s.Secret,
			algorithm: s.OTP.Algorithm, digits: string(s.OTP.Digits),
			period: string(s.OTP.Period), counter: string(s.OTP.Counter),
		}
		if a.user == "" {
			a.user = s.OTP.Label
		}
		if a.kind == "" {
			a.kind = "totp"
		}
		r.takeApp(line, a)
	})
}
