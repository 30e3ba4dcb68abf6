package diagnose

import (
	"fmt"
	"iter"
	"time"

	"github.com/pam-motp/pam-motp/conf"
	"github.com/pam-motp/pam-motp/internal/words"
	"github.com/pam-motp/pam-motp/motp"
)

// oathSuspects yields what goes wrong with TOTP and HOTP. Most is the doing of apps that know one
// algorithm, number of digits or period only, and say nothing.
func oathSuspects(t motp.Token) iter.Seq[Suspect] {
	return func(yield func(Suspect) bool) {
		_ = otherAlgorithms(t, yield) && otherPeriods(t, yield) && yield(typedAsText(t))
	}
}

func otherAlgorithms(t motp.Token, yield func(Suspect) bool) (goOn bool) {
	for _, algorithm := range []motp.Algorithm{motp.SHA1, motp.SHA256, motp.SHA512} {
		const story = "the token makes its codes with %v, not with %v"
		s := Suspect{
			Token: t,
			Story: fmt.Sprintf(story, algorithm, t.Algorithm),
			Offer: fmt.Sprintf("Keep %v in the table?", algorithm),
		}
		s.Token.Algorithm = algorithm
		if algorithm != t.Algorithm && !yield(s) {
			return false
		}
	}
	return true
}

func otherPeriods(t motp.Token, yield func(Suspect) bool) (goOn bool) {
	if !t.Kind().Has("period") {
		return true
	}
	for _, period := range []time.Duration{30 * time.Second, time.Minute} {
		const story = "the token shows a new code every %s, not every %s"
		shown := words.Duration(period)
		s := Suspect{
			Token: t,
			Story: fmt.Sprintf(story, shown, words.Duration(t.StepLength())),
			Offer: fmt.Sprintf("Keep %s in the table?", shown),
		}
		s.Token.Period = period
		if period != t.StepLength() && !yield(s) {
			return false
		}
	}
	return true
}

func typedAsText(t motp.Token) Suspect {
	const story = "the token takes the letters of the secret for the key itself: " +
		"it was typed in as text, not as base32"
	s := Suspect{Token: t, Story: story}
	s.Token.Secret = conf.EncodeKey([]byte(t.Secret))
	return s
}
