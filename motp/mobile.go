package motp

import (
	"crypto/md5"
	"strconv"
	"time"
)

// mobileOTP is Mobile-OTP as on motp.sourceforge.net.
var mobileOTP = Kind{
	Type: MobileOTP, Word: "motp", Title: "Mobile-OTP",
	LeastDigits: CodeLength, UsualDigits: CodeLength, MostDigits: CodeLength,
	Alphabet: "0123456789abcdef",
	Period:   StepLength, UsualPeriod: StepLength,
	PINInCode: true, TextSecret: true,
	Keys:   []string{"offset"},
	Family: "motp",
	coder:  newMobileCoder,
}

// CodeLength is the number of hex digits in a Mobile-OTP code.
const CodeLength = 6

// StepLength is how long one Mobile-OTP code is shown: 10 seconds.
const StepLength = 10 * time.Second

// A mobileCoder makes Mobile-OTP codes: the first hex digits of MD5(step ‖ secret ‖ PIN), all three
// as ASCII text.
type mobileCoder struct {
	secret, pin string
	digits      int
	scratch     []byte
}

func newMobileCoder(t Token, digits int) coder {
	scratch := make([]byte, 0, 20+len(t.Secret)+len(t.PIN))
	return mobileCoder{secret: t.Secret, pin: t.PIN, digits: digits, scratch: scratch}
}

func (c mobileCoder) code(b []byte, step int64) []byte {
	const digits = "0123456789abcdef"
	s := strconv.AppendInt(c.scratch[:0], step, 10)
	s = append(s, c.secret...)
	s = append(s, c.pin...)
	sum := md5.Sum(s)
	for i := range c.digits {
		b = append(b, digits[sum[i/2]>>(4-i%2*4)&15])
	}
	return b
}
