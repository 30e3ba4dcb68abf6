package resident

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"syscall"

	"golang.org/x/sys/unix"
)

// roles are the programs that this binary is, too.
var roles = map[string]func() int{
	// connects the socket it is given, says so, and stays until its standard input ends
	"stay": func() int { return connectGiven(true) },
	// the same, and ends
	"end": func() int { return connectGiven(false) },
	// the same, and stops itself
	"freeze": freeze,
	"motpd":  playMotpd,
}

func connectGiven(stay bool) int {
	if err := unix.Connect(3, &unix.SockaddrUnix{Name: os.Args[1]}); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	fmt.Println("connected")
	if stay {
		_, _ = io.Copy(io.Discard, os.Stdin)
	}
	return 0
}

// elsewhere has another process of an account connect: with "stay" it lives until end is called,
// with "end" it has ended, and with "freeze" it is stopped. The connection is used here.
func (l *lab) elsewhere(uid int, role string, how ...func(*exec.Cmd)) (c *client, end func()) {
	l.Helper()
	c = &client{l.T, socket(l.T)}
	cmd := again(l.T, role, l.path(uid))
	fd, err := unix.FcntlInt(uintptr(c.fd), unix.F_DUPFD_CLOEXEC, 3)
	must(l.T, err)
	given := os.NewFile(uintptr(fd), "socket")
	cmd.ExtraFiles = []*os.File{given}
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(uid)}}
	for _, change := range how {
		change(cmd)
	}
	in, err := cmd.StdinPipe()
	must(l.T, err)
	out, err := cmd.StdoutPipe()
	must(l.T, err)
	must(l.T, cmd.Start())
	_ = given.Close()
	if slices.Contains(cmd.Env, pretended) {
		l.pretend(cmd.Process.Pid)
	}
	if said, err := io.ReadAll(io.LimitReader(out, 10)); string(said) != "connected\n" {
		l.Fatalf("%s: %q, %v", role, said, err)
	}
	end = func() {
		c.close()
		_ = cmd.Process.Signal(syscall.SIGCONT)
		_ = in.Close()
		must(l.T, cmd.Wait())
	}
	switch role {
	case "end":
		must(l.T, cmd.Wait())
		end = c.close
	case "freeze":
		_, err := unix.Wait4(cmd.Process.Pid, nil, unix.WUNTRACED, nil)
		must(l.T, err)
	}
	return c, end
}
