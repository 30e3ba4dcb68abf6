package motp

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

// paperOf are codes on paper, and what a table has of them.
func paperOf(t testing.TB, set uint64, n int) (PaperCodes, []string) {
	t.Helper()
	var codes []string
	for i := range n {
		codes = append(codes, PaperCode([PaperEntropy]byte{byte(set), byte(i), 0xff, 9: 7}))
	}
	p, err := HashPaper(set, [PaperSalt]byte{byte(set)}, codes)
	if err != nil {
		t.Fatal(err)
	}
	return p, codes
}

// withPaper is alice with codes on paper.
func withPaper(p PaperCodes) User {
	u := alice
	u.Paper = p
	return u
}

// What stands on paper is RFC 4648's base32, and its hash that of the description, as Python's
// base64 and hashlib have them.
func TestPaperVectors(t *testing.T) {
	var counting [PaperEntropy]byte
	var salt [PaperSalt]byte
	for i := range salt {
		salt[i] = byte(i)
	}
	copy(counting[:], salt[:])
	if got := PaperCode(counting); got != "AAAQ-EAYE-AUDA-OCAJ" {
		t.Errorf("a code of 0 to 9 is %s", got)
	}
	for code, want := range map[string]string{
		"ABCD-EFGH-IJKL-MNOP": "6f831295798042721c84c4381dfb17b6",
		"12345678":            "5f6c460e563747698841ed85ad540ae9",
	} {
		p, err := HashPaper(1, salt, []string{code})
		if err != nil || hex.EncodeToString(p.Hashes[0][:]) != want ||
			p.Digits != (len(code) == 8) {
			t.Errorf("%s: %x, digits %v, %v", code, p.Hashes, p.Digits, err)
		}
	}
}

// A code is typed as people type, behind the PIN, which is typed as it is.
func TestPaperAsTyped(t *testing.T) {
	var salt [PaperSalt]byte
	letters, err := HashPaper(1, salt, []string{"OIAB-CDEF-GH23-4567"})
	digits, errDigits := HashPaper(1, salt, []string{"12345670"})
	if err != nil || errDigits != nil {
		t.Fatal(err, errDigits)
	}
	app := User{Name: "app", Tokens: []Token{{Type: TOTP, Secret: "k"}}}
	guarded := User{Name: "guarded", Tokens: []Token{{Type: HOTP, Secret: "k"},
		{Name: "phone", Type: TOTP, Secret: "l", PIN: "a-B 9"},
		{Name: "last", Secret: "m", PIN: "1111"}}}
	for _, c := range []struct {
		user  User
		paper PaperCodes
		typed string
		want  Verdict
	}{
		{app, letters, "OIAB-CDEF-GH23-4567", Accepted},
		{app, letters, "oiabcdefgh234567", Accepted},
		{app, letters, " 01ab cdef-GH23 4567 ", Accepted},
		{app, letters, "--OIABCDEFG-H2 34567", Accepted},
		{app, letters, "OIABCDEFGH234567-", Malformed},
		{app, letters, "ｏ１ab–cdef\u00a0gh２3\t4567", Accepted},
		{app, letters, "OIABCDEFGH23456", Malformed},
		{app, letters, "OIABCDEFGH2345677", Malformed},
		{app, letters, "OIABCDEFGH234568", Malformed},
		{app, letters, "OIABCDEFGH23456_", Malformed},
		{app, letters, "OIAB\nCDEFGH234567", Malformed},
		{app, digits, "١٢٣٤٥٦٧٠", Accepted},
		{app, letters, "OIABCDEFGH234566", Wrong},
		{app, letters, "1111OIABCDEFGH234567", Malformed},
		{app, letters, "12345670", Malformed},
		{app, digits, "12345670", Accepted},
		{app, digits, "1234-5670", Accepted},
		{app, digits, "1234567O", Malformed},
		{app, digits, "12345671", Wrong},
		{app, digits, "OIAB-CDEF-GH23-4567", Malformed},
		{alice, letters, "6666OIAB-CDEF-GH23-4567", Accepted},
		{alice, letters, "6666 oiab cdef gh23 4567", Accepted},
		{alice, letters, "66 66OIABCDEFGH234567", Malformed},
		{alice, letters, "OIAB-CDEF-GH23-4567", Malformed},
		{alice, letters, "6667OIAB-CDEF-GH23-4567", Wrong},
		{alice, letters, "6666", Malformed},
		{alice, digits, "666612345670", Accepted},
		{guarded, letters, "a-B 9OIAB-CDEF-GH23-4567", Accepted},
		{guarded, letters, "A-b 9OIAB-CDEF-GH23-4567", Wrong},
		{guarded, letters, "1111OIAB-CDEF-GH23-4567", Malformed},
		{alice, PaperCodes{}, "6666OIAB-CDEF-GH23-4567", Malformed},
	} {
		c.user.Paper = c.paper
		res, err := newVerifier(t).Verify(ctx, c.user, c.typed, noon)
		if err != nil || res.Verdict != c.want || res.Paper != (c.want == Accepted) ||
			res.Failures != map[bool]int{true: 0, false: 1}[c.want == Accepted] {
			t.Errorf("%s, %q: %+v, %v; want %v", c.user.Name, c.typed, res, err, c.want)
		}
		if formed := c.user.WellFormed(c.typed); formed != (c.want != Malformed) {
			t.Errorf("%s, %q: well-formed %v", c.user.Name, c.typed, formed)
		}
	}
}

