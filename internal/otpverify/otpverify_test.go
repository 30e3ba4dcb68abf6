package otpverify

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/pam-motp/pam-motp/motp"
	"github.com/pam-motp/pam-motp/motp/files"
	"golang.org/x/sys/unix"
)

// TestVerdictsOfTheScript compares with the exit code of otpverify.sh 1.05a, which was run for each
// of these, its clock at 1296121200. Where we mean to differ, the case says why.
func TestVerdictsOfTheScript(t *testing.T) {
	const (
		now    = 129612120 // step
		secret = "0123456789abcdef"
		upper  = "0123456789ABCDEF"
	)
	cases := []struct {
		name         string
		otp          string
		secret, pin  string
		offset       string
		script, ours int
		why          string // they differ
	}{
		{"oldest code of the window, now-18", "6f186c", secret, "6666", "0", 0, 0, ""},
		{"before the window, now-19", "184375", secret, "6666", "0", 1, 1, ""},
		{"now", "6ed4e4", secret, "6666", "0", 0, 0, ""},
		{"ahead, now+17", "5901d9", secret, "6666", "0", 0, 0, ""},
		{"end of the window, now+18", "5e0943", secret, "6666", "0",
			1, 0, "three minutes either side are 37 codes; its loop ended one early"},
		{"beyond the window, now+19", "487051", secret, "6666", "0", 1, 1, ""},
		{"an hour ahead", "f7abf0", secret, "6666", "360", 0, 0, ""},
		{"an hour ahead, with a sign", "f7abf0", secret, "6666", "+360", 0, 0, ""},
		{"an hour behind", "43a369", secret, "6666", "-360", 1, 0, "it read -360 as 360"},
		{"an hour ahead, and said to be behind", "f7abf0", secret, "6666", "-360",
			0, 1, "it read -360 as 360"},
		{"an offset with a blank", "6ed4e4", secret, "6666", "0 ", 0, 0, ""},
		{"an offset that is a word", "6ed4e4", secret, "6666", "abc",
			0, 4, "it read abc as 0"},
		{"no offset", "6ed4e4", secret, "6666", "", 1, 4, "it went on with nothing"},
		{"code in capitals", "6ED4E4", secret, "6666", "0",
			1, 0, "some tokens show capitals; it put zeros in their place"},
		{"secret in capitals, token in small letters", "6ed4e4", upper, "6666", "0",
			1, 1, ""},
		{"secret in capitals, here and in the token", "ebad68", upper, "6666", "0",
			1, 0, "it put zeros in the place of capitals"},
		{"letters in the PIN", "522743", secret, "12ab", "0",
			1, 0, "it put zeros in the place of letters"},
		{"no secret and no PIN", "fb8a67", "", "", "0",
			0, 4, "anyone can compute that code"},
		{"no code", "", secret, "6666", "0", 5, 5, ""},
		{"a blank for a code", " ", secret, "6666", "0",
			1, 5, "it is no code either, and not worth a failure"},
		{"a word for a code", "password", secret, "6666", "0", 1, 1, ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if (c.script != c.ours) != (c.why != "") {
				t.Fatalf("the script exits with %d, we with %d, and the reason "+
					"is %q", c.script, c.ours, c.why)
			}
			run := newRun(t)
			five := []string{"alice", c.otp, c.secret, c.pin, c.offset}
			said, exit := run.answer(append(five, "--state", run.folder)...)
			const usage = "USAGE: otpverify.sh Username, OTP, Init-Secret, PIN, Offset"
			word := map[int]string{0: "ACCEPT", 1: "FAIL", 4: usage, 5: "FAIL"}[c.ours]
			if exit != c.ours || said != word {
				t.Errorf("exit code %d and %q, want %d and %q",
					exit, said, c.ours, word)
			}
		})
	}
}

// A run is the check, with a clock that stands still.
type run struct {
	folder string
	told   *bytes.Buffer // the reasons
}

func newRun(t *testing.T) run {
	t.Helper()
	return run{folder: t.TempDir(), told: new(bytes.Buffer)}
}

