package stage

import (
	"fmt"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// hostName is what the machine calls itself, in login's prompt for one.
const hostName = "stage"

// build makes the private machine around this process.
func build() (*Machine, error) {
	root := os.Getenv(rootVariable)
	os.Clearenv()
	for _, variable := range environment() {
		name, value, _ := strings.Cut(variable, "=")
		os.Setenv(name, value)
	}
	unix.Umask(0o022)

	steps := []struct {
		what string
		do   func() error
	}{
		{"make what is mounted private and read-only", freeze},
		{"mount /proc and /run", func() error { return mountOwn(root) }},
		{"mount /sys", mountSys},
		{"make /dev", makeDevices},
		{"put folders into memory", coverFolders},
		{"copy /etc", copyEtc},
		{"copy the PAM modules", copyModules},
		{"name the machine", nameMachine},
		{"bring up the loopback network", loopbackUp},
	}
	for _, step := range steps {
		if err := step.do(); err != nil {
			return nil, fmt.Errorf("private machine: %s: %w", step.what, err)
		}
	}
	log, err := listenLog("/dev/log")
	if err != nil {
		return nil, fmt.Errorf("private machine: %w", err)
	}
	return &Machine{Root: repository, Log: log, Way: ByWorker}, nil
}

func nameMachine() error {
	if err := unix.Sethostname([]byte(hostName)); err != nil {
		return err
	}
	hosts := "127.0.0.1 localhost " + hostName + "\n"
	if err := os.WriteFile("/etc/hosts", []byte(hosts), 0o644); err != nil {
		return err
	}
	return os.WriteFile("/etc/hostname", []byte(hostName+"\n"), 0o644)
}

// loopbackUp sets the one interface that a new network namespace has to "up".
func loopbackUp() error {
	socket, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(socket)
	request, err := unix.NewIfreq("lo")
	if err != nil {
		return err
	}
	request.SetUint16(unix.IFF_UP | unix.IFF_RUNNING)
	return unix.IoctlIfreq(socket, unix.SIOCSIFFLAGS, request)
}