// It is split off a password as a token's code is, where the user has both; what is wrong counts
// once.
func TestPaperBesideAPassword(t *testing.T) {
	paper, codes := paperOf(t, 1, 2)
	scratch, err := HashPaper(1, [PaperSalt]byte{}, []string{"12345678", "87654321"})
	if err != nil {
		t.Fatal(err)
	}
	app := User{Name: "app", Tokens: []Token{{Type: TOTP, Secret: "k"}}}
	for _, c := range []struct {
		name     string
		user     User
		paper    PaperCodes
		field    Field
		typed    string
		want     Verdict
		password Password
	}{
		{"behind it", alice, paper, CodeLast, "pass word6666" + codes[0], Accepted,
			"pass word"},
		{"before it", alice, paper, CodeFirst, "6666 " + codes[0] + " pass word", Accepted,
			" pass word"},
		{"a password of the same letters", app, paper, CodeLast, "letters" +
			strings.ToLower(codes[0]), Accepted, "letters"},
		{"digits behind it", app, scratch, CodeLast, "hunter212345678", Accepted,
			"hunter2"},
		{"digits before it", app, scratch, CodeFirst, "12345678hunter2", Accepted,
			"hunter2"},
		{"a wrong code", alice, paper, CodeLast, "pass word66662222-3333-4444-555X",
			Wrong, "pass word"},
		{"a password alone", alice, paper, CodeLast, "pass word?", Malformed, "pass word?"},
		{"the token's code", alice, paper, CodeLast, "pass word" + code(0), Accepted,
			"pass word"},
	} {
		c.user.Paper = c.paper
		v := newVerifier(t)
		res, err := v.Judge(ctx, c.user, Attempt{Typed: c.typed, Field: c.field}, noon)
		if err != nil || res.Verdict != c.want || res.Password != c.password ||
			res.Failures > 1 {
			t.Errorf("%s: %+v, password %q, %v; want %v, %q", c.name, res,
				string(res.Password), err, c.want, string(c.password))
		}
		if got := c.user.WellFormedIn(c.field, c.typed); got != (c.want == Accepted) {
			t.Errorf("%s: well-formed %v", c.name, got)
		}
		if c.want != Wrong {
			continue
		}
		again := Attempt{Typed: "another" + c.typed[9:], Field: c.field}
		res, err = v.Judge(ctx, c.user, again, noon)
		if err != nil || res.Verdict != Repeated {
			t.Errorf("%s, with another password: %+v, %v", c.name, res, err)
		}
		again.Typed = again.Typed[:len(again.Typed)-1] + "Y"
		res, err = v.Judge(ctx, c.user, again, noon)
		if err != nil || res.Verdict != Wrong || res.Failures != 2 {
			t.Errorf("another wrong code: %+v, %v", res, err)
		}
	}
}

