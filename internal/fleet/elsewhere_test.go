package fleet

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pam-motp/pam-motp/motp"
)

// What one host has done holds on another at once, though each keeps what it saw last.
func TestElsewhere(t *testing.T) {
	const here = "192.0.2.7\x00sshd"
	for name, play := range map[string]func(t *testing.T, a, b motp.Verifier){
		"a lock, and its end": func(t *testing.T, a, b motp.Verifier) {
			for i := range a.Policy.MaxFailures {
				tells(t, a, alice, fmt.Sprintf("%06x", i), motp.Wrong)
			}
			tells(t, b, alice, code(1), motp.Locked)
			if err := b.Unlock(background, alice, noon); err != nil {
				t.Fatal(err)
			}
			tells(t, a, alice, code(1), motp.Accepted)
		},
		"failures of both": func(t *testing.T, a, b motp.Verifier) {
			for i := range a.Policy.MaxFailures / 2 {
				tells(t, a, alice, fmt.Sprintf("%06x", 2*i), motp.Wrong)
				tells(t, b, alice, fmt.Sprintf("%06x", 2*i+1), motp.Wrong)
			}
			tells(t, a, alice, code(1), motp.Locked)
			tells(t, b, alice, code(1), motp.Locked)
		},
		"two codes in a row, one on each": func(t *testing.T, a, b motp.Verifier) {
			dongle := motp.Token{Secret: strings.Repeat("31", 20), Type: motp.HOTP,
				PIN: "6666"}
			dora := motp.User{Name: "dora", Tokens: []motp.Token{dongle}}
			far := func(n int64) string { return "6666" + dongle.CodeAt(n) }
			a.Policy.Resync, b.Policy.Resync = time.Hour, time.Hour
			tells(t, b, dora, far(0), motp.Accepted)
			res, err := a.Verify(background, dora, far(500), noon)
			if err != nil || res.Pending == nil {
				t.Fatalf("%+v, %v", res, err)
			}
			res, err = b.VerifyNext(background, dora, res.Pending, far(501), noon)
			if err != nil || res.Verdict != motp.Accepted {
				t.Fatalf("%+v, %v", res, err)
			}
			tells(t, a, dora, far(501), motp.Replay)
			tells(t, a, dora, far(502), motp.Accepted)
			tells(t, b, dora, far(502), motp.Replay)
		},
		"a time of grace, and its end": func(t *testing.T, a, b motp.Verifier) {
			at := motp.Attempt{Typed: code(1), Origin: here}
			if res, err := a.Judge(background, alice, at, noon); err != nil ||
				res.Verdict != motp.Accepted {
				t.Fatalf("%+v, %v", res, err)
			}
			graced(t, b, here, true)
			tells(t, b, alice, "000000", motp.Wrong)
			graced(t, a, here, false)
		},
		"a code on paper": func(t *testing.T, a, b motp.Verifier) {
			shown := motp.PaperCode([motp.PaperEntropy]byte{1, 2, 3})
			paper, err := motp.HashPaper(1, [motp.PaperSalt]byte{1}, []string{shown})
			if err != nil {
				t.Fatal(err)
			}
			u := alice
			u.Paper = paper
			tells(t, a, u, "6666"+shown, motp.Accepted)
			tells(t, b, u, "6666"+shown, motp.Replay)
		},
		"another PIN": func(t *testing.T, a, b motp.Verifier) {
			res, change, err := a.BeginPINChange(background, alice, code(1), noon)
			if err != nil || res.Verdict != motp.Accepted {
				t.Fatalf("%+v, %v", res, err)
			}
			// whoever began it on one host may end it on the other
			err = b.EndPINChange(background, alice, change, "7777", noon)
			if err != nil {
				t.Fatal(err)
			}
			own := alice.Tokens[0]
			own.PIN = "7777"
			tells(t, a, alice, code(2), motp.Wrong)
			tells(t, a, alice, own.Code(noon.Add(30*time.Second)), motp.Accepted)
			tells(t, b, alice, own.Code(noon.Add(30*time.Second)), motp.Replay)
		},
		"who is removed, and comes back": func(t *testing.T, a, b motp.Verifier) {
			if err := b.Store.Forget(background, alice.Name); err != nil {
				t.Fatal(err)
			}
			// on purpose: no host misses the record
			tells(t, a, alice, code(1), motp.Accepted)
			tells(t, b, alice, code(1), motp.Replay)
		},
	} {
		t.Run(name, func(t *testing.T) {
			begin(t, cluster)
			var hosts [2]motp.Verifier
			for i := range hosts {
				hosts[i] = motp.Verifier{Policy: motp.DefaultPolicy,
					Store: open(t, config(t, cluster, fmt.Sprint("host", i)))}
				// each has seen the record, and keeps it
				tells(t, hosts[i], alice, code(i-10), motp.Accepted)
			}
			tells(t, hosts[0], alice, code(-8), motp.Accepted)
			play(t, hosts[0], hosts[1])
		})
	}
}

