package shown

import "testing"

func TestName(t *testing.T) {
	for name, want := range map[string]string{
		"alice":       "alice",
		"al ice":      "al ice",
		"jürgen":      "jürgen",
		`DOM\alice`:   `DOM\alice`,
		`\\DOM\a`:     `\\DOM\a`,
		`a\x1bb`:      `a\x1bb`, // four characters that harm nobody
		`"a\x1bb"`:    `"\"a\\x1bb\""`,
		"a\x1bb":      `"a\x1bb"`,
		"D\\a\x1bb":   `"D\\a\x1bb"`,
		"a\nb":        `"a\nb"`,
		"a\u202eb":    `"a\u202eb"`,
		"a\xffb":      `"a\xffb"`,
		"a\xc3\\\xa9": `"a\xc3\\\xa9"`,
		"\u00a0b":     `"\u00a0b"`,
		"":            `""`,
	} {
		if got := Name(name); got != want {
			t.Errorf("%q is shown as %s, want %s", name, got, want)
		}
	}
}

func TestArgument(t *testing.T) {
	for name, want := range map[string]string{
		"alice": "alice", "a.b@c-d+e_f": "a.b@c-d+e_f", "al ice": "'al ice'", "-n": "-- -n",
		"it's": `'it'\''s'`, "$(id)": "'$(id)'", "": "''",
	} {
		if got := Argument(name); got != want {
			t.Errorf("%q is proposed as %s, want %s", name, got, want)
		}
	}
}
