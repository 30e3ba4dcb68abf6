package cli

import (
	"testing"

	"github.com/pam-motp/pam-motp/motp"
)

func TestWeaknesses(t *testing.T) {
	for pin, want := range map[string]int{
		"5917": 0, "123": 2, "1": 2, "1111": 1, "0000": 2, "1234": 1, "9876": 1, "1357": 0, "59170": 1, "a917": 1, "aaaaa": 2,
	} {
		if got := weaknesses(motp.MobileOTP, pin); len(got) != want {
			t.Errorf("%s: %q, want %d", pin, got, want)
		}
	}
}

// What is refused without --weak-pin: what somebody who guesses tries first.
func TestWeakPIN(t *testing.T) {
	for _, pin := range []string{
		"1", "12", "999", "ab", "ééé",
		"0000", "1111", "99999", "aaaa", "éééé",
		"1212", "5959", "123123", "abab", "1122", "1211", "0001", "9099",
		"1234", "0123", "4567", "123456", "4321", "9876", "7890", "8901", "0987", "3210", "abcd", "DCBA",
	} {
		if weakPIN(pin) == "" {
			t.Errorf("%q is taken for a good one", pin)
		}
	}
	for _, pin := range []string{
		"5917", "4711", "2468", "1357", "9157", "1243", "a917", "zk41q", ";# \"'`=", "5971", "1902", "59170",
	} {
		if why := weakPIN(pin); why != "" {
			t.Errorf("%q %s", pin, why)
		}
	}
}

func TestSecretWeaknesses(t *testing.T) {
	for secret, want := range map[string]int{
		"7ac61d4736f51a2b": 0, "7AC61D4736F51A2B": 1, "abcd1234": 1, "JBSWY3DPEHPK3PXP": 1, "ABC": 2, "xyz": 2,
	} {
		if got := secretWeaknesses(secret); len(got) != want {
			t.Errorf("%s: %q, want %d", secret, got, want)
		}
	}
}
