// pam_motp.so, the PAM module.
//
// Most of a PAM host's life with the module is C: module.c has the entry points, judge.c says who
// judges, dialogue.c talks with the host's PAM, worker.c forks the worker and starts Go in it. This
// file is where Go begins, in the worker; what a login does is in package login, what stands on the
// socket in package wire.
//
// Go never runs in the host: see deferred.ld, and build with make.
package main

// #cgo LDFLAGS: -lpam
// #include "worker.h"
import "C"

import (
	"io"
	"time"
	"unsafe"

	"github.com/pam-motp/pam-motp/internal/site"
	"github.com/pam-motp/pam-motp/pam/login"
	"github.com/pam-motp/pam-motp/pam/remote"
	_ "github.com/pam-motp/pam-motp/pam/room" // first of all
	"github.com/pam-motp/pam-motp/pam/wire"
	"golang.org/x/sys/unix"
)

// A c-shared library runs no main. Its initialization is the worker's whole life: a function called
// from C would need a thread more, and a tenth of a millisecond.
func init() {
	logIn()
	unix.Exit(0)
}

// logIn runs one login. Sound because the request is in the forked process's own memory, which
// nobody changes.
func logIn() {
	defer func() {
		_ = recover() // no verdict: the host refuses
	}()
	var n C.size_t
	packet := C.motp_worker_request(&n)
	req, err := wire.ParseRequest(unsafe.Slice((*byte)(packet), int(n)))
	if err != nil {
		return
	}
	host := remote.Host{Dialogue: wire.Dialogue{Socket: socket{}}}
	out := login.Run(remote.Request(req), host, site.Open, time.Now)
	_ = host.Verdict(int(out.Code), uint32(out.Delay/time.Microsecond), out.Priority, out.Line)
}

// socket is the worker's end of the pair, which worker.c put at descriptor 0.
type socket struct{}

func (socket) Send(packet []byte) error {
	for {
		_, err := unix.Write(0, packet)
		if err != unix.EINTR {
			return err
		}
	}
}

func (socket) Receive(packet []byte) (int, error) {
	for {
		n, err := unix.Read(0, packet)
		if err == unix.EINTR {
			continue
		}
		if err == nil && n == 0 {
			err = io.EOF
		}
		return n, err
	}
}

func main() {}
