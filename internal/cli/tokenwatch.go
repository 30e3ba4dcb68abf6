package cli

import (
	"fmt"
	"time"

	"github.com/pam-motp/pam-motp/internal/term"
	"github.com/pam-motp/pam-motp/motp"
)

// secondsLeft is for how long the code of this moment is still shown.
func secondsLeft(t motp.Token, now time.Time) int {
	length := int64(t.StepLength() / time.Second)
	return int(length - now.Unix()%length)
}

// sleep waits, and says that the watch goes on.
func sleep(d time.Duration) bool {
	time.Sleep(d)
	return true
}

// watchToken shows one code after the other, until wait says that it is enough. On a terminal it counts the seconds down in one line; elsewhere each code gets
// its line.
func (a *app) watchToken(t motp.Token, wait func(time.Duration) bool) error {
	counting := term.IsTerminal(a.out)
	last := int64(-1)
	for {
		now := a.now()
		left := secondsLeft(t, now)
		pause := time.Duration(left) * time.Second
		var err error
		switch step := t.Step(now); {
		case counting:
			_, err = fmt.Fprintf(a.out, "\r%s  %2d s ", t.Code(now), left)
			pause = time.Second
		case step != last:
			_, err = fmt.Fprintf(a.out, "%s\n", t.Code(now))
			last = step
		}
		if err != nil {
			return fmt.Errorf("show the code: %w", err)
		}
		// to the beginning of the next second, so that the counting does not lag behind
		if !wait(pause - time.Duration(now.Nanosecond())) {
			return nil
		}
	}
}
