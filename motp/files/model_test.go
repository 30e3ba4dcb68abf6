//go:build linux

package files

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pam-motp/pam-motp/motp"
)

// The limits that the promises name.
const (
	clockSlack  = 10 * time.Second
	repeatGrace = time.Minute
	replayReach = 256
)

// model is what package motp promises of one user with one Mobile-OTP token, in the plainest way:
// nothing is forgotten, nothing is packed.
type model struct {
	policy   motp.Policy
	used     map[int64]bool
	failures int
	failed   time.Time // when the last failure was counted
	mistake  string    // the last wrong code
	locks    int       // that ended with no login after them
	pin      string    // that the table has
	own      string    // the PIN that the user has set, if any
	replaced string    // the table's PIN then
	proven   time.Time // the latest time that a code of the token was accepted at
	grants   map[string]granted
	begun    begun  // the change of a PIN that was begun last
	paper    uint64 // of the codes on paper that the table has; 0 is none
	latest   uint64 // set that a code of was accepted, or that the record was told of
	spent    map[string]bool
}

// begun is a change of a PIN that lacks the new one.
type begun struct {
	change  *motp.PINChange
	inForce string // the PIN at that time
	at      time.Time
}

// granted is when a right code came from somewhere, and what PIN the table had then.
type granted struct {
	at  time.Time
	pin string
}

const grace = 8 * time.Hour

// grace says whether there is any for an origin.
func (m *model) grace(origin string, now time.Time) bool {
	g, ok := m.grants[origin]
	age := now.Sub(g.at)
	return ok && g.pin == m.pin && age >= 0 && age < grace && !m.locked(now) &&
		!now.Add(clockSlack).Before(m.proven)
}

func (m *model) clone() *model {
	c := *m
	c.used, c.spent = maps.Clone(m.used), maps.Clone(m.spent)
	c.grants = maps.Clone(m.grants)
	return &c
}

// user is alice, as the table has her.
func (m *model) user() motp.User {
	token := alice.Tokens[0]
	token.PIN = m.pin
	paper, _ := paperSet(m.paper)
	return motp.User{Name: alice.Name, Tokens: []motp.Token{token}, Paper: paper}
}

// token is the one by which codes are judged.
func (m *model) token() motp.Token {
	token := m.user().Tokens[0]
	if m.own != "" && m.replaced == m.pin {
		token.PIN = m.own
	}
	return token
}

// overrule forgets a PIN of the user's own that the table has overruled, as whatever is written
// does.
func (m *model) overrule() {
	if m.replaced != m.pin {
		m.own = ""
	}
}

// set has the user set a PIN.
func (m *model) set(pin string) {
	m.own, m.replaced = pin, m.pin
	if pin == m.pin {
		m.own = ""
	}
}

// lapsed says whether a change that was begun is good no more.
func (m *model) lapsed(now time.Time) bool {
	age, b := now.Sub(m.begun.at), m.begun
	return b.change == nil || age < -clockSlack || age > 5*time.Minute || m.locked(now) ||
		b.inForce != m.token().PIN
}

func (m *model) unlock(now time.Time) {
	m.overrule()
	m.failures, m.mistake, m.locks = 0, "", 0
	if m.proven.After(now) {
		m.proven = now
	}
}

func (m *model) locked(now time.Time) bool {
	lasts := min(m.policy.UnlockAfter<<min(m.locks, 8), 24*time.Hour)
	ended := m.policy.UnlockAfter > 0 && now.Sub(m.failed) >= lasts
	return m.failures >= m.policy.MaxFailures && !ended
}

