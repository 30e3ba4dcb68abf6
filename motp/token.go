package motp

import "time"

// A Token is a secret on a device, with what it takes to know the code that the device shows.
type Token struct {
	// Name tells the tokens of one user apart. It is empty for the first.
	Name string

	Type Type

	// Secret is what is hashed. For Mobile-OTP it is the Init-Secret as text, exactly as
	// written, so the case of its letters matters; for TOTP and HOTP it is the key's bytes.
	Secret string

	// PIN is a second factor. With Mobile-OTP it is typed into the token and goes into the
	// hash; with the others it is typed before the code, if there is one.
	PIN string

	// Offset is how far the token's clock is ahead of ours; negative if it is behind. Whole
	// seconds. Not for HOTP.
	Offset time.Duration

	// What TOTP and HOTP leave open. Zero values stand for what most tokens do.
	Algorithm Algorithm
	Digits    int           // 6 to 8; 0 is 6
	Period    time.Duration // of a TOTP step, whole seconds; 0 is 30 seconds
	T0        int64         // Unix time at which TOTP begins to count steps
	Counter   int64         // HOTP: the first counter that may be used

	// Invitation is there while the token's user has yet to set it up, and afterward. Until the
	// record says that it was claimed, no code of the token is good.
	Invitation Invitation

	door door // whether it admits anybody, as far as the record was asked
}

// String tells the token's kind and name. It never shows a secret or a PIN, so that a token may be
// printed with any of its user.
func (t Token) String() string {
	if t.Name == "" {
		return t.Type.String() + " token"
	}
	return t.Type.String() + " token " + t.Name
}

// GoString is String: %#v shows no secret either.
func (t Token) GoString() string { return t.String() }

// MarshalJSON fails: a token that is logged as JSON would show its secret. Whoever keeps tokens has
// a form of their own for them, which says where the secret goes.
func (t Token) MarshalJSON() ([]byte, error) {
	return nil, invalidError("a token is not written as JSON, since it holds a secret")
}

// StepLength is how long a code is shown: 10 seconds for Mobile-OTP, the period for TOTP. It is 0
// for a token that counts.
func (t Token) StepLength() time.Duration {
	switch k := t.Kind(); {
	case k == nil || k.Counter:
		return 0
	case k.Period != 0:
		return k.Period
	case t.Period == 0:
		return k.UsualPeriod
	default:
		return t.Period
	}
}

// Step returns the number of whole steps on the token's clock, when ours says at: since 1970, or
// since T0. Of a token that counts it is the counter that it begins with.
func (t Token) Step(at time.Time) int64 {
	k := t.Kind()
	if k == nil || k.Counter {
		return t.Counter
	}
	seconds := at.Unix() + int64(t.Offset/time.Second)
	if k.Has("t0") {
		seconds -= t.T0
	}
	length := int64(t.StepLength() / time.Second)
	if length <= 0 {
		return 0 // of a token that is not valid
	}
	step := seconds / length
	if seconds%length < 0 {
		step--
	}
	return step
}

// Code returns what the token shows when our clock says at.
func (t Token) Code(at time.Time) string {
	return t.CodeAt(t.Step(at))
}

// CodeAt returns the token's code for a step of its own clock, or for a counter, in small letters.
// It is empty if the token's codes are not defined (see [Token.Validate]).
func (t Token) CodeAt(step int64) string {
	if !t.makesCodes() {
		return ""
	}
	return string(t.coder().code(make([]byte, 0, maxCode), step))
}

// Answer is what a person types for a step: the code, with the PIN before it where the token does
// not take the PIN itself.
func (t Token) Answer(step int64) string { return t.typedPIN() + t.CodeAt(step) }

// typedPIN is the PIN if it is typed before the code.
func (t Token) typedPIN() string {
	if k := t.Kind(); k == nil || k.PINInCode {
		return ""
	}
	return t.PIN
}

// CodeDigits returns how many digits the token's codes have.
func (t Token) CodeDigits() int {
	k := t.Kind()
	if t.Digits == 0 || !k.Has("digits") {
		return k.UsualDigits
	}
	return t.Digits
}

// counts says that the token counts its codes.
func (t Token) counts() bool {
	k := t.Kind()
	return k != nil && k.Counter
}

// maxCode is the longest code.
const maxCode = 8

// A coder makes a token's codes one after the other, without allocating for each.
type coder interface {
	// code appends the code of a step.
	code(b []byte, step int64) []byte
}

func (t Token) coder() coder { return t.Kind().coder(t, t.CodeDigits()) }
