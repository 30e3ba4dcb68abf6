// Package odds computes how likely an attacker is to guess a way into an account.
//
// The attacker knows the login name and nothing else that helps: no secret, no code. He can reach
// the prompt at any time and makes the most of it:
//
//   - He guesses without pause: as many answers as lock the user, and again the moment the lock
//     ends. Nobody else logs in, since the user is locked all the time, and no administrator steps
//     in. [BetweenLogins] is about a more patient attacker.
//   - He repeats no answer, so each one is judged. An answer that is right but used is not counted;
//     he knows of none, and does not hit one more often than a fresh one.
//   - All codes of a token are equally likely, as far as the reduction to decimal digits allows. A
//     Mobile-OTP code is one of 16^6; its PIN is part of the hash and makes no code rarer or
//     longer.
//   - A PIN that is typed before the code adds nothing: people choose PINs badly, and show them
//     whenever they log in. For an attacker who does not know it, the odds are as many times lower
//     as there are PINs to try.
//   - The tokens of one user add up, though not every answer can be right for all of them. So do
//     scratch codes of eight digits; codes on paper of 80 bits are not guessed.
//   - Clocks that are tracked (max_drift) are as far off as they may be, so that their window is as
//     wide as possible.
//   - With resync, the prompt for a second code reveals that the first is right at some other time.
//     He types it again and again while that time may come.
//
// So the odds are an upper bound, and close to the real value for a user with one token.
//
// The package must not know tables, records, or how many users there are.
package odds

import (
	"math"
	"time"

	"github.com/pam-motp/pam-motp/motp"
)

// Year is what the odds are stated for.
const Year = 365 * 24 * time.Hour

// Limit is what the odds of one account in a year should stay below.
const Limit = 1.0 / 1000

// An Attack is how often somebody gets to guess, under a policy.
type Attack struct {
	// Guesses is the number of answers that are judged.
	Guesses int

	// again is how many guesses follow, on the average, while a code that resync gave away is
	// good.
	again float64

	policy motp.Policy
}

// Success is the probability that at least one guess is right for one of a user's tokens, or one of
// the codes on paper.
func (a Attack) Success(u motp.User) float64 {
	missed := a.missPaper(u.Paper) // logarithm of the probability that none is
	for _, t := range u.Tokens {
		missed += a.miss(t)
	}
	return -math.Expm1(missed)
}

// scratchCodes is how many scratch codes there are: of eight digits, of which google-authenticator
// has the first never be 0.
const scratchCodes = 9e7

// missPaper is for codes that stay the same, so that each guess rules one out.
func (a Attack) missPaper(p motp.PaperCodes) float64 {
	if !p.Digits {
		return 0
	}
	return float64(len(p.Hashes)) * math.Log1p(-min(float64(a.Guesses)/scratchCodes, 1))
}

func (a Attack) miss(t motp.Token) float64 {
	n, codes, each := float64(a.Guesses), float64(CodesAtOnce(t, a.policy)), likeliest(t)
	if a.policy.Resync > 0 {
		codes += min(farCodes(t, a.policy), codes*a.retries(t))
	}
	if t.Kind().Counter { // the same codes all the time, so each guess rules one out
		return codes * math.Log1p(-min(n*each, 1))
	}
	return n * math.Log1p(-min(codes*each, 1))
}

// retries is how often a code is tried again that was good at another time.
func (a Attack) retries(t motp.Token) float64 {
	if t.Kind().Counter { // it does not grow old
		return float64(a.Guesses-1) / 2
	}
	return a.again
}

// CodesAtOnce is how many codes of a token are good at one time, at the most.
func CodesAtOnce(t motp.Token, p motp.Policy) int64 {
	reach := p.Reach(t)
	if t.Kind().Counter {
		return reach + 1
	}
	around := 2*reach + 1
	return around + min(around, int64(p.MaxDrift/t.StepLength()))
}

// farCodes is how many codes resync asks a second one for whose time is still to come.
func farCodes(t motp.Token, p motp.Policy) float64 {
	if t.Kind().Counter {
		return 1000
	}
	return float64(p.Resync / t.StepLength())
}

// Space is the number of codes that a token can show.
func Space(t motp.Token) int64 {
	n := int64(1)
	for range digits(t) {
		n *= int64(len(t.Kind().Alphabet))
	}
	return n
}

// likeliest is the probability of the likeliest code. That of OATH is 31 bits modulo a power of
// ten, which makes the lower codes a little likelier: by two per cent if there are eight digits.
func likeliest(t motp.Token) float64 {
	if len(t.Kind().Alphabet) == 16 { // whose digits are cut from a hash
		return 1 / float64(Space(t))
	}
	const numbers = 1 << 31
	return math.Ceil(numbers/float64(Space(t))) / numbers
}

func digits(t motp.Token) int {
	if k := t.Kind(); t.Digits == 0 || !k.Has("digits") {
		return k.UsualDigits
	}
	return t.Digits
}
