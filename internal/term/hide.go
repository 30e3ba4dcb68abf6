package term

import "sync"

// hiding is how the terminal is put right, while it hides what is typed.
var hiding struct {
	sync.Mutex
	restore func()
}

// restoreOnInterrupt sees to it that a person who gives up in the middle of a hidden answer does
// not stay without echo.
func restoreOnInterrupt(restore func()) (done func()) {
	set := func(f func()) {
		hiding.Lock()
		defer hiding.Unlock()
		hiding.restore = f
	}
	set(restore)
	return func() { set(nil) }
}

// Restore puts a terminal right that hides what is typed, before the command ends.
func Restore() {
	hiding.Lock()
	defer hiding.Unlock()
	if hiding.restore != nil {
		hiding.restore()
	}
}
