package resident

import (
	"runtime"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// Nobody who goes is ever counted among those who wait: else the last who takes a connection would
// not see that it is the last, and nobody would wait for the next.
func TestWhoGoesIsNotCounted(t *testing.T) {
	l := othersListener(-1)
	l.idle.Store(l.spare)
	var going sync.WaitGroup
	for range 4 {
		going.Add(1)
		go func() {
			defer going.Done()
			for range 100_000 {
				if l.stay() {
					t.Error("there was no place")
				}
			}
		}()
	}
	gone := make(chan struct{})
	go func() {
		going.Wait()
		close(gone)
	}()
	for {
		if idle := l.idle.Load(); idle != l.spare {
			t.Fatalf("%d are counted, and %d wait", idle, l.spare)
		}
		select {
		case <-gone:
			return
		default:
		}
	}
}

// Where no connection can be taken, for want of descriptors or else, those who wait are as many as
// before, and go on when it can.
func TestAcceptFails(t *testing.T) {
	l := newLab(t, "")
	before := runtime.NumGoroutine()
	path := l.dir + "/late"
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
	must(t, err)
	must(t, unix.Bind(fd, &unix.SockaddrUnix{Name: path}))
	late := rootListener(fd)
	l.server.serve(late) // it does not listen: EINVAL
	for range 50 {
		time.Sleep(time.Millisecond)
		if n := runtime.NumGoroutine() - before; n > int(late.spare) {
			t.Fatalf("%d wait for connections, and %d should", n, late.spare)
		}
	}
	must(t, unix.Listen(fd, 1))
	c := connectTo(t, path, rootUID)
	defer c.close()
	c.hello()
}
