package stage

import (
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"time"
)

// Step is the Mobile-OTP step of now: ten seconds each.
func Step() int64 { return time.Now().Unix() / 10 }

// Code makes the code of a step. It is written down here a second time, apart from package motp, so
// that a mistake there does not agree with itself.
func Code(step int64, secret, pin string) string {
	sum := md5.Sum(fmt.Append(nil, step, secret, pin))
	return hex.EncodeToString(sum[:3])
}

// WrongCodes makes n different codes that are none of the user's: neither now nor within a quarter
// of an hour.
func WrongCodes(n int, secret, pin string) []string {
	const around = 90
	right := map[string]bool{}
	now := Step()
	for step := now - around; step <= now+around; step++ {
		right[Code(step, secret, pin)] = true
	}
	var wrong []string
	for candidate := 0xbad000; len(wrong) < n; candidate++ {
		code := fmt.Sprintf("%06x", candidate)
		if !right[code] {
			wrong = append(wrong, code)
		}
	}
	return wrong
}
