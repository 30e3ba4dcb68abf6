package motp

import (
	"crypto/md5"
	"strconv"
	"time"
)

const (
	// StepLength is how long one Mobile-OTP code is shown: 10 seconds.
	StepLength = 10 * time.Second

	// CodeLength is the number of hex digits in a Mobile-OTP code.
	CodeLength = 6
)

// A Token is a secret on a device, with what it takes to know the code that the device shows.
type Token struct {
	// Name tells the tokens of one user apart. It is empty for the first.
	Name string

	// Secret is the Init-Secret as text. It is hashed exactly as written, so the case of its letters matters.
	Secret string

	// PIN is what the person types into the token.
	PIN string

	// Offset is how far the token's clock is ahead of ours; negative if it is behind. Whole seconds.
	Offset time.Duration
}

// Step returns the number of whole steps since 1970 on the token's clock, when ours says at.
func (t Token) Step(at time.Time) int64 {
	seconds := at.Unix() + int64(t.Offset/time.Second)
	length := int64(StepLength / time.Second)
	step := seconds / length
	if seconds%length < 0 {
		step--
	}
	return step
}

// Code returns what the token shows when our clock says at: six lower-case hex digits.
func (t Token) Code(at time.Time) string {
	return t.CodeAt(t.Step(at))
}

// CodeAt returns the token's code for a step of its own clock: the first six hex digits of MD5(step ‖ secret ‖ PIN), all three as ASCII text,
// as on motp.sourceforge.net.
func (t Token) CodeAt(step int64) string {
	code := t.codeAt(step, make([]byte, 0, 64))
	return string(code[:])
}

// codeAt is CodeAt without allocation: buf is scratch space.
func (t Token) codeAt(step int64, buf []byte) (code [CodeLength]byte) {
	buf = strconv.AppendInt(buf[:0], step, 10)
	buf = append(buf, t.Secret...)
	buf = append(buf, t.PIN...)
	sum := md5.Sum(buf)
	const digits = "0123456789abcdef"
	for i := range code {
		code[i] = digits[sum[i/2]>>(4-i%2*4)&15]
	}
	return code
}