// Each is good once, in any order, and a set that is lower than the latest not at all.
func TestPaperOnce(t *testing.T) {
	v := newVerifier(t)
	first, codes := paperOf(t, 3, 4)
	second, others := paperOf(t, 4, 2)
	for _, step := range []struct {
		name  string
		paper PaperCodes
		code  string
		want  Verdict
		left  int
	}{
		{"one", first, codes[2], Accepted, 3},
		{"the same again", first, codes[2], Replay, 3},
		{"another", first, codes[0], Accepted, 2},
		{"one of another set", first, others[1], Wrong, 2},
		{"one of a new set", second, others[0], Accepted, 1},
		{"one of the old set, which the table has again", first, codes[1], Old, 0},
		{"a used one of it", first, codes[2], Old, 0},
		{"the new set again", second, others[0], Replay, 1},
		{"the last", second, others[1], Accepted, 0},
	} {
		res, err := v.Verify(ctx, withPaper(step.paper), "6666"+step.code, noon)
		if err != nil || res.Verdict != step.want || res.PaperLeft != step.left ||
			res.Paper != (step.want != Wrong) || res.Token != "" {
			t.Errorf("%s: %+v, %v; want %v, %d", step.name, res, err, step.want,
				step.left)
		}
		s, err := v.Status(ctx, withPaper(step.paper), noon)
		if err != nil || s.Paper.Left != step.left {
			t.Errorf("%s: %+v, %v", step.name, s.Paper, err)
		}
	}
	if s, err := v.Status(ctx, withPaper(first), noon); err != nil || s.Paper.Next != 5 {
		t.Errorf("%+v, %v", s.Paper, err)
	}
	if s, err := v.Status(ctx, alice, noon); err != nil || s.Paper != (PaperStatus{0, 5}) {
		t.Errorf("without a set: %+v, %v", s.Paper, err)
	}
}

// It is a login like any other: counted, locked, switched off, and first of all by a right clock.
func TestPaperIsALogin(t *testing.T) {
	paper, codes := paperOf(t, 1, 3)
	u := withPaper(paper)
	v := newVerifier(t)
	expect(t, v, u, "6666"+codes[1]+"A", noon, Malformed)
	expect(t, v, u, "6667"+codes[1], noon, Wrong)
	expect(t, v, u, "6667"+codes[1], noon, Repeated)
	expect(t, v, u, "6666"+codes[1], at(1), Accepted)
	s, err := v.Status(ctx, u, at(1))
	if err != nil || s.Failures != 0 || !s.LastLogin.Equal(at(1)) || s.Tokens[0].Used {
		t.Errorf("%+v, %v", s, err)
	}
	expect(t, v, u, code(9), at(9), Accepted)
	expect(t, v, u, "6666"+codes[0], noon, Clock)
	off := u
	off.Disabled = true
	expect(t, v, off, "6666"+codes[0], at(9), Disabled)
	for i := range 8 {
		expect(t, v, u, fmt.Sprintf("66662222-2222-2222-222%c", 'A'+i), at(9), Wrong)
	}
	expect(t, v, u, "6666"+codes[0], at(9), Locked)
	if s, err := v.Status(ctx, u, at(9)); err != nil || s.Paper.Left != 2 {
		t.Errorf("%+v, %v", s, err)
	}
}

// The PIN is the one in force.
func TestPaperBehindTheOwnPIN(t *testing.T) {
	paper, codes := paperOf(t, 1, 2)
	u, v := withPaper(paper), newVerifier(t)
	mustChange(t, v, u, code(0), "2468", noon)
	expect(t, v, u, "6666"+codes[0], noon, Wrong)
	expect(t, v, u, "2468"+codes[0], noon, Accepted)
}

