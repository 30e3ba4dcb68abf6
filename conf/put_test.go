package conf

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/pam-motp/pam-motp/motp"
)

const secretC = "fedcba9876543210"

type putCase struct {
	name            string
	before, after   string
	added, replaced []motp.User
}

var puts = func() []putCase {
	disabled := func(u motp.User) motp.User { u.Disabled = true; return u }
	return []putCase{
		{
			"several users, in order",
			"[alice]\nsecret = " + secretA + "\npin = 5555\n",
			"[alice]\nsecret = " + secretA + "\npin = 5555\n\n[bob]\n" +
				"secret = " + secretB + "\npin    = 1\n\n[carol]\nsecret = " +
				secretC + "\npin    = 2\noffset = 1h\n",
			[]motp.User{user("bob", secretB, "1", 0),
				user("carol", secretC, "2", time.Hour)}, nil,
		}, {
			"replaced where they stand, with what stands around them",
			"window = 1m\n\n; head of the lab\n[alice]\nsecret = " + secretA +
				"\npin = 5555\n" +
				"offset = 2h\n; bob\n[bob]\nsecret=" + secretB + "\npin=1\n",
			"window = 1m\n\n; head of the lab\n[alice]\nsecret = " + secretC +
				"\npin = 1234\n; " +
				"bob\n[bob]\nsecret=" + secretC +
				"\npin=1\noffset=1h\ndisabled=yes\n",
			nil, []motp.User{user("alice", secretC, "1234", 0),
				disabled(user("bob", secretC, "1", time.Hour))},
		}, {
			"added and replaced, in columns",
			"# who\nalice\t" + secretA + "\t5555\t0\nbob\t" + secretB + "\t1\n",
			"# who\nalice\t" + secretC + "\t5555\t5.5\n" +
				"bob\t" + secretB + "\t1\ncarol\t" + secretC + "\t2\t-0.011\n",
			[]motp.User{
				user("carol", secretC, "2", -40*time.Second),
			}, []motp.User{user("alice", secretC, "5555", 330*time.Minute)},
		}, {
			"a broken entry is mended",
			"[alice]\nsecret = " + secretA + "\noffset = soon\n",
			"[alice]\nsecret = " + secretC + "\noffset = 1h\npin    = 1\n",
			nil, []motp.User{user("alice", secretC, "1", time.Hour)},
		}, {
			"enabled again",
			"[alice]\nsecret = " + secretA + "\ndisabled = yes\npin = 5555\n",
			"[alice]\nsecret = " + secretA + "\npin = 5555\n",
			nil, []motp.User{user("alice", secretA, "5555", 0)},
		}, {
			"a token of one type in the place of another",
			"[alice]\npin = 5555\ntype = totp\n" +
				"secret = GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ\ndigits = 8\n[bob]\n" +
				"secret = " + secretB + "\npin = 1\n",
			"[alice]\npin = 1\nsecret = " + secretA + "\n[bob]\nsecret = " +
				"GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ\ntype   = hotp\ncounter = 5\n",
			nil, []motp.User{user("alice", secretA, "1", 0), {Name: "bob",
				Tokens: []motp.Token{{Type: motp.HOTP, Secret: key, Counter: 5}}}},
		}, {
			"another one's broken entry stays as it is",
			"[bob]\nsecret = " + secretB + "\n",
			"[bob]\nsecret = " + secretB + "\n\n[alice]\nsecret = " + secretA +
				"\npin    = 1\n",
			[]motp.User{user("alice", secretA, "1", 0)}, nil,
		}, {
			"several tokens in place of one, in the middle",
			"# first\n[bob]\nsecret = " + secretB +
				"\npin = 4711\n# second\n[carol]\nsecret = " +
				secretC + "\npin = 2\n",
			"# first\n[bob]\nsecret = " + secretA + "\npin = 1\n\n" +
				"[bob/token2]\nsecret = " + secretB + "\npin    = 3\n\n" +
				"# second\n[carol]\nsecret = " + secretC + "\npin = 2\n",
			nil, []motp.User{withToken(user("bob", secretA, "1", 0), "token2",
				secretB, "3")},
		}, {
			"nobody",
			"", "", nil, nil,
		},
	}
}()