// judge is what an answer comes to, where codes on paper are good and where they are not.
func (m *model) judge(typed string, paper bool, now time.Time) motp.Verdict {
	m.overrule()
	if m.locked(now) {
		return motp.Locked
	}
	if m.failures >= m.policy.MaxFailures {
		m.failures = 0
		m.locks++
	}
	if now.Add(clockSlack).Before(m.proven) {
		return motp.Clock
	}
	if typed == "" {
		return motp.Empty
	}
	ago := now.Sub(m.failed)
	if typed == m.mistake && ago >= 0 && ago < repeatGrace {
		return motp.Repeated
	}
	if v := m.onPaper(typed); paper && v != motp.Wrong {
		if v == motp.Accepted {
			proven := m.proven
			m.unlock(now)
			m.proven, m.latest, m.spent[typed[4:]] = proven, m.paper, true
		}
		return v
	}
	switch v, steps := m.matches(typed, now); {
	case v == motp.Accepted:
		for _, s := range steps {
			m.used[s] = true
		}
		m.unlock(now)
		if now.After(m.proven) {
			m.proven = now
		}
		return v
	case v != motp.Wrong:
		return v
	}
	m.failures, m.failed, m.mistake = m.failures+1, now, typed
	clear(m.grants)
	if len(typed) > motp.CodeLength && (m.paper == 0 || !paper) {
		return motp.Malformed
	}
	return motp.Wrong
}

// onPaper is what an answer is worth as a code on paper.
func (m *model) onPaper(typed string) motp.Verdict {
	_, codes := paperSet(m.paper)
	code, ok := strings.CutPrefix(typed, m.token().PIN)
	switch {
	case !ok || !slices.Contains(codes, code):
		return motp.Wrong
	case m.paper < m.latest:
		return motp.Old
	case m.spent[code]:
		return motp.Replay
	}
	return motp.Accepted
}

// left is how many codes on paper are good.
func (m *model) left() int {
	_, codes := paperSet(m.paper)
	if m.paper < m.latest {
		return 0
	}
	return len(slices.DeleteFunc(codes, func(c string) bool { return m.spent[c] }))
}

// paperSet is the set of a number: four codes. Number 0 is none.
func paperSet(set uint64) (paper motp.PaperCodes, codes []string) {
	if set == 0 {
		return motp.PaperCodes{}, nil
	}
	for i := range byte(4) {
		codes = append(codes, motp.PaperCode([motp.PaperEntropy]byte{byte(set), i}))
	}
	paper, err := motp.HashPaper(set, [motp.PaperSalt]byte{byte(set)}, codes)
	if err != nil {
		panic(err)
	}
	return paper, codes
}

// matches looks at every step of the window.
func (m *model) matches(typed string, now time.Time) (v motp.Verdict, steps []int64) {
	highest := int64(-1 << 62)
	for s := range m.used {
		highest = max(highest, s)
	}
	token := m.token()
	v = motp.Wrong
	for s := token.Step(now) - 18; s <= token.Step(now)+18; s++ {
		if token.CodeAt(s) != typed {
			continue
		}
		found := motp.Accepted
		switch {
		case highest-s >= replayReach: // used or not: nobody remembers
			found = motp.Old
		case m.used[s]:
			found = motp.Replay
		}
		v = heavier(v, found)
		steps = append(steps, s)
	}
	return v, steps
}

// heavier is the verdict that counts of two on one code: a replay outweighs all else.
func heavier(a, b motp.Verdict) motp.Verdict {
	for _, v := range []motp.Verdict{motp.Replay, motp.Old, motp.Accepted} {
		if a == v || b == v {
			return v
		}
	}
	return a
}