// A code on paper is none of a token's: it changes no PIN, puts no clock right, checks no token.
func TestPaperIsNoToken(t *testing.T) {
	paper, codes := paperOf(t, 1, 2)
	u, v := withPaper(paper), newVerifier(t)
	v.Policy.Resync = time.Hour
	typed := "6666" + codes[0]
	for name, ask := range map[string]func(typed string) (Result, error){
		"change": func(typed string) (Result, error) {
			return v.ChangePIN(ctx, u, typed, "2468", noon)
		},
		"begin a change": func(typed string) (Result, error) {
			res, change, err := v.BeginPINChange(ctx, u, typed, noon)
			if change != nil {
				t.Error("it is begun")
			}
			return res, err
		},
		"sync": func(typed string) (Result, error) { return v.Sync(ctx, u, typed, noon) },
		"use up": func(typed string) (Result, error) {
			return v.UseUp(ctx, u, typed, noon)
		},
		"next": func(typed string) (Result, error) {
			first, err := v.Verify(ctx, u, code(100), noon)
			if err != nil || first.Pending == nil {
				t.Fatalf("%+v, %v", first, err)
			}
			return v.VerifyNext(ctx, u, first.Pending, typed, noon)
		},
	} {
		if err := v.Unlock(ctx, u, noon); err != nil {
			t.Fatal(err)
		}
		res, err := ask(typed)
		if err != nil || res.Verdict == Accepted || res.Verdict == Repeated ||
			res.Failures == 0 || res.Paper {
			t.Errorf("%s: %+v, %v", name, res, err)
		}
	}
	if err := v.Unlock(ctx, u, noon); err != nil {
		t.Fatal(err)
	}
	expect(t, v, u, typed, noon, Accepted)
}

// Where a record is made anew, or is not the latest, all codes count as used, until there is a new
// set; where half of it is damaged none more, since a use is in both halves.
func TestPaperAfterALoss(t *testing.T) {
	first, codes := paperOf(t, 2, 3)
	u := withPaper(first)
	for _, c := range []struct {
		name string
		lose func(v Verifier)
		left int
	}{
		{"made anew", func(v Verifier) {
			v.Store.(*shelf).lose("alice")
			if err := v.Unlock(ctx, u, noon); err != nil {
				t.Fatal(err)
			}
		}, 0},
		{"restored", func(v Verifier) {
			if err := v.Restored(ctx, u, noon, 0); err != nil {
				t.Fatal(err)
			}
		}, 0},
		{"restored while the table had none", func(v Verifier) {
			if err := v.Restored(ctx, alice, noon, 0); err != nil {
				t.Fatal(err)
			}
		}, 0},
		{"ended", func(v Verifier) {
			if err := v.EndPaper(ctx, u, noon); err != nil {
				t.Fatal(err)
			}
		}, 0},
		{"in doubt", func(v Verifier) {
			s := v.Store.(*shelf)
			c := s.records["alice"]
			c.Doubt = true
			s.records["alice"] = c
		}, 2},
		{"unlocked", func(v Verifier) {
			if err := v.Unlock(ctx, u, noon); err != nil {
				t.Fatal(err)
			}
		}, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := newVerifier(t)
			expect(t, v, u, "6666"+codes[0], noon, Accepted)
			c.lose(v)
			s, err := v.Status(ctx, u, noon)
			if err != nil || s.Paper.Left != c.left {
				t.Errorf("%+v, %v; want %d left", s.Paper, err, c.left)
			}
			want := map[bool][]Verdict{true: {Replay, Accepted},
				false: {Old, Old}}[c.left > 0]
			expect(t, v, u, "6666"+codes[0], noon, want[0])
			expect(t, v, u, "6666"+codes[1], noon, want[1])
			next, codes := paperOf(t, s.Paper.Next, 1)
			expect(t, v, withPaper(next), "6666"+codes[0], noon, Accepted)
		})
	}
}