func TestPut(t *testing.T) {
	for _, tt := range puts {
		t.Run(tt.name, func(t *testing.T) {
			table := writeTable(t, tt.before)
			if err := (Editor{table, true}).Put(tt.added, tt.replaced); err != nil {
				t.Fatal(err)
			}
			if got := contentOf(t, table.Path); got != tt.before {
				t.Fatalf("the rehearsal wrote\n%s", got)
			}
			if err := editing(table).Put(tt.added, tt.replaced); err != nil {
				t.Fatal(err)
			}
			if got := contentOf(t, table.Path); got != tt.after {
				t.Errorf("got\n%s\nwant\n%s", got, tt.after)
			}
		})
	}
}

// withToken gives a user a further token.
func withToken(u motp.User, name, secret, pin string) motp.User {
	u.Tokens = append(u.Tokens, motp.Token{Name: name, Secret: secret, PIN: pin})
	return u
}

// TestPutMakesTheTable puts users where there is none.
func TestPutMakesTheTable(t *testing.T) {
	table := writeTable(t, "")
	if err := os.Remove(table.Path); err != nil {
		t.Fatal(err)
	}
	if err := editing(table).Put([]motp.User{user("alice", secretA, "1", 0),
		user("bob", secretB,
			"2", 0)}, nil); err != nil {
		t.Fatal(err)
	}
	if _, users, err := table.Users(); err != nil || len(users) != 2 {
		t.Errorf("%d users, %v", len(users), err)
	}
}

type refusedPut struct {
	name            string
	before          string
	added, replaced []motp.User
	refused         string
	want            string
}

var putsRefused = func() []refusedPut {
	const ini, table = "[bob]\nsecret = " + secretB + "\npin = " +
		"4711\n", "bob\t" + secretB + "\t4711\n"
	good := user("alice", secretA, "1", 0)
	odd := user("carol", secretC, "81 72", 0)
	off := user("carol", secretC, "8172", 0)
	off.Disabled = true
	return []refusedPut{
		{
			"is there already",
			ini,
			[]motp.User{good, user("bob", secretC, "1", 0)},
			nil,
			"bob",
			"is here already",
		},
		{"twice in the batch", ini, []motp.User{good, good}, nil, "alice", "twice"},
		{
			"replaced, and not there",
			ini,
			[]motp.User{good},
			[]motp.User{user("carol", secretC, "8172", 0)},
			"carol",
			ErrNoUser.Error(),
		},
		{
			"a name that no section has",
			ini,
			[]motp.User{good, user("a]b", secretC, "8172", 0)},
			nil,
			"a]b",
			"must have no [",
		},
		{
			"a secret that no table has",
			ini,
			[]motp.User{good, user("carol", "", "8172", 0)},
			nil,
			"carol",
			"secret",
		},
		{"a blank in columns", table, []motp.User{good, odd}, nil, "carol",
			"a blank in it"},
		{"disabled in columns", table, []motp.User{good, off}, nil, "carol", "disabled"},
		{
			"has several tokens",
			ini + "[bob/tablet]\nsecret = " + secretA + "\npin = 1\n",
			[]motp.User{good},
			[]motp.User{user("bob", secretC, "8172", 0)},
			"bob",
			"other tokens",
		},
		{
			"stands there twice",
			ini + ini,
			[]motp.User{good},
			[]motp.User{user("bob", secretC, "8172", 0)},
			"bob",
			"also at",
		},
	}
}()

// TestPutAllOrNothing has one user in each batch who cannot be written: nobody is, and the error
// names that one, and no secret.
func TestPutAllOrNothing(t *testing.T) {
	for _, tt := range putsRefused {
		t.Run(tt.name, func(t *testing.T) {
			table := writeTable(t, tt.before)
			for _, p := range []Editor{Editor{table, true}, editing(table)} {
				err := p.Put(tt.added, tt.replaced)
				var refused Refusals
				if !errors.As(err, &refused) || len(refused) != 1 ||
					refused[0].User != tt.refused ||
					!strings.Contains(err.Error(), tt.want) {
					t.Errorf("%T: %v, want one refusal, %s: %s", p, err,
						tt.refused, tt.want)
				}
				for _, secret := range []string{secretA, secretB, secretC,
					"8172", "81 72"} {
					if strings.Contains(
						strings.ReplaceAll(err.Error(), table.Path, ""),
						secret,
					) { // the folder's name is random, and may look like a PIN
						t.Errorf("%T: the error tells a secret: %v", p, err)
					}
				}
			}
			if got := contentOf(t, table.Path); got != tt.before {
				t.Errorf("the table is changed:\n%s", got)
			}
		})
	}
}

