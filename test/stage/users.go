package stage

import (
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"strconv"
	"strings"
	"syscall"
)

// firstUser is above the ids that Debian gives to people, so that no user of the copied /etc/passwd
// is met.
const firstUser = 20001

// AddUser makes a system user with a home, a shell, and no password: nothing but a code lets that
// user in.
func (m *Machine) AddUser(name string) error {
	id := firstUser + m.users
	m.users++
	home := "/home/" + name
	entries := []struct{ file, line string }{
		{"/etc/passwd", fmt.Sprintf("%s:x:%d:%d::%s:/bin/sh", name, id, id, home)},
		{"/etc/group", fmt.Sprintf("%s:x:%d:", name, id)},
		{"/etc/shadow", fmt.Sprintf("%s:*:19000:0:99999:7:::", name)},
		// Says nothing of mail and news at login.
		{home + "/.hushlogin", ""},
	}
	if err := os.Mkdir(home, 0o750); err != nil {
		return err
	}
	if err := os.Chown(home, id, id); err != nil {
		return err
	}
	for _, entry := range entries {
		if err := appendLine(entry.file, entry.line); err != nil {
			return err
		}
	}
	return nil
}

// SetPassword gives a user a Unix password, for services that want both.
func (m *Machine) SetPassword(name, password string) error {
	cmd := exec.Command("chpasswd")
	cmd.Stdin = strings.NewReader(name + ":" + password + "\n")
	if output, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("chpasswd: %w: %s", err, output)
	}
	return nil
}

func appendLine(path, line string) error {
	file, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	if _, err := file.WriteString(line + "\n"); err != nil {
		file.Close()
		return err
	}
	return file.Close()
}

// CommandAs prepares a program that runs as the user, in the user's home.
func (m *Machine) CommandAs(name, program string, arguments ...string) (*exec.Cmd, error) {
	who, err := user.Lookup(name)
	if err != nil {
		return nil, err
	}
	uid, err := strconv.ParseUint(who.Uid, 10, 32)
	if err != nil {
		return nil, err
	}
	gid, err := strconv.ParseUint(who.Gid, 10, 32)
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(program, arguments...)
	cmd.Dir = who.HomeDir
	cmd.Env = append(os.Environ(), "HOME="+who.HomeDir, "USER="+name, "LOGNAME="+name)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid),
		Gid: uint32(gid)}}
	return cmd, nil
}
