package resident

import (
	"bytes"
	"errors"
	"os"
	"os/user"
	"strconv"

	"github.com/pam-motp/pam-motp/internal/logline"
	"github.com/pam-motp/pam-motp/pam/login"
)

// who says who a program is, for the log.
func (c connection) who() string {
	return "user id " + strconv.Itoa(int(c.peer.Uid)) + ", process " +
		strconv.Itoa(int(c.peer.Pid))
}

// nobody is the kernel's number for an account that it cannot show here.
const nobody = 65534

// limit makes a login that of a program which is not root's: it may ask about the account that it
// runs as, or as motp.conf grants. It says why not, or nothing. Who is granted nothing waits for
// their turn.
func (s *Server) limit(c connection, req *login.Request) string {
	granted, why := s.mayAsk(c, req)
	if !granted {
		s.pace.keep(c.account)
	}
	return why
}

// mayAsk says whether motp.conf grants a program what it asks, and why it may not ask it.
func (s *Server) mayAsk(c connection, req *login.Request) (granted bool, why string) {
	req.Limited, req.Caller = true, strconv.Itoa(int(c.peer.Uid))
	name, err := account(c)
	if err != nil {
		return false, err.Error()
	}
	req.Caller = name
	if req.User.S == name {
		// what the system calls it is known better here
		req.Account, req.Lookup = login.Text{S: name}, 0
		return false, ""
	}
	settings, err := s.site.Settings()
	if err != nil {
		return false, "motp.conf grants nobody anything: " + err.Error()
	}
	if settings.MayAsk(name, req.Service.S) {
		return true, ""
	}
	return false, "a program of " + logline.Quote(name) + " may ask about its own account " +
		"only: motp.conf can grant it more, with callers = " + name + ": " +
		logline.Quote(req.Service.S)
}

// account is the name of the account that a program runs as.
func account(c connection) (string, error) {
	if c.peer.Uid == nobody {
		return "", errors.New("the program runs as nobody, which is no account of its own")
	}
	if err := sameNamespace(c.peer.Pid); err != nil {
		return "", err
	}
	found, err := user.LookupId(strconv.Itoa(int(c.peer.Uid)))
	if err != nil {
		return "", errors.New("the program's account cannot be looked up: " + err.Error())
	}
	return found.Username, nil
}

// procfs is where the kernel tells of processes. Tests change it.
var procfs = "/proc"

// sameNamespace returns an error unless a process numbers accounts as this one does: in a user
// namespace of its own it may be anybody.
func sameNamespace(pid int32) error {
	foreign := errors.New("the program runs in a user namespace of its own, " +
		"or cannot be looked at")
	if pid <= 0 {
		return foreign
	}
	ours, err := os.ReadFile(procfs + "/self/uid_map")
	if err != nil {
		return err
	}
	theirs, err := os.ReadFile(procfs + "/" + strconv.Itoa(int(pid)) + "/uid_map")
	if err != nil || !bytes.Equal(ours, theirs) {
		return foreign
	}
	return nil
}
