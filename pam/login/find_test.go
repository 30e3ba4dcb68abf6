package login

import (
	"context"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/pam-motp/pam-motp/conf"
	"github.com/pam-motp/pam-motp/internal/site"
	"github.com/pam-motp/pam-motp/motp"
)

// none is a text that is not there.
var none = Text{Absent: true}

// ofAccount are ways to type alice's name, and what the system calls her account.
var ofAccount = map[string]string{"alice": "alice", "Alice": "alice", "ALICE": "alice",
	"alice@example.com": "alice", `EXAMPLE\alice`: "alice", "alice.": "alice",
	" alice": "alice"}

// accountOf is a host on a machine that has alice, and whose directory knows her by many names.
func accountOf(typed, answer string) *script {
	host := &script{token: none, account: none, answers: []Text{text(answer)}}
	if own, there := ofAccount[typed]; there {
		host.account = text(own)
	}
	return host
}

func byAccount(user string, options []string) Request {
	req := request(user, options)
	req.Lookup = NotLookedUp
	return req
}

const (
	secretOfHers = "secret = 0123456789abcdef\npin = 6666\n"
	another      = "secret = 7ac61d4736f51a2b\npin = 5555\n"
)

// Under names = account a user is looked up under the account's own name, and under what was typed
// only if that is not there; without it, under what was typed.
func TestNamesOfOneAccount(t *testing.T) {
	const byAccounts = "names = account\n"
	hers := "[alice]\n" + secretOfHers
	down := uint32(unix.ECONNREFUSED)
	for _, c := range []struct {
		name, table, user string
		account           Text
		lookup            uint32
		code              Code
		reason, shown     string
		lookups           int
	}{
		{"as it is", byAccounts + hers, "alice", text("alice"), 0,
			Success, "ok", "alice", 1},
		{"with a domain", byAccounts + hers, "alice@example.com", text("alice"), 0,
			Success, "ok", "alice", 1},
		{"of no account", byAccounts + hers, "alice", none, 0, Success, "ok", "alice", 1},
		{"of no account, and not in the table", byAccounts + hers, "mallory", none, 0,
			UserUnknown, "unknown-user", "?", 1},
		{"of another account", byAccounts + hers, "mallory", text("bob"), 0,
			UserUnknown, "unknown-user", "?", 1},
		{"of another account, whose name that is not", byAccounts + hers, "alice",
			text("bob"), 0, Success, "ok", "alice", 1},
		{"the table has what is typed only", byAccounts + "[alice@example.com]\n" +
			secretOfHers, "alice@example.com", text("alice"), 0,
			Success, "ok", "alice@example.com", 1},
		{"the table has it in other letters", byAccounts + "[Alice]\n" + secretOfHers,
			"alice@example.com", text("alice"), 0, UserUnknown, "unknown-user", "?", 1},
		{"the table has both, and the account counts", byAccounts + hers +
			"[alice@example.com]\n" + another, "alice@example.com", text("alice"), 0,
			Success, "ok", "alice", 1},
		{"a mistake in the account's entry", byAccounts + "[alice]\npin = 1\n" +
			"[alice@example.com]\n" + secretOfHers, "alice@example.com", text("alice"),
			0, AuthinfoUnavail, "bad-entry", "alice", 1},
		{"a mistake in the entry of what was typed", byAccounts +
			"[alice@example.com]\npin = 1\n", "alice@example.com", text("alice"),
			0, AuthinfoUnavail, "bad-entry", "alice@example.com", 1},
		{"a mistake in an entry that does not count", byAccounts + hers +
			"[alice@example.com]\npin = 1\n", "alice@example.com", text("alice"),
			0, Success, "ok", "alice", 1},
		{"disabled", byAccounts + hers + "disabled = yes\n[alice@example.com]\n" +
			secretOfHers, "alice@example.com", text("alice"), 0,
			AuthErr, "disabled", "alice", 1},
		{"the directory does not answer", byAccounts + hers, "alice", none, down,
			AuthinfoUnavail, "account", "?", 1},
		{"the directory does not answer, for a stranger", byAccounts + hers, "mallory",
			none, down, AuthinfoUnavail, "account", "?", 1},
		{"the account's name is too long", byAccounts + hers, "alice", Text{TooLong: true},
			0, AuthinfoUnavail, "account", "?", 1},
		{"the account has no name", byAccounts + hers, "alice", text(""), 0,
			Success, "ok", "alice", 1},
		{"a mistake in the settings", byAccounts + "window = wide\n" + hers, "alice",
			text("alice"), 0, ServiceErr, "bad-settings", "?", 0},
		{"typed names", "names = typed\n" + hers, "alice@example.com", text("alice"), 0,
			UserUnknown, "unknown-user", "?", 0},
		{"no setting", hers, "alice@example.com", text("alice"), 0,
			UserUnknown, "unknown-user", "?", 0},
		{"no setting, columns", "alice 0123456789abcdef 6666 0\n", "alice", text("bob"),
			0, Success, "ok", "alice", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			options := place(t, c.table)
			host := &script{token: none, account: c.account, lookup: c.lookup,
				answers: []Text{text(right)}}
			asked := Run(byAccount(c.user, options), host, site.Open, at(noon))
			carried := request(c.user, append(place(t, c.table), "nodelay"))
			carried.Account, carried.Lookup = c.account, c.lookup
			unasked := &script{token: none, answers: []Text{text(right)}}
			known := Run(carried, unasked, site.Open, at(noon))
			for _, out := range []Outcome{asked, known} {
				if out.Code != c.code || !strings.Contains(out.Line,
					"reason="+c.reason+" user="+c.shown+" ") {
					t.Errorf("%+v", out)
				}
			}
			if host.lookups != c.lookups || unasked.lookups != 0 {
				t.Errorf("asked %d times, and %d times in spite of being told",
					host.lookups, unasked.lookups)
			}
			if len(host.prompts) != 1 || host.prompts[0] != "OTP: " {
				t.Errorf("prompts %q", host.prompts)
			}
		})
	}
}

