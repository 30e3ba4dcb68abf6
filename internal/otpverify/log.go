package otpverify

import (
	"fmt"
	"os"
	"time"

	"github.com/pam-motp/pam-motp/internal/logline"
	"github.com/pam-motp/pam-motp/motp"
	"golang.org/x/sys/unix"
)

// Priorities of syslog.
const priorityError, priorityNotice, priorityInfo = 3, 5, 6

// logResult writes the log line of a user who stands in no table.
func (e Env) logResult(user string, result motp.Result, why string, err error) {
	outcome, reason, priority := "denied", result.Verdict.String(), priorityNotice
	switch {
	case err != nil:
		reason, priority = "state", priorityError
	case result.Verdict == motp.Accepted:
		outcome, priority = "accepted", priorityInfo
	}
	if err != nil {
		why = err.Error()
	}
	e.logAttempt(priority, outcome, reason, user, why)
}

// logBadName does not write the name: it is no user's, and people type passwords into that field.
func (e Env) logBadName() { e.logAttempt(priorityNotice, "denied", "bad-name", "", badName) }

func (e Env) logAttempt(priority int, outcome, reason, user, detail string) {
	e.Log(priority, logline.Attempt{
		Result: outcome, Reason: reason, Detail: detail, User: user,
		RHost: logline.Item{S: callingStation()}, Service: logline.Item{S: radiusService},
	}.Line())
}

// SysLog writes a line to the system's log. A log that cannot be written to keeps nobody out.
func SysLog(now time.Time, priority int, line string) {
	const facilityAuthpriv = 10 << 3
	const kind = unix.SOCK_DGRAM | unix.SOCK_CLOEXEC | unix.SOCK_NONBLOCK
	socket, err := unix.Socket(unix.AF_UNIX, kind, 0)
	if err != nil {
		return
	}
	defer unix.Close(socket)
	packet := fmt.Sprintf("<%d>%s motp[%d]: %s", facilityAuthpriv|priority,
		now.Local().Format(time.Stamp), os.Getpid(), line)
	_ = unix.Sendto(socket, []byte(packet), 0, &unix.SockaddrUnix{Name: "/dev/log"})
}
