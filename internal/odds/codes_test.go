package odds

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"testing"
	"time"

	"github.com/pam-motp/pam-motp/motp"
)

// Tokens of each kind. HOTP's counter is not at the beginning, so that codes behind it exist.
var (
	mobile = motp.Token{Secret: "5a1f0c9be27d4836", PIN: "4917"}
	totp   = motp.Token{Type: motp.TOTP, Secret: "Thirty-two bytes, some say, do it"}
	minute = motp.Token{Type: motp.TOTP, Secret: "Sixty seconds each", Period: time.Minute}
	eight  = motp.Token{Type: motp.TOTP, Secret: "Eight digits", Digits: 8, PIN: "4917"}
	hotp   = motp.Token{Type: motp.HOTP, Secret: "With a button on it", Counter: 1000}
)

// only is a user with one token.
func only(t motp.Token) motp.User { return motp.User{Tokens: []motp.Token{t}} }

func policy(change func(p *motp.Policy)) motp.Policy {
	p := motp.DefaultPolicy
	change(&p)
	return p
}

func window(d time.Duration) func(p *motp.Policy) {
	return func(p *motp.Policy) { p.Window, p.WindowForAll = d, true }
}

// As many codes are good at one time as the Verifier accepts, each in a record of its own.
func TestCodesAtOnce(t *testing.T) {
	t.Parallel()
	drift := func(p *motp.Policy) { p.MaxDrift = 10 * time.Minute }
	asIs := func(*motp.Policy) {}
	for _, c := range []struct {
		name   string
		token  motp.Token
		change func(p *motp.Policy)
		// steps at which the token's clock was seen before, one after the other
		seen []int64
		want int64
	}{
		{"Mobile-OTP", mobile, asIs, nil, 37},
		{"Mobile-OTP, a window of a minute", mobile, window(time.Minute), nil, 13},
		{"Mobile-OTP, no window", mobile, window(0), nil, 1},
		{"Mobile-OTP whose clock is far off", mobile, drift, []int64{18, 36, 54}, 74},
		{"TOTP", totp, asIs, nil, 3},
		{"TOTP of 60 seconds", minute, asIs, nil, 3},
		{"TOTP of 60 seconds, window for all", minute, window(3 * time.Minute), nil, 7},
		{"TOTP of eight digits, window for all", eight, window(3 * time.Minute), nil, 13},
		{"TOTP whose clock is off", totp, drift, []int64{1, 2, 3}, 6},
		{"HOTP", hotp, asIs, nil, 11},
		{"HOTP, no look-ahead", hotp, func(p *motp.Policy) { p.LookAhead = 0 }, nil, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p := policy(c.change)
			var accepted int64
			for n := int64(-25); n <= 80; n++ {
				v := newVictim(t, p, c.token)
				for _, at := range c.seen {
					if got := v.try(c.token.Answer(c.token.Step(v.now) +
						at)); got != motp.Accepted {
						t.Fatalf("%d steps off: %v", at, got)
					}
					v.now = v.now.AddDate(0, 0, 1)
				}
				if v.try(c.token.Answer(c.token.Step(v.now)+n)) == motp.Accepted {
					accepted++
				}
			}
			if got := CodesAtOnce(c.token, p); got != c.want || accepted != c.want {
				t.Errorf("%d codes by the closed form, %d accepted, want %d", got,
					accepted, c.want)
			}
		})
	}
}

// An account of the simulation: what its tokens show, as numbers, and who guesses at it.
type account struct {
	tokens []motp.Token
	policy motp.Policy
	random *rand.Rand
}

// good are the codes that are good at a time.
func (a *account) good(at time.Time, into map[int64]bool) {
	clear(into)
	for _, t := range a.tokens {
		base, step, reach := 10, t.Step(at), a.policy.Reach(t)
		from := step - reach
		switch t.Type {
		case motp.HOTP:
			from = step
		case motp.MobileOTP:
			base = 16
		}
		for s := from; s <= step+reach; s++ {
			code, err := strconv.ParseInt(t.CodeAt(s), base, 64)
			if err != nil {
				panic(err)
			}
			into[code] = true
		}
	}
}

// falls says whether one of the guesses is right, of as many as fit into each of the rounds.
func (a *account) falls(begins []time.Duration) bool {
	space := Space(a.tokens[0])
	good := map[int64]bool{}
	counter := a.tokens[0].Type == motp.HOTP
	guess := a.random.Int64N(space)
	for i, begin := range begins {
		if i == 0 || !counter {
			a.good(newYear.Add(begin), good)
		}
		for range a.policy.MaxFailures {
			// a counter's codes stay, so none is tried twice
			guess = (guess + 1) % space
			if !counter {
				guess = a.random.Int64N(space)
			}
			if good[guess] {
				return true
			}
		}
	}
	return false
}

