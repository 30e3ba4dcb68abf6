package cli

import (
	"testing"
	"time"

	"github.com/pam-motp/pam-motp/motp"
)

func TestInWords(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0:                            "0 s",
		40 * time.Second:             "40 s",
		90 * time.Second:             "1 m 30 s",
		2 * time.Minute:              "2 m",
		time.Hour:                    "1 h",
		time.Hour + 20*time.Second:   "1 h 00 m 20 s",
		5*time.Hour + 30*time.Minute: "5 h 30 m",
		14*time.Hour + 3*time.Minute + 7*time.Second: "14 h 03 m 07 s",
		71*time.Hour + 20*time.Second:                "71 h 00 m 20 s",
		72 * time.Hour:                               "3 days",
		100*24*time.Hour - 1:                         "99 days",
		365 * 24 * time.Hour:                         "365 days",
		800 * 24 * time.Hour:                         "2 years",
		141016*time.Hour + 31*time.Minute:            "16 years",
	} {
		if got := inWords(d); got != want {
			t.Errorf("%v is %q, want %q", d, got, want)
		}
	}
}

func TestExplainOffset(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0:                               "the phone's clock is right",
		-40 * time.Second:               "the phone is 40 s behind",
		time.Hour:                       "the phone is 1 h ahead, as with another time zone",
		time.Hour + 20*time.Second:      "the phone is 1 h 00 m 20 s ahead: 1 h like another time zone, and 20 s ahead",
		-5*time.Hour - 29*time.Minute:   "the phone is 5 h 29 m behind: 5 h 30 m like another time zone, and 1 m ahead",
		7 * time.Minute:                 "the phone is 7 m ahead",
		14*time.Hour + 10*time.Second:   "the phone is 14 h 00 m 10 s ahead: is its date right?",
		-24*365*time.Hour - 1*time.Hour: "the phone is 365 days behind: is its date right?",
	} {
		if got := explainOffset(d); got != want {
			t.Errorf("%v: %q, want %q", d, got, want)
		}
	}
}

func TestAgo(t *testing.T) {
	for d, want := range map[time.Duration]string{
		-time.Second:         "in the future: was the clock set back?",
		0:                    "just now",
		time.Second:          "1 second ago",
		119 * time.Second:    "119 seconds ago",
		2 * time.Minute:      "2 minutes ago",
		119 * time.Minute:    "119 minutes ago",
		47 * time.Hour:       "47 hours ago",
		48 * time.Hour:       "2 days ago",
		400 * 24 * time.Hour: "400 days ago",
	} {
		if got := ago(d); got != want {
			t.Errorf("%v is %q, want %q", d, got, want)
		}
	}
}

func TestShow(t *testing.T) {
	for name, want := range map[string]string{
		"alice":       "alice",
		"al ice":      "al ice",
		"jürgen":      "jürgen",
		"":            `""`,
		"a\x1b[31mb":  `"a\x1b[31mb"`,
		"a\nb":        `"a\nb"`,
		"a\"b":        `"a\"b"`,
		"a\u202eb":    `"a\u202eb"`,
		`DOM\alice`:   `DOM\alice`,
		`\\DOM\a`:     `\\DOM\a`,
		`a\x1bb`:      `a\x1bb`, // four characters that harm nobody: what is quoted has quotes
		`"a\x1bb"`:    `"\"a\\x1bb\""`,
		"D\\a\x1bb":   `"D\\a\x1bb"`,
		"a\xffb":      `"a\xffb"`,
		"a\xc3\\\xa9": `"a\xc3\\\xa9"`,
		"\u00a0b":     `"\u00a0b"`,
	} {
		if got := show(name); got != want {
			t.Errorf("%q is shown as %s, want %s", name, got, want)
		}
	}
}

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

func TestArgument(t *testing.T) {
	for name, want := range map[string]string{
		"alice": "alice", "a.b@c-d+e_f": "a.b@c-d+e_f", "al ice": "'al ice'", "-n": "-- -n", "it's": `'it'\''s'`, "$(id)": "'$(id)'", "": "''",
	} {
		if got := argument(name); got != want {
			t.Errorf("%q is proposed as %s, want %s", name, got, want)
		}
	}
}
