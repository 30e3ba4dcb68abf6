// Package room gives a worker's goroutine all the stack that a login needs, before anything else
// runs. Go begins with two kilobytes and doubles them whenever a function finds no room; it moves
// what is there, and looks up for each function that is running where its frame has pointers. That
// was a sixth of a login.
//
// Whoever imports it has it run first: packages are initialized in the order of their paths, those
// that they import before them, and this one imports none. It must not import any.
package room

// size is that of a frame, for which Go makes the stack 64 KB large. A login needs 32; nobody
// touches the rest, so it costs no memory. A stack that is too small all the same is doubled.
const size = 40 << 10

func init() { take(false) }

// take has a frame of the size. Go makes room for a frame before the function runs, so that one
// whose array is never used takes no time to clear it.
//
//go:noinline
func take(used bool) {
	if used {
		var room [size]byte
		use(&room)
	}
}

//go:noinline
func use(*[size]byte) {}
