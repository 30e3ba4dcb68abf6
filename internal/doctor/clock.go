package doctor

import (
	"time"

	"golang.org/x/sys/unix"
)

// ClockSynchronized is a [System].ClockSynchronized: it asks the kernel, which every time service
// tells.
func ClockSynchronized() (bool, error) {
	var t unix.Timex
	if _, err := unix.Adjtimex(&t); err != nil {
		return false, err
	}
	return t.Status&unix.STA_UNSYNC == 0, nil
}

// builtAfter is a day that was over when this was written: a clock before it is wrong.
var builtAfter = time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)

// clock looks at the machine's clock: codes are good for minutes.
func (v *visit) clock() string {
	if v.System.ClockSynchronized == nil {
		return ""
	}
	if v.Now.Before(builtAfter) {
		v.errorAt("", 0, "the clock says "+v.Now.Format(time.DateOnly)+": no code fits",
			"set it: "+v.manager().clock())
	}
	synchronized, err := v.System.ClockSynchronized()
	switch {
	case err != nil:
		v.noteAt("", 0, "the kernel does not say whether something keeps the clock right: "+
			err.Error(), "")
		return ""
	case !synchronized:
		v.warnAt("", 0, "nothing keeps this machine's clock right: when it is off by "+
			"more than the window (3 minutes), nobody gets in",
			v.manager().clock())
		return ""
	}
	return "synchronized"
}
