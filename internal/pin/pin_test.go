package pin

import (
	"testing"

	"github.com/pam-motp/pam-motp/motp"
)

func TestWarnings(t *testing.T) {
	for pin, want := range map[string]int{
		"5917": 0, "123": 2, "1": 2, "1111": 1, "0000": 2, "1234": 1, "9876": 1, "1357": 0,
		"59170": 1, "a917": 1, "aaaaa": 2,
	} {
		if got := Warnings(motp.MobileOTP.Kind(), pin); len(got) != want {
			t.Errorf("%s: %q, want %d", pin, got, want)
		}
	}
}

// What is refused without --weak-pin: what somebody who guesses tries first.
func TestWeak(t *testing.T) {
	for _, pin := range []string{
		"1", "12", "999", "ab", "ééé",
		"0000", "1111", "99999", "aaaa", "éééé",
		"1212", "5959", "123123", "abab", "1122", "1211", "0001", "9099",
		"1234", "0123", "4567", "123456", "4321", "9876", "7890", "8901", "0987", "3210",
		"abcd", "DCBA",
	} {
		if Weak(pin) == "" {
			t.Errorf("%q is taken for a good one", pin)
		}
	}
	for _, pin := range []string{
		"5917", "4711", "2468", "1357", "9157", "1243", "a917", "zk41q", ";# \"'`=", "5971",
		"1902", "59170",
	} {
		if why := Weak(pin); why != "" {
			t.Errorf("%q %s", pin, why)
		}
	}
}