// A host that is gone, or takes too long, says nothing of an account.
func TestAccountIsNotSaid(t *testing.T) {
	table := "names = account\n[alice]\n" + secretOfHers
	for err, want := range map[error]string{errGone: "connection reset by peer",
		os.ErrDeadlineExceeded: "connection timed out"} {
		req := byAccount("alice", place(t, table))
		req.Answer = &Answer{Text: text(right)}
		step := Start(t.Context(), req, silentOn{err}, site.Open, at(noon))
		if out := step.Outcome; out.Code != AuthinfoUnavail ||
			!strings.Contains(out.Line, "reason=account user=? ") ||
			!strings.Contains(out.Line, want) {
			t.Errorf("%+v, want %s", out, want)
		}
	}
}

// silentOn is a host that does not say what an account is called.
type silentOn struct{ err error }

func (silentOn) GetToken() (int, Text, error)        { return 0, none, nil }
func (silentOn) SetToken(string) (int, error)        { return 0, nil }
func (silentOn) Show(int, string) error              { return nil }
func (silentOn) Log(int, string) error               { return nil }
func (s silentOn) GetAccount() (uint32, Text, error) { return 0, text("alice"), s.err }

// Whatever a name is typed like, the record is the account's: a code is good once, guesses count
// together, and who is disabled is so under all of them.
func TestSpellingsHaveOneRecord(t *testing.T) {
	settings := "names = account\nmax_failures = 4\nwindow = 10m\n"
	token := motp.Token{Secret: "0123456789abcdef", PIN: "6666"}
	var spellings []string
	for name := range ofAccount {
		spellings = append(spellings, name)
	}
	slices.Sort(spellings)
	login := func(t *testing.T, options []string, user, code string) string {
		t.Helper()
		out := Run(byAccount(user, options), accountOf(user, code), site.Open, at(noon))
		if !strings.Contains(out.Line, " user=alice ") {
			t.Errorf("%q: %+v", user, out)
		}
		_, after, _ := strings.Cut(out.Line, "reason=")
		reason, _, _ := strings.Cut(after, " ")
		if (reason == "ok") != (out.Code == Success) {
			t.Errorf("%q: %+v", user, out)
		}
		return reason
	}
	t.Run("a code is good once", func(t *testing.T) {
		options := place(t, settings+"[alice]\n"+secretOfHers)
		for i, first := range spellings {
			code := token.Code(noon.Add(time.Duration(i) * 10 * time.Second))
			for k, second := range append([]string{first}, spellings...) {
				want := "replay"
				if k == 0 {
					want = "ok"
				}
				if got := login(t, options, second, code); got != want {
					t.Errorf("%q after %q: %s, want %s", second, first, got,
						want)
				}
			}
		}
		if left := records(t, options); !slices.Equal(left, []string{"alice"}) {
			t.Errorf("records of %q", left)
		}
	})
	t.Run("guesses count together", func(t *testing.T) {
		options := place(t, settings+"[alice]\n"+secretOfHers)
		var got []string
		for i, name := range spellings {
			got = append(got, login(t, options, name, "00000"+string(rune('0'+i))))
		}
		want := []string{"wrong", "wrong", "wrong", "wrong", "locked", "locked", "locked"}
		if !slices.Equal(got, want) {
			t.Errorf("%q, want %q", got, want)
		}
		for _, name := range spellings {
			if got := login(t, options, name, right); got != "locked" {
				t.Errorf("%q: %s", name, got)
			}
		}
	})
	t.Run("disabled", func(t *testing.T) {
		options := place(t, settings+"[alice]\n"+secretOfHers+"disabled = yes\n")
		for _, name := range spellings {
			if got := login(t, options, name, right); got != "disabled" {
				t.Errorf("%q: %s", name, got)
			}
		}
	})
}

