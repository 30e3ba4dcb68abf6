package odds

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pam-motp/pam-motp/motp"
)

func document(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile("../../" + name)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(strings.Fields(string(text)), " ")
}

// The documents state what is computed.
func TestDocuments(t *testing.T) {
	t.Parallel()
	soon := func(p *motp.Policy) { p.UnlockAfter = 15 * time.Minute }
	row := func(name string, p motp.Policy, tokens ...motp.Token) string {
		never, doubling := p, p
		soon(&doubling)
		constant := Attack{Guesses: p.MaxFailures * (1 +
			int(Year/doubling.UnlockAfter)), policy: p}
		cells := []string{name}
		for _, a := range []Attack{WithoutPause(never, Year),
			WithoutPause(doubling, Year), constant} {
			cells = append(cells, Words(a.Success(motp.User{Tokens: tokens})))
		}
		return "| " + strings.Join(cells, " | ") + " |"
	}
	mobileOdds := func(a Attack) string { return Words(a.Success(only(mobile))) }
	totpOdds := func(a Attack) string { return Words(a.Success(only(totp))) }
	usual := motp.DefaultPolicy
	resync := WithoutPause(policy(func(p *motp.Policy) { p.Resync = 24 * time.Hour }), Year)
	daily := BetweenLogins(usual, Year, 365)
	dailySoon := BetweenLogins(policy(soon), Year, 365)
	strict := policy(func(p *motp.Policy) {
		soon(p)
		window(time.Minute)(p)
		p.MaxFailures = 3
	})
	guesses := Grouped(int64(WithoutPause(policy(soon), Year).Guesses))
	for name, told := range map[string][]string{
		"docs/limits.md": {
			row("Mobile-OTP", usual, mobile),
			row("TOTP, six digits", usual, totp),
			row("TOTP, eight digits", usual, eight),
			row("HOTP, six digits", usual, hotp),
			row("eight TOTP tokens, `window = 3m`", policy(window(3*time.Minute)),
				slices.Repeat([]motp.Token{totp}, 8)...),
			"if locks never end, and " + guesses + " in a year with `15m`",
			"`max_failures = 3`, which makes it " +
				mobileOdds(WithoutPause(strict, Year)),
			"first two lines " + mobileOdds(resync) + " and " + totpOdds(resync),
			Grouped(int64(daily.Guesses)) +
				" guesses a year at one login a day, right with " +
				mobileOdds(daily) + " (Mobile-OTP) or " +
				totpOdds(daily) + " (TOTP)",
			"six locks a day, and " + mobileOdds(dailySoon) + " or " +
				totpOdds(dailySoon) + ".",
		},
		"docs/security.md": {
			"The chance to get in before that is " +
				mobileOdds(WithoutPause(usual, Year)),
		},
	} {
		text := document(t, name)
		for _, want := range told {
			if !strings.Contains(text, want) {
				t.Errorf("%s does not say %q", name, want)
			}
		}
	}
}
