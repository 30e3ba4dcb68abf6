// This file and worker.c beside it take the place of those in pam/ when the benchmark builds its
// reference: an ordinary c-shared library, which starts Go when the host loads it, and runs a login
// in the host. Nobody should use it; design notes and test/module say why.
package main

// #cgo LDFLAGS: -lpam
// #include <stddef.h>
import "C"

import (
	"io"
	"time"
	"unsafe"

	"github.com/pam-motp/pam-motp/internal/site"
	"github.com/pam-motp/pam-motp/pam/login"
	"github.com/pam-motp/pam-motp/pam/remote"
	"github.com/pam-motp/pam-motp/pam/wire"
	"golang.org/x/sys/unix"
)

// motpBegin runs one login in a goroutine, at the other end of the host's socket.
//
//export motpBegin
func motpBegin(fd C.int, packet *C.uchar, n C.size_t) {
	req, err := wire.ParseRequest(C.GoBytes(unsafe.Pointer(packet), C.int(n)))
	go func() {
		defer unix.Close(int(fd))
		if err != nil {
			return
		}
		host := remote.Host{Dialogue: wire.Dialogue{Socket: socket(fd)}}
		out := login.Run(remote.Request(req), host, site.Open, time.Now)
		_ = host.Verdict(int(out.Code), uint32(out.Delay/time.Microsecond),
			out.Priority, out.Line)
	}()
}

type socket int

func (s socket) Send(packet []byte) error {
	_, err := unix.Write(int(s), packet)
	return err
}

func (s socket) Receive(packet []byte) (int, error) {
	n, err := unix.Read(int(s), packet)
	if err == nil && n == 0 {
		err = io.EOF
	}
	return n, err
}

func main() {}
