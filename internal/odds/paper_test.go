package odds

import (
	"math"
	"testing"
	"time"

	"github.com/pam-motp/pam-motp/motp"
)

// Scratch codes of eight digits are guessed as often as drawing without putting back hits one;
// codes of 80 bits are not, and tokens add up with them.
func TestScratchCodes(t *testing.T) {
	t.Parallel()
	p := policy(func(p *motp.Policy) { p.MaxFailures, p.UnlockAfter = 8, 15*time.Minute })
	a := WithoutPause(p, Year)
	for _, codes := range []int{0, 1, 5, motp.MaxPaper} {
		missed := 1.0 // as if all codes were drawn, and none is one of the guesses
		for i := range codes {
			missed *= 1 - float64(a.Guesses)/(9e7-float64(i))
		}
		paper := motp.PaperCodes{Set: 1, Digits: true,
			Hashes: make([]motp.PaperHash, codes)}
		got := a.Success(motp.User{Paper: paper})
		if math.Abs(got-(1-missed)) > 1e-3*got {
			t.Errorf("%d codes: %g, want %g", codes, got, 1-missed)
		}
		u := only(totp)
		alone := a.Success(u)
		u.Paper = paper
		want := 1 - missed*(1-alone)
		if got := a.Success(u); math.Abs(got-want) > 1e-3*got {
			t.Errorf("%d codes and a token: %g, want %g", codes, got, want)
		}
		if u.Paper.Digits = false; a.Success(u) != alone {
			t.Errorf("%d codes of 80 bits are guessed", codes)
		}
	}
}