// The odds of the closed form are those of accounts that are guessed at for a year. There are more
// guesses to a lock than usual where otherwise next to no account would fall.
func TestAccountsThatFall(t *testing.T) {
	t.Parallel()
	locks := func(failures int) func(p *motp.Policy) {
		return func(p *motp.Policy) {
			p.MaxFailures, p.UnlockAfter = failures, 15*time.Minute
		}
	}
	for _, c := range []struct {
		name     string
		token    motp.Token
		tokens   int
		change   func(p *motp.Policy)
		accounts int
	}{
		{"Mobile-OTP", mobile, 1, locks(150), 150},
		{"TOTP", totp, 1, locks(100), 300},
		{"eight TOTP tokens", totp, 8, locks(40), 40},
		{"HOTP", hotp, 1, func(p *motp.Policy) { locks(8)(p); p.LookAhead = 100 }, 1000},
		{"HOTP, one lock for ever", hotp, 1, func(p *motp.Policy) {
			p.MaxFailures, p.LookAhead = 100, 1000
		}, 250},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p := policy(c.change)
			random := rand.New(rand.NewPCG(uint64(len(c.name)), 2026))
			begins := rounds(p, Year)
			fallen := 0
			var tokens []motp.Token
			for range c.accounts {
				tokens = nil
				for range c.tokens {
					token := c.token
					token.Secret = fmt.Sprintf("%016x", random.Uint64())
					tokens = append(tokens, token)
				}
				if (&account{tokens, p, random}).falls(begins) {
					fallen++
				}
			}
			odds := WithoutPause(p, Year).Success(motp.User{Tokens: tokens})
			agree(t, fallen, c.accounts, odds)
		})
	}
}

// agree compares what fell with what should have, by four times the standard error. The generator
// is seeded, so it is the same each time.
func agree(t *testing.T, fallen, accounts int, odds float64) {
	t.Helper()
	want := odds * float64(accounts)
	deviation := math.Sqrt(want * (1 - odds))
	if want < 8 || want > float64(accounts)-8 {
		t.Fatalf("%.1f of %d accounts should fall: that proves nothing", want, accounts)
	}
	t.Logf("%d of %d accounts fell; %.1f ± %.1f should", fallen, accounts, want, deviation)
	if math.Abs(float64(fallen)-want) > 4*deviation {
		t.Errorf("%d of %d accounts fell; %.1f ± %.1f should", fallen, accounts,
			want, deviation)
	}
}

// Resync tells whoever guesses which codes are good at another time. The odds count that, never too
// low, and not three times too high. Here a token is no more than the step of a code that was hit.
func TestCodesThatResyncGivesAway(t *testing.T) {
	t.Parallel()
	for unlock, failures := range map[time.Duration]int{0: 300, 15 * time.Minute: 20} {
		t.Run(fmt.Sprint(unlock), func(t *testing.T) {
			t.Parallel()
			p := policy(func(p *motp.Policy) {
				p.UnlockAfter, p.Resync = unlock, 24*time.Hour
			})
			p.MaxFailures = failures
			random := rand.New(rand.NewPCG(1, 2026))
			const accounts = 3000
			fallen := 0
			for range accounts {
				if fallsByResync(random, mobile, p) {
					fallen++
				}
			}
			odds := WithoutPause(p, Year).Success(only(mobile))
			got := float64(fallen) / accounts
			plain := policy(func(q *motp.Policy) { *q = p; q.Resync = 0 })
			t.Logf("%.4f fell, at most %.4f should; without resync %.4f",
				got, odds, WithoutPause(plain, Year).Success(only(mobile)))
			if got > odds || got < odds/3 || fallen < 30 {
				t.Errorf("%.4f of the accounts fell, and the closed form says %.4f",
					got, odds)
			}
		})
	}
}

// fallsByResync guesses at random until a code turns out to be right at another time, and then
// tries that code as long as its time may come, once in each window.
func fallsByResync(random *rand.Rand, token motp.Token, p motp.Policy) bool {
	reach, day := p.Reach(token), int64(p.Resync/token.StepLength())
	steps := func(d time.Duration) int64 { return int64(d / token.StepLength()) }
	var now, hit, until int64 // the code that was hit is of step hit, and tried until then
	for locks := 1; now <= steps(Year); locks++ {
		for range p.MaxFailures {
			if now < until {
				now += 2*reach + 1
				if hit >= now-reach && hit <= now+reach {
					return true
				}
				continue
			}
			switch off := random.Int64N(Space(token)) - day; {
			case off >= -reach && off <= reach:
				return true
			case off <= day:
				hit, until = now+off, now+day
			}
		}
		if p.UnlockAfter == 0 {
			return false
		}
		now += steps(lock(p, locks))
	}
	return false
}