// A use is in both halves of a record, and so is the beginning of a set.
func TestPaperIsTheOnlyRecord(t *testing.T) {
	first, codes := paperOf(t, 1, 3)
	second, _ := paperOf(t, 2, 2)
	v := newVerifier(t)
	only := &onlyStore{Store: v.Store}
	v.Store = only
	expect(t, v, withPaper(first), "666622222222-22222222", noon, Wrong)
	if only.said {
		t.Fatal("any attempt is the only record: this proves nothing")
	}
	for _, c := range codes[:2] {
		only.said = false
		expect(t, v, withPaper(first), "6666"+c, noon, Accepted)
		if !only.said {
			t.Error("the record from before may be read again")
		}
	}
	only.said = false
	if err := v.BeginPaper(ctx, withPaper(second), noon); err != nil || !only.said {
		t.Errorf("%v, %v", only.said, err)
	}
	for range 2 {
		expect(t, v, withPaper(first), "6666"+codes[2], noon, Old)
		if err := v.BeginPaper(ctx, withPaper(first), noon); err != nil {
			t.Error(err)
		}
	}
	if s, err := v.Status(ctx, withPaper(second), noon); err != nil || s.Paper.Left != 2 {
		t.Errorf("%+v, %v", s.Paper, err)
	}
}

// An entry that is not of its form spoils the record.
func TestPaperEntries(t *testing.T) {
	set := []byte{1, 0, 0, 0, 0, 0, 0, 0}
	entryOf := func(value []byte) []byte {
		return append([]byte{entryPaper, byte(len(value)), byte(len(value) >> 8)}, value...)
	}
	more := func(n int) []byte { return append(set[:8:8], make([]byte, n)...) }
	for name, c := range map[string]struct {
		entries []byte
		ok      bool
	}{
		"a set":            {entryOf(set), true},
		"with a code":      {entryOf(more(16)), true},
		"with sixteen":     {entryOf(more(16 * 16)), true},
		"with seventeen":   {entryOf(more(16 * 17)), false},
		"with half a code": {entryOf(more(8)), false},
		"of half a number": {entryOf(set[:4]), false},
		"set 0":            {entryOf(make([]byte, 8)), false},
		"nothing":          {entryOf(nil), false},
		"a second one":     {append(entryOf(set), entryOf(set)...), false},
	} {
		b := append((&record{}).bytes(), c.entries...)
		r, ok := readRecord(b)
		if ok != c.ok || ok && string(r.bytes()) != string(b) {
			t.Errorf("%s: %v, %+v", name, ok, r.paper)
		}
	}
}

// A set that was edited by hand, so that more of its codes are used than a set may have, is used
// up.
func TestPaperUsedUpByHand(t *testing.T) {
	v := newVerifier(t)
	whole, codes := paperOf(t, 1, MaxPaper)
	for i, c := range codes {
		res, err := v.Verify(ctx, withPaper(whole), "6666"+c, noon)
		if err != nil || res.Verdict != Accepted || res.PaperLeft != MaxPaper-1-i {
			t.Fatalf("%d: %+v, %v", i, res, err)
		}
	}
	edited, codes := paperOf(t, 2, 1)
	edited.Set = 1
	res, err := v.Verify(ctx, withPaper(edited), "6666"+codes[0], noon)
	if err != nil || res.Verdict != Old || res.PaperLeft != 0 {
		t.Errorf("%+v, %v", res, err)
	}
}