// records are the names of the users that have a record.
func records(t *testing.T, options []string) (names []string) {
	t.Helper()
	files, err := os.ReadDir(strings.TrimPrefix(options[1], "state="))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if !strings.HasPrefix(f.Name(), ".") {
			names = append(names, f.Name())
		}
	}
	return names
}

// Work is what a login has done: which names it looked for, in the table and among the records.
type work struct{ looked, records []string }

// A watched site notes what is asked of it.
type watched struct {
	site.Directory
	motp.Store
	did *work
}

func (w watched) Lookup(name string) (conf.Settings, motp.User, error) {
	w.did.looked = append(w.did.looked, name)
	return w.Directory.Lookup(name)
}

func (w watched) Update(ctx context.Context, user string, change motp.Change) error {
	w.did.records = append(w.did.records, user)
	return w.Store.Update(ctx, user, change)
}

func (w watched) Rehearse(ctx context.Context, user string, change motp.Change) {
	w.did.records = append(w.did.records, user)
	w.Store.Rehearse(ctx, user, change)
}

// Who is in the table makes no more work, and no less, than who is not: as many names are looked
// for, and the same record waits or is waited for. Two spellings of one account wait for each other
// whether there is a user of that name or not.
func TestNamesCostTheSame(t *testing.T) {
	const there, away = "names = account\n[alice]\n" + secretOfHers,
		"names = account\n[zoe]\n" + secretOfHers
	for _, user := range []string{"alice", "alice@example.com", "mallory"} {
		var did [2]work
		for i, table := range []string{there, away} {
			open := func(table, records string) *site.Site {
				s := site.Open(table, records)
				w := watched{s.Directory, s.Files, &did[i]}
				s.Directory, s.Files = w, w
				return s
			}
			for _, code := range []string{right, "000000"} {
				host := accountOf(user, code)
				out := Run(byAccount(user, place(t, table)), host, open, at(noon))
				if user != "mallory" && (out.Code == UserUnknown) != (i == 1) {
					t.Fatalf("%+v", out)
				}
				if host.lookups != 1 || len(host.prompts) != 1 {
					t.Errorf("%q: %d lookups, %d prompts", user, host.lookups,
						len(host.prompts))
				}
			}
		}
		own := user
		if account, has := ofAccount[user]; has {
			own = account
		}
		want := work{[]string{user, own, user, own}, []string{own, own}}
		for _, got := range did {
			if !slices.Equal(got.looked, want.looked) ||
				!slices.Equal(got.records, want.records) {
				t.Errorf("%q: %+v, want %+v", user, got, want)
			}
		}
	}
}

// The host is asked for the account once until a question to the person, and once behind it.
func TestAccountIsAskedForOnce(t *testing.T) {
	table := "names = account\n[alice]\n" + secretOfHers
	host := accountOf("ALICE", right)
	host.token = text("000000")
	out := Run(byAccount("ALICE", append(place(t, table), "try_first_pass")), host, site.Open,
		at(noon))
	if out.Code != Success || host.lookups != 2 || len(host.logged) != 1 ||
		!strings.Contains(host.logged[0], "reason=wrong user=alice ") {
		t.Errorf("%+v, %d lookups, logged %q", out, host.lookups, host.logged)
	}
}

// With nullok nobody is passed over whom the table has under a name that is looked for.
func TestNullokByAccount(t *testing.T) {
	table := "names = account\n[alice]\n" + secretOfHers
	for _, c := range []struct {
		user string
		code Code
	}{
		{"alice", AuthErr}, {"alice@example.com", AuthErr}, {"ALICE", AuthErr},
		{"mallory", Ignore}, {"Alice@example.com", AuthinfoUnavail}, // which is no account
	} {
		req := request(c.user, append(place(t, table), "nullok"))
		host := accountOf(c.user, "000000")
		req.Account = host.account
		if out := Run(req, host, site.Open, at(noon)); out.Code != c.code {
			t.Errorf("%q: %+v", c.user, out)
		}
	}
}

// What was typed is for nobody to see but with debug.
func TestSpellingIsShownByDebugOnly(t *testing.T) {
	table := "names = account\n[alice]\n" + secretOfHers
	for _, option := range []string{"nodelay", "debug"} {
		host := accountOf("alice@example.com", right)
		out := Run(byAccount("alice@example.com", append(place(t, table), option)), host,
			site.Open, at(noon))
		if out.Code != Success || strings.Contains(out.Line, "example.com") {
			t.Errorf("%+v", out)
		}
		shown := strings.Contains(strings.Join(host.logged, "\n"),
			" user=alice typed=alice@example.com failures=0 ")
		if shown != (option == "debug") {
			t.Errorf("%s: logged %q", option, host.logged)
		}
	}
}
