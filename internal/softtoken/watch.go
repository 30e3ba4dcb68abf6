package softtoken

import (
	"fmt"
	"io"
	"time"

	"github.com/pam-motp/pam-motp/motp"
)

// Sleep waits, and says that the watch goes on.
func Sleep(d time.Duration) bool {
	time.Sleep(d)
	return true
}

// Watch shows one code after the other, until wait says that it is enough. Where it counts, which
// is for terminals, the seconds are counted down in one line; elsewhere each code gets its line.
func Watch(
	w io.Writer, t motp.Token, count bool, now func() time.Time, wait func(time.Duration) bool,
) error {
	last := int64(-1)
	for {
		at := now()
		left := ShownFor(t, at)
		pause := t.StepTime(t.Step(at) + 1).Sub(at)
		var err error
		switch step := t.Step(at); {
		case count:
			_, err = fmt.Fprintf(w, "\r%s  %2d s ", t.Code(at), left)
			// to the beginning of the next second, so that the counting does not lag
			// behind
			pause = time.Second - time.Duration(at.Nanosecond())
		case step != last:
			_, err = fmt.Fprintf(w, "%s\n", t.Code(at))
			last = step
		}
		if err != nil {
			return fmt.Errorf("show the code: %w", err)
		}
		if !wait(pause) {
			return nil
		}
	}
}