// Where a token shows the very digits that stand on paper, both are used up.
func TestPaperThatATokenShows(t *testing.T) {
	token := Token{Type: TOTP, Secret: "k", Digits: 8}
	shown := token.Code(noon)
	paper, err := HashPaper(1, [PaperSalt]byte{}, []string{shown, "00000000"})
	if err != nil {
		t.Fatal(err)
	}
	u := User{Name: "app", Tokens: []Token{token}, Paper: paper}
	v := newVerifier(t)
	res, err := v.Verify(ctx, u, shown, noon)
	if err != nil || res.Verdict != Accepted || res.Paper || res.PaperLeft != 1 {
		t.Errorf("%+v, %v", res, err)
	}
	expect(t, v, u, shown, noon.Add(time.Hour), Replay)
}

// What no set can be is refused, and nothing shows a hash.
func TestPaperCodesThatCannotBe(t *testing.T) {
	whole, codes := paperOf(t, 1, MaxPaper)
	long := whole
	long.Hashes = append(long.Hashes[:MaxPaper:MaxPaper], PaperHash{1})
	for name, p := range map[string]PaperCodes{
		"too many":         long,
		"none":             {Set: 1},
		"without a set":    {Hashes: whole.Hashes},
		"too high a set":   {Set: MaxPaperSet + 1, Hashes: whole.Hashes},
		"one stands twice": {Set: 1, Hashes: []PaperHash{{1}, {2}, {1}}},
	} {
		if err := withPaper(p).Validate(); !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := withPaper(whole).Validate(); err != nil {
		t.Error(err)
	}
	for _, bad := range [][]string{{"12345"}, {codes[0], "12345678"}, {"12345678", codes[0]},
		{codes[0], codes[0]}, nil} {
		if p, err := HashPaper(1, whole.Salt, bad); !errors.Is(err, ErrInvalid) {
			t.Errorf("%q: %v, %v", bad, p, err)
		}
	}
	hash := fmt.Sprintf("%d", whole.Hashes[0][0])
	for _, format := range []string{"%v", "%+v", "%#v", "%s"} {
		if text := fmt.Sprintf(format, withPaper(whole)); strings.Contains(text, hash) {
			t.Errorf("%s shows a hash: %s", format, text)
		}
	}
	if b, err := json.Marshal(whole); err == nil {
		t.Errorf("written as %s", b)
	}
}

// FuzzPaper holds reading to a plain description: an answer of ASCII is the code if, behind the
// PIN, it is that, in whatever case, with 0 for O and 1 for I, and with blanks and dashes anywhere
// but behind it. It is good once.
func FuzzPaper(f *testing.F) {
	paper, codes := paperOf(f, 1, 1)
	f.Add("6666"+codes[0], "6666")
	f.Add(strings.ToLower(codes[0]), "")
	f.Add(" 66-66 "+codes[0]+"- ", "66-66")
	f.Add("6666 "+codes[0]+"\x00", "6666")
	f.Add("6666\xff", "6666\xff")
	whole := strings.ReplaceAll(codes[0], "-", "")
	f.Fuzz(func(t *testing.T, typed, pin string) {
		u := User{Name: "app", Paper: paper, Tokens: []Token{
			{Type: TOTP, Secret: "key", PIN: pin}}}
		text := strings.TrimSpace(typed[:min(len(typed), maxAnswer)])
		rest, good := strings.CutPrefix(text, pin)
		var meant strings.Builder
		for _, c := range rest {
			if c > 127 {
				return // other keyboards have tests of their own
			}
			if !strings.ContainsRune(" -\t", c) {
				meant.WriteRune(c)
			}
		}
		spelt := strings.NewReplacer("0", "O", "1", "I").Replace(
			strings.ToUpper(meant.String()))
		good = good && spelt == whole && !strings.HasSuffix(rest, "-")
		var r record
		v, _ := r.judge(u, read(typed), noon, DefaultPolicy)
		if r.byPaper != good {
			t.Fatalf("%q behind %q: %v, paper %v; want %v", typed, pin, v, r.byPaper,
				good)
		}
		again, _ := r.judge(u, read(typed), noon, DefaultPolicy)
		if good && (v != Accepted || again != Replay || r.paperLeft(paper) != 0) {
			t.Errorf("%q: %v, then %v", typed, v, again)
		}
	})
}