// TestAgainstModel does what may come to a record in its life, in any order, and compares each
// verdict and each count with the model's: right, used, wrong and repeated codes, PINs that are set
// by the user and edited in the table, codes on paper, whose sets come and go in the table, with
// the record told or not, unlocking, a clock that is set, and a crash in the middle of
// a write, whose attempt was not answered and may have been noted or not.
func TestAgainstModel(t *testing.T) {
	const lives, events = 60, 200
	seen := map[string]int{}
	for seed := range uint64(lives) {
		random := rand.New(rand.NewPCG(seed, 1))
		v := newVerifier(t)
		if random.IntN(2) == 0 {
			v.Policy.MaxFailures, v.Policy.UnlockAfter = 3, 15*time.Minute
		}
		m := &model{policy: v.Policy, used: map[int64]bool{}, failed: time.Unix(0, 0),
			pin: alice.Tokens[0].PIN, grants: map[string]granted{},
			spent: map[string]bool{}}
		now := noon
		for event := range events {
			if seed%3 == 0 { // two services with a limit each
				v.Policy.MaxFailures = []int{3, 8}[random.IntN(2)]
				m.policy = v.Policy
			}
			typed, what := someCode(random, m, now)
			switch random.IntN(20) {
			case 0:
				now = now.Add(time.Duration(random.IntN(7200)-3600) * time.Second)
				continue
			case 1:
				now = now.Add(
					time.Duration(random.IntN(3)-1) * 365 * 24 * time.Hour)
				continue
			case 2:
				if err := v.Unlock(ctx, m.user(), now); err != nil {
					t.Fatalf("life %d, event %d: unlock: %v", seed, event, err)
				}
				m.unlock(now)
				continue
			case 3:
				m = crash(t, v, m, typed, now, random)
				seen["crash"]++
				continue
			case 4:
				m.pin = somePIN(random)
				continue
			case 5, 6, 7:
				seen[end(t, v, m, somePIN(random), now)]++
				continue
			case 8, 9, 10:
				seen["begun"] += begin(t, v, m, typed, now)
				continue
			case 11:
				m.paper = uint64(random.IntN(5)) + max(m.latest, 2) - 2
				if random.IntN(2) == 0 {
					if err := v.BeginPaper(ctx, m.user(), now); err != nil {
						t.Fatal(err)
					}
					m.overrule()
					m.latest = max(m.latest, m.paper)
				}
				continue
			}
			pin := ""
			if random.IntN(6) == 0 {
				pin = somePIN(random)
			}
			origin := []string{"", "here", "there"}[random.IntN(3)]
			user, want := m.user(), m.judge(typed, pin == "", now)
			if pin == "" && origin != "" && want == motp.Accepted {
				m.grants[origin] = granted{now, m.pin}
			}
			if pin != "" && want == motp.Accepted {
				m.set(pin)
				seen["pin"]++
			}
			res, err := attempt(v, user, motp.Attempt{Typed: typed, Origin: origin},
				pin, now)
			if err != nil || res.Verdict != want ||
				res.Failures != m.failures || res.Doubt ||
				res.PaperLeft != m.left() {
				t.Fatalf("life %d, event %d, %s: %+v, %v; want %v with %d "+
					"failures, %d left", seed, event, what, res, err, want,
					m.failures, m.left())
			}
			seen[want.String()]++
			if res.Paper {
				seen["paper "+want.String()]++
			}
			if checkGrace(t, v, m, []string{"", "here", "there"}[random.IntN(3)], now) {
				seen["grace"]++
			}
			now = now.Add(time.Duration(random.IntN(40)) * time.Second)
		}
	}
	for _, outcome := range []string{"ok", "wrong", "repeated", "replay", "old", "locked",
		"clock", "crash", "grace", "pin", "begun", "changed", "lapsed", "paper ok",
		"paper replay", "paper old"} {
		if seen[outcome] < lives {
			t.Errorf("%s came %d times: the lives are too dull to prove anything",
				outcome, seen[outcome])
		}
	}
}

// somePIN is one of a few, so that edits are taken back.
func somePIN(random *rand.Rand) string { return []string{"6666", "2468", "1357"}[random.IntN(3)] }

// attempt is a login, or with a PIN the change to it.
func attempt(v fixture, u motp.User, at motp.Attempt, pin string,
	now time.Time) (motp.Result, error) {
	if pin == "" {
		return v.Judge(ctx, u, at, now)
	}
	return v.ChangePIN(ctx, u, at.Typed, pin, now)
}

// checkGrace compares with the model whether there is grace for an origin.
func checkGrace(t *testing.T, v fixture, m *model, origin string, now time.Time) bool {
	t.Helper()
	want := m.grace(origin, now)
	standing, err := v.Standing(ctx, m.user(), origin, grace, now)
	if err != nil || standing.Grace != want {
		t.Fatalf("from %q: %+v, %v; want %v", origin, standing, err, want)
	}
	return want
}