func (r run) answer(args ...string) (word string, exit int) {
	word, exit, err := Run(args, Env{
		Now: func() time.Time { return time.Unix(1296121200, 0) },
		Log: func(_ int, line string) { fmt.Fprintln(r.told, line) },
	})
	if err != nil {
		fmt.Fprintln(r.told, err)
	}
	return word, exit
}

// TestArgumentsFromTheNetwork: no name and no code that a user may send has the call mean something
// else than it is: --help and --version would exit with 0, --state would forget the used codes.
func TestArgumentsFromTheNetwork(t *testing.T) {
	shapes := map[string]func(user, otp, state string) []string{
		"as the script": func(user, otp,
			_ string) []string {
			return []string{user, otp, "0123456789abcdef", "6666",
				"0"}
		},
		"option before": func(user, otp, state string) []string {
			return []string{"--state", state, user, otp, "0123456789abcdef", "6666",
				"0"}
		},
		"option after": func(user, otp, state string) []string {
			return []string{user, otp, "0123456789abcdef", "6666", "0", "--state",
				state}
		},
		"radius": func(user, otp, state string) []string {
			return []string{"--radius", "--state", state, user, otp, "0123456789abcdef",
				"6666", "0"}
		},
	}
	words := []string{"--help", "-h", "--version", "--", "-", "", "--radius", "--attributes",
		"--state", "--state=/", "--conf", "--unlock", "--unlock=alice", "help", "otpverify"}
	for shape, arguments := range shapes {
		for _, user := range words {
			for _, otp := range words {
				call, err := Parse(arguments(user, otp, "/state"))
				if err != nil {
					if shape == "as the script" {
						t.Errorf("%q %q: five arguments are refused: %v",
							user, otp, err)
					}
					continue
				}
				if len(call.five) != 5 || call.Unlock != "" || call.attributes {
					t.Errorf("%s: %q %q: is taken for another call: %+v",
						shape, user, otp, call)
					continue
				}
				if _, _, err := call.user(); err == nil && (call.five[0] != user ||
					call.five[1] != otp) {
					t.Errorf("%s: %q %q: is taken for user %q and code %q",
						shape, user, otp, call.five[0], call.five[1])
				}
			}
		}
	}
}

// TestAnswersAreNoSuccessByAccident: in no other way than by an accepted code does a program that
// calls us see one.
func TestAnswersAreNoSuccessByAccident(t *testing.T) {
	var zero Answer
	if zero == Accepted {
		t.Error("the zero answer accepts")
	}
	for answer, words := range forms {
		accepted := answer == Accepted
		if (words.exit == 0) != accepted || (words.word == "ACCEPT") != accepted {
			t.Errorf("answer %d: %+v", answer, words)
		}
		// rlm_exec: 0 ok, 1 reject, 2 fail, 3 ok, 4 handled, 5 invalid, 6 userlock, 7
		// notfound, 8 noop, 9 updated, more fail
		if (words.radius == 0) != accepted || words.radius != 0 && words.radius != 1 &&
			words.radius < 10 {
			t.Errorf("answer %d: %+v", answer, words)
		}
	}
}

func TestUnquoteAttribute(t *testing.T) {
	for given, want := range map[string]string{
		`alice`:             `alice`,
		`"alice"`:           `alice`,
		`""`:                ``,
		``:                  ``,
		`"`:                 `"`,
		`"a\"b"`:            `a"b`,
		`"a\\b"`:            `a\b`,
		`"a\nb\rc\td"`:      "a\nb\rc\td",
		`"\001x\377"`:       "\x01x\xff",
		`"müller"`:          `müller`,
		`"cut off\"`:        `"cut off\"`,
		`"cut off`:          `"cut off`,
		`"two" and "three"`: `"two" and "three"`,
		`"\9"`:              `"\9"`,
		`"\40"`:             `"\40"`,
		`"\777"`:            `"\777"`,
		`"\"`:               `"\"`,
	} {
		if got := unquoteAttribute(given); got != want {
			t.Errorf("%q: %q, want %q", given, got, want)
		}
	}
}