// tells has somebody log in by the policy of a host.
func tells(t *testing.T, v motp.Verifier, u motp.User, typed string, want motp.Verdict) {
	t.Helper()
	if res, err := v.Verify(background, u, typed, noon); err != nil || res.Verdict != want {
		t.Fatalf("%s: %+v, %v; want %v", u.Name, res, err, want)
	}
}

func graced(t *testing.T, v motp.Verifier, origin string, want bool) {
	t.Helper()
	got, err := v.Standing(background, alice, origin, time.Hour, noon)
	if err != nil || got.Grace != want {
		t.Fatalf("%+v, %v; want %v", got, err, want)
	}
}

// Each name has a record of its own, whatever is in it; names differ where one letter does.
func TestNames(t *testing.T) {
	begin(t, cluster)
	s := open(t, config(t, cluster, "a"))
	names := []string{"alice", "Alice", "alice ", " alice", "alice/", "/alice", "..", ".",
		"../host/a", "../epoch", ".nobody/a", ".nobody/%61", "alice%", "%61lice",
		"alic\x00", "alic\xff", "älice", "a\u0308lice", "alice\n",
		strings.Repeat("a", 240),
		strings.Repeat("a", 239) + "b", strings.Repeat("\xff", 80)}
	epoch := records(t, epochAt)
	for _, name := range names {
		u := alice
		u.Name = name
		wants(t, s, u, code(0), motp.Accepted)
		wants(t, s, u, code(0), motp.Replay)
	}
	for _, name := range []string{"", strings.Repeat("a", 241),
		strings.Repeat("\xff", 81)} {
		u := alice
		u.Name = name
		if got, err := verify(s, u, code(0)); err == nil || got != motp.Refused {
			t.Errorf("%q: %v, %v", name, got, err)
		}
	}
	got, err := s.Names(background)
	if err != nil {
		t.Fatal(err)
	}
	if slices.Sort(got); !slices.Equal(got, slices.Sorted(slices.Values(names))) {
		t.Errorf("%q, want %q", got, names)
	}
	if !maps.Equal(epoch, records(t, epochAt)) || len(records(t, "/motp/rec/")) != len(names) {
		t.Error("something else was written")
	}
}

// Of five hosts, the one whose clock is off refuses, and no other. Two that disagree cannot know
// which of them is right: neither judges anybody.
func TestClocksThatDisagree(t *testing.T) {
	for name, off := range map[string][]time.Duration{
		"one of five": {0, 0, 2 * time.Minute, 0, 0},
		"both of two": {2 * time.Minute, 0},
	} {
		t.Run(name, func(t *testing.T) {
			begin(t, cluster)
			var hosts []*Store
			for i, off := range off {
				c := config(t, cluster, fmt.Sprint("host", i))
				c.beat = 50 * time.Millisecond
				c.Now = func() time.Time { return time.Now().Add(off) }
				hosts = append(hosts, open(t, c))
			}
			for i, s := range hosts {
				if off[i] == 0 && len(hosts) > 2 {
					awaitRight(t, s, code(i))
					continue
				}
				awaitOff(t, s)
				before := revisions(t, recordsAt)
				if _, err := verify(s, alice, code(i)); reasonOf(err) != ClockOff {
					t.Errorf("host%d: %v", i, err)
				}
				if !maps.Equal(before, revisions(t, recordsAt)) {
					t.Errorf("host%d wrote", i)
				}
			}
		})
	}
}

// awaitRight has alice log in on a host whose clock is right, again while it has seen fewer of
// those that agree with it than of those that do not.
func awaitRight(t *testing.T, s *Store, typed string) {
	t.Helper()
	got, err := verify(s, alice, typed)
	for reasonOf(err) == ClockOff {
		got, err = verify(s, alice, typed)
	}
	if err != nil || got != motp.Accepted {
		t.Errorf("%v, %v", got, err)
	}
}
