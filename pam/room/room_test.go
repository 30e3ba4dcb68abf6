package room

import (
	"go/build"
	"testing"
	"unsafe"
)

// TestTake holds that a goroutine which has taken room keeps its place on a stack that suffices for
// a login: a stack that grows is moved.
func TestTake(t *testing.T) {
	done := make(chan [3]uintptr)
	go func() {
		var here byte
		var at [3]uintptr
		at[0] = uintptr(unsafe.Pointer(&here))
		take(false)
		at[1] = uintptr(unsafe.Pointer(&here))
		deep(32)
		at[2] = uintptr(unsafe.Pointer(&here))
		done <- at
	}()
	at := <-done
	if at[0] == at[1] {
		t.Error("the stack was not moved: is the frame small, or another function's?")
	}
	if at[1] != at[2] {
		t.Error("the stack was moved again within the 32 KB that a login needs")
	}
}

// deep uses so many kilobytes of stack.
//
//go:noinline
func deep(kilobytes int) {
	var frame [1 << 10]byte
	use((*[size]byte)(unsafe.Pointer(&frame)))
	if kilobytes > 1 {
		deep(kilobytes - 1)
	}
}

// TestFirst holds that nothing has to be initialized before this package.
func TestFirst(t *testing.T) {
	pkg, err := build.ImportDir(".", 0)
	if err != nil {
		t.Fatal(err)
	}
	if len(pkg.Imports) > 0 {
		t.Errorf("imports %q, which run before it", pkg.Imports)
	}
}
