package importers

import (
	"slices"
	"strings"

	"github.com/pam-motp/pam-motp/motp"
)

// readPSKC reads a key container of RFC 6030, in which vendors send the keys of their tokens. A key
// belongs to the device with the serial number of its package, or is called by its own Id. Whose it
// is says the administrator, or UserId: a distinguished name with a UID in it, or a bare name.
// TimeDrift is how many intervals the device was ahead.
func readPSKC(r *reader) {
	if !r.plain() {
		return
	}
	c, line, err := parsePSKC(r.Text)
	switch {
	case err != nil:
		r.skip(line, "", err.Error())
		return
	case c.Version != "" && c.Version != "1.0":
		r.skip(line, "", "is PSKC of another version than 1.0")
		return
	case len(c.Package) == 0:
		r.skip(line, "", "has no key in it")
		return
	}
	f := filePSKC{opener: &pskcOpener{source: &r.Source, c: &c}, pins: make(map[string]pskcKey),
		wanted: make(map[string]bool)}
	if err := f.opener.prepare(); err != nil {
		r.skip(1, "", err.Error())
		return
	}
	for _, p := range c.Package {
		f.findPINs(p)
	}
	for _, p := range c.Package {
		if len(p.Keys) == 0 {
			r.skip(p.line, "", "is a package without a key")
		}
		for _, k := range p.Keys {
			if !f.wanted[k.ID] || !isPINKey(k) {
				f.readKey(r, p, k)
			}
		}
	}
}

type filePSKC struct {
	opener *pskcOpener
	pins   map[string]pskcKey // by their Ids
	wanted map[string]bool    // the Ids of PINs that other keys name
}

// findPINs notes the keys of a package that are PINs of others, and which others name.
func (f filePSKC) findPINs(p pskcPackage) {
	for _, k := range p.Keys {
		if isPINKey(k) && k.ID != "" {
			f.pins[k.ID] = k
		}
		for _, policy := range k.Policy {
			for _, pin := range policy.PIN {
				f.wanted[pin.KeyID] = pin.KeyID != ""
			}
		}
	}
}

func isPINKey(k pskcKey) bool { return algorithmName(k.Algorithm) == "pin" }

func (f filePSKC) readKey(r *reader, p pskcPackage, k pskcKey) {
	user := userOfPSKC(k.UserID)
	if user == "" {
		user = userOfPSKC(p.UserID)
	}
	serial := strings.TrimSpace(p.Serial)
	if serial == "" || len(p.Keys) > 1 {
		serial = strings.TrimSpace(k.ID) // by which the keys of a device differ
	}
	t, why := f.token(k)
	if why != "" {
		r.skip(p.line, user, why)
		return
	}
	r.takeDevice(p.line, serial, user, t, k.notes()...)
}

