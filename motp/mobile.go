package motp

import (
	"crypto/md5"
	"strconv"
)

// CodeLength is the number of hex digits in a Mobile-OTP code.
const CodeLength = 6

// A mobileCoder makes Mobile-OTP codes: the first six hex digits of MD5(step ‖ secret ‖ PIN), all three as ASCII text, as on motp.sourceforge.net.
type mobileCoder struct {
	secret, pin string
	scratch     []byte
}

func (c mobileCoder) code(b []byte, step int64) []byte {
	const digits = "0123456789abcdef"
	s := strconv.AppendInt(c.scratch[:0], step, 10)
	s = append(s, c.secret...)
	s = append(s, c.pin...)
	sum := md5.Sum(s)
	for i := range CodeLength {
		b = append(b, digits[sum[i/2]>>(4-i%2*4)&15])
	}
	return b
}