// TestOTPWithoutRecords: nobody gets in where nothing can be remembered.
func TestOTPWithoutRecords(t *testing.T) {
	code := motp.Token{Secret: "0123456789abcdef", PIN: "6666"}.CodeAt(129612120)
	for name, spoil := range map[string]func(r run) error{
		"a file in its place": func(r run) error {
			return os.WriteFile(r.folder+"/.otpverify", nil, 0o600)
		},
		"open to others": func(r run) error {
			if err := os.Mkdir(r.folder+"/.otpverify", 0o700); err != nil {
				return err
			}
			return os.Chmod(r.folder+"/.otpverify", 0o755)
		},
		"a link": func(r run) error {
			return os.Symlink(t.TempDir(),
				r.folder+"/.otpverify")
		},
		"a damaged record": func(r run) error {
			if err := os.Mkdir(r.folder+"/.otpverify", 0o700); err != nil {
				return err
			}
			return os.WriteFile(r.folder+"/.otpverify/alice", []byte("x"), 0o600)
		},
		"no way to make it": func(r run) error { return os.Remove(r.folder) },
	} {
		t.Run(name, func(t *testing.T) {
			r := newRun(t)
			if err := spoil(r); err != nil {
				t.Fatal(err)
			}
			state := r.folder
			if name == "no way to make it" {
				state += "/missing"
			}
			five := []string{"alice", code, "0123456789abcdef", "6666", "0", "--state",
				state}
			want := fmt.Sprintf("FAIL! Need write-access to %s/.otpverify", state)
			if name == "a damaged record" {
				want = fmt.Sprintf("FAIL! A record in %s/.otpverify is damaged",
					state)
			}
			if word, exit := r.answer(five...); exit != 7 || word != want {
				t.Errorf("exit code %d and %q", exit, word)
			}
			if r.told.Len() == 0 || strings.Contains(r.told.String(), code) {
				t.Errorf("the reason is %q", r.told)
			}
			radius := append([]string{"--radius"}, five...)
			if word, exit := r.answer(radius...); exit != 11 || word != "" {
				t.Errorf("--radius: exit code %d and %q", exit, word)
			}
		})
	}
}

// TestRecordsApart: users of the table and users without one never share a record, whatever their
// names.
func TestRecordsApart(t *testing.T) {
	call := Call{state: "/s"}
	folder, _ := strings.CutPrefix(call.records(), "/s/")
	for _, name := range []string{folder, "otpverify", ".otpverify", "%2Eotpverify"} {
		if motp.EncodeName(name) == folder {
			t.Errorf("the record of %s would be the folder of others: %s",
				strconv.Quote(name), folder)
		}
	}
}

// The word names a remedy only if it is one.
func TestWordForTrouble(t *testing.T) {
	for err, want := range map[error]string{
		motp.ErrBusy:    "FAIL! Records in %s are in use: try again",
		motp.ErrCorrupt: "FAIL! A record in %s is damaged",
		unix.EACCES:     "FAIL! Need write-access to %s",
		unix.EROFS:      "FAIL! Need write-access to %s",
		unix.ENOENT:     "FAIL! Need write-access to %s",
		files.ErrUnsafe: "FAIL! Need write-access to %s",
		unix.ENOSPC:     "FAIL! Records in %s cannot be used",
		unix.EMFILE:     "FAIL! Records in %s cannot be used",
	} {
		err = &fs.PathError{Op: "open", Path: "/s", Err: err}
		if got := troubleWord(err); got != want {
			t.Errorf("%v: %q, want %q", err, got, want)
		}
	}
}

// Who stands in no table has a record in a file on this host, whether or not those of the table are
// a fleet's.
func TestOTPOnAHostOfAFleet(t *testing.T) {
	r := newRun(t)
	table := filepath.Join(r.folder, "motp.conf")
	const inFleet = "store = etcd https://a:1\nstore_ca = /ca\nstore_cert = /cert\n" +
		"store_key = /key\nfleet = example\nfleet_key = /f\n"
	if err := os.WriteFile(table, []byte(inFleet), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, want := range []int{0, 5} {
		word, exit := r.answer("alice", "6ed4e4", "0123456789abcdef", "6666", "0",
			"--state", r.folder, "--conf", table)
		if exit != want {
			t.Errorf("exit code %d and %q, want %d: %s", exit, word, want, r.told)
		}
	}
}