// begin begins a change of a PIN. It returns how many were begun.
func begin(t *testing.T, v fixture, m *model, typed string, now time.Time) (n int) {
	t.Helper()
	user, inForce, want := m.user(), m.token().PIN, m.judge(typed, false, now)
	res, change, err := v.BeginPINChange(ctx, user, typed, now)
	if err != nil || res.Verdict != want || (change != nil) != (want == motp.Accepted) {
		t.Fatalf("a change begins: %+v, %v; want %v", res, err, want)
	}
	if change != nil {
		m.begun = begun{change, inForce, now}
		n = 1
	}
	return n
}

// end ends the change that was begun last, however long ago.
func end(t *testing.T, v fixture, m *model, pin string, now time.Time) (outcome string) {
	t.Helper()
	lapsed := m.lapsed(now)
	err := v.EndPINChange(ctx, m.user(), m.begun.change, pin, now)
	switch {
	case lapsed && errors.Is(err, motp.ErrLapsed):
		return "lapsed"
	case lapsed || err != nil:
		t.Fatalf("a change ends: %v; lapsed is %v", err, lapsed)
	}
	m.overrule()
	m.set(pin)
	return "changed"
}

// someCode is what somebody may type: a code of the window or just outside, one that was used, the
// last mistake, or a guess.
func someCode(random *rand.Rand, m *model, now time.Time) (typed, what string) {
	token := m.token()
	switch random.IntN(9) {
	case 7, 8:
		if codes := somePaper(random, m); len(codes) > 0 {
			return token.PIN + codes[random.IntN(len(codes))], "a code on paper"
		}
	case 6:
		token.PIN = somePIN(random)
	case 0:
		for s := range m.used {
			return token.CodeAt(s), "a used code"
		}
	case 1:
		return m.mistake, "the last mistake"
	case 2:
		return fmt.Sprintf("%06x", random.IntN(1<<24)), "a guess"
	case 3:
		return token.CodeAt(token.Step(now) - replayReach +
			int64(random.IntN(40)) - 20), "an old code"
	}
	return token.CodeAt(token.Step(now) + int64(random.IntN(41)) - 20), "a code of about now"
}

// somePaper are the codes of the table's set, or of the one before it, or those that were used.
func somePaper(random *rand.Rand, m *model) (codes []string) {
	set := m.paper
	if random.IntN(5) == 0 && set > 1 {
		set--
	}
	_, codes = paperSet(set)
	fresh := func(c string) bool { return !m.spent[c] }
	used := slices.DeleteFunc(slices.Clone(codes), fresh)
	if len(used) > 0 && random.IntN(2) == 0 {
		return used
	}
	return codes
}

// crash lets an attempt be torn in the middle of its write. It returns the model of what is in
// force then.
func crash(t *testing.T, v fixture, before *model, typed string, now time.Time,
	random *rand.Rand) *model {
	t.Helper()
	path := v.Dir + "/alice"
	old, err := os.ReadFile(path)
	if err != nil {
		return before // no record yet; how the first one is made has tests of its own
	}
	after := before.clone()
	after.judge(typed, true, now)
	if _, err := v.Verify(ctx, before.user(), typed, now); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	first, _, _ := parseFile("alice", old)
	newest, _, _ := parseFile("alice", whole)
	last := first.seq + 1 + random.Uint64N(newest.seq-first.seq) // of one write, or two
	torn, n := append([]byte(nil), old...), slotSize
	for seq := first.seq + 1; seq <= last; seq++ {
		if seq == last {
			n = random.IntN(slotSize + 1)
		}
		at := int(seq%2) * slotSize
		copy(torn[at:at+n], whole[at:at+n])
	}
	if err := os.WriteFile(path, torn, 0o600); err != nil {
		t.Fatal(err)
	}
	inForce, doubt, ok := parseFile("alice", torn)
	switch {
	case !ok || doubt:
		t.Fatalf("torn at %d: ok %v, doubt %v", n, ok, doubt)
	case inForce.seq != last && inForce.seq != last-1:
		t.Fatalf("torn at %d: change %d is in force, after change %d", n,
			inForce.seq, last)
	case n == slotSize && inForce.seq != last:
		t.Fatal("what was written whole is not in force")
	case inForce.seq == first.seq:
		return before
	}
	return after
}