// userOfPSKC finds the login name in a UserId. One with escapes is not understood.
func userOfPSKC(id string) string {
	id = strings.TrimSpace(id)
	if !strings.Contains(id, "=") {
		return id
	}
	if strings.ContainsAny(id, `\"`) {
		return ""
	}
	parts := strings.FieldsFunc(id, func(c rune) bool { return c == ',' || c == '+' })
	for _, part := range parts {
		name, value, _ := strings.Cut(part, "=")
		if strings.EqualFold(strings.TrimSpace(name), "UID") {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// token makes a token of a key, or says why there is none.
func (f filePSKC) token(k pskcKey) (t motp.Token, why string) {
	switch algorithmName(k.Algorithm) {
	case "hotp":
		t.Type = motp.HOTP
	case "totp":
		t.Type = motp.TOTP
	case "pin":
		return t, "is a PIN, and of no token here"
	default:
		return t, "is a key for something else than HOTP and TOTP"
	}
	if why := k.refused(); why != "" {
		return t, why
	}
	if why := k.setParameters(&t); why != "" {
		return t, why
	}
	key, err := f.value(k.Secret)
	switch {
	case err != nil:
		return t, err.Error()
	case key == "":
		return t, "has no key"
	}
	t.Secret = key
	if why := k.setClock(&t); why != "" {
		return t, why
	}
	return t, f.setPIN(&t, k)
}

// refused says what keeps a key from being a token of the table.
func (k pskcKey) refused() string {
	if len(k.Parameters) > 1 || len(k.Policy) > 1 {
		return "has parameters or a policy twice"
	}
	for _, p := range k.Policy {
		if len(p.Usage) > 0 && !slices.ContainsFunc(p.Usage, isOTP) {
			return "is not to be used for one-time passwords, by its policy"
		}
	}
	return ""
}

func isOTP(usage string) bool { return strings.EqualFold(strings.TrimSpace(usage), "OTP") }

// setParameters reads the algorithm's parameters.
func (k pskcKey) setParameters(t *motp.Token) (why string) {
	const noLength = "does not say how long its codes are"
	if len(k.Parameters) == 0 || len(k.Parameters[0].Response) != 1 {
		return noLength
	}
	p := k.Parameters[0]
	format := p.Response[0]
	suite := strings.TrimSpace(p.Suite.Name)
	if suite == "" {
		suite = p.Suite.Hash
	}
	switch {
	case !strings.EqualFold(format.Encoding, "DECIMAL"):
		return "has codes that are not of decimal digits"
	case format.Check != "" && format.Check != "false" && format.Check != "0":
		return "has codes with a check digit, which motp.conf cannot say"
	case format.Length == "":
		return noLength
	case !setDigits(t, format.Length):
		return whyDigits
	case suite != "" && !setAlgorithm(t, suite):
		return whyAlgorithm
	}
	return ""
}

// setClock reads a counter, or how time is counted.
func (k pskcKey) setClock(t *motp.Token) (why string) {
	if t.Type == motp.HOTP {
		if len(k.Counter) == 0 {
			return "" // as in figure 7 of the RFC
		}
		counter, ok := plainOf(k.Counter)
		if !ok || !setCounter(t, counter) {
			return whyCounter
		}
		return ""
	}
	interval, ok := plainOf(k.Interval)
	if !ok || !setPeriod(t, interval) {
		return whyPeriod
	}
	if len(k.Drift) == 0 {
		return ""
	}
	drift, plain := plainOf(k.Drift)
	if t.Offset, ok = whole(drift, t.StepLength()); !ok || !plain {
		return "TimeDrift is not a number of intervals, or more than ten years"
	}
	return ""
}

// plainOf returns a number that is not encrypted.
func plainOf(all []pskcValue) (string, bool) {
	if len(all) != 1 || len(all[0].Plain) != 1 || len(all[0].Encrypted) > 0 {
		return "", false
	}
	return strings.TrimSpace(all[0].Plain[0]), true
}

// value returns a secret, opened if it is encrypted.
func (f filePSKC) value(all []pskcValue) (string, error) {
	switch {
	case len(all) != 1 || len(all[0].Plain)+len(all[0].Encrypted) != 1:
		return "", errNoValuePSKC
	case len(all[0].Encrypted) == 1:
		b, err := f.opener.open(all[0])
		return string(b), err
	}
	b, err := base64Text(all[0].Plain[0])
	if err != nil {
		return "", errBase64
	}
	return string(b), nil
}

const (
	errNoValuePSKC reason = "has no key, or more than one"
	errBase64      reason = "the key is not base64, or cut off"
)

// setPIN reads the policy of a PIN. One that the device asks for is the device's alone.
func (f filePSKC) setPIN(t *motp.Token, k pskcKey) (why string) {
	if len(k.Policy) == 0 || len(k.Policy[0].PIN) == 0 {
		return ""
	}
	policy := k.Policy[0].PIN[0]
	switch {
	case len(k.Policy[0].PIN) > 1:
		return "has two policies for its PIN"
	case policy.Mode == "" || strings.EqualFold(policy.Mode, "Local"):
		return ""
	case !strings.EqualFold(policy.Mode, "Prepend"):
		return "has a PIN that is typed otherwise than before the code, which motp.conf " +
			"cannot say"
	}
	pin, ok := f.pin(policy.KeyID)
	if !ok {
		return "has a PIN that is typed before the code, and it is not in the file"
	}
	t.PIN = pin
	return ""
}

// pin finds a PIN by the Id of its key.
func (f filePSKC) pin(id string) (string, bool) {
	k, ok := f.pins[id]
	if !ok {
		return "", false
	}
	pin, err := f.value(k.Secret)
	return pin, err == nil && len(pin) <= motp.MaxPIN && isDigits(pin)
}

// notes tell what of the policy is left.
func (k pskcKey) notes() (notes []string) {
	if algorithmName(k.Algorithm) == "hotp" && len(k.Counter) == 0 {
		notes = append(notes,
			"the counter is not said, and taken for that of a new token, 0")
	}
	for _, p := range k.Policy {
		for _, limit := range []struct{ value, words string }{
			{p.Start, "the date from which it is good"},
			{p.Expiry, "the date until which it is good"},
			{p.Uses, "the number of its uses"},
		} {
			if strings.TrimSpace(limit.value) != "" {
				notes = append(notes, limit.words+" is left: motp.conf has none")
			}
		}
		for _, pin := range p.PIN {
			if strings.EqualFold(pin.Mode, "Local") {
				notes = append(notes,
					"the device asks for a PIN itself, which is left to it")
			}
		}
	}
	return notes
}