// TestPutOwnFile replaces a user who stands in a file of his own: it cannot be done in one step
// with the others.
func TestPutOwnFile(t *testing.T) {
	table := writeTable(t, "")
	own := writeOwn(t, table, "bob", "[bob]\nsecret = "+secretB+"\npin = 1\n")
	err := editing(
		table,
	).Put(
		[]motp.User{user("alice", secretA, "1", 0)},
		[]motp.User{user("bob", secretC, "2", 0)},
	)
	if err == nil || !strings.Contains(err.Error(), own) {
		t.Errorf("got %v, want an error that names %s", err, own)
	}
	if err := editing(table).Put([]motp.User{user("bob", secretC, "2", 0)}, nil); !errors.Is(
		err,
		ErrUserExists,
	) {
		t.Errorf("got %v, want %v", err, ErrUserExists)
	}
	if got := contentOf(t, table.Path); got != "" {
		t.Errorf("the table is changed:\n%s", got)
	}
}

// TestPutCheck has the writer go wrong: what is read back is not what was to be.
func TestPutCheck(t *testing.T) {
	alice := user("alice", secretA, "1", 0)
	table := Table{Path: "motp.conf"}
	rowA, rowB := "alice "+secretA+" 1\n", "bob "+secretB+" 2\n"
	before := documentOf(table.Path, []byte(rowB)).entries("")
	tests := []struct {
		name, after string
		ok          bool
	}{
		{"as it is to be", rowB + rowA, true},
		{"alice is missing", rowB, false},
		{"alice is another", rowB + "alice " + secretC + " 1\n", false},
		{"alice stands there twice", rowB + rowA + rowA, false},
		{"alice is broken", rowB + "alice " + secretA + "\n", false},
		{"bob is missing", rowA, false},
		{"bob is another", "bob " + secretC + " 2\n" + rowA, false},
		{"bob is broken", "bob " + secretB + " 2 x\n" + rowA, false},
		{"somebody came in", rowB + rowA + "carol " + secretC + " 3\n", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := batch{table: table, added: []motp.User{alice}, before: before}
			if err := b.check(documentOf(table.Path,
				[]byte(tt.after))); (err == nil) != tt.ok {
				t.Errorf("got %v, want it to be ok: %v", err, tt.ok)
			}
		})
	}
}

// TestPutCrash looks at the table when the new one is whole, and not yet in its place.
func TestPutCrash(t *testing.T) {
	table := writeTable(t, "")
	seen := "never called"
	beforeRename = func() { seen = contentOf(t, table.Path) }
	t.Cleanup(func() { beforeRename = func() {} })
	if err := editing(table).Put([]motp.User{user("alice", secretA, "1", 0),
		user("bob", secretB,
			"2", 0)}, nil); err != nil {
		t.Fatal(err)
	}
	if seen != "" {
		t.Errorf("before the last step the table is\n%s", seen)
	}
}

func TestColumns(t *testing.T) {
	off := user("carol", secretC, "3", 0)
	off.Disabled = true
	totp := user("olga", secretC, "3", 0)
	totp.Tokens[0].Type = motp.TOTP
	two := user("paul", secretC, "3", 0)
	two.Tokens = append(two.Tokens, motp.Token{Name: "tablet", Secret: secretA, PIN: "3"})
	table, left := Columns([]motp.User{
		totp,
		two,
		user("alice", secretA, "5555", 0),
		user("bob", secretB, "12 34", 0),
		off,
		user("dave", secretB, "4", -20*time.Second),
		user("#erin", secretB, "5", 0),
		user("frank", secretB, "#6", 330*time.Minute),
		user("grace", secretB, "7", 123456789*time.Second),
		user("heidi=", secretB, "7", 0),
		user("ivan", secretB, "7", 0),
	})
	want := headColumns +
		"alice\t" + secretA + "\t5555\t0\n" +
		"dave\t" + secretB + "\t4\t-0.0056\n" +
		"frank\t" + secretB + "\t#6\t5.5\n" +
		"grace\t" + secretB + "\t7\t34293.5525\n" +
		"ivan\t" + secretB + "\t7\t0\n"
	if string(table) != want {
		t.Errorf("got\n%s\nwant\n%s", table, want)
	}
	var names []string
	for _, r := range left {
		names = append(names, r.User)
	}
	if got := fmt.Sprint(names); got != "[olga paul bob carol #erin heidi=]" {
		t.Errorf("left out are %s", got)
	}
}
