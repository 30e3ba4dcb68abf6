package resident

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/pam-motp/pam-motp/internal/ask"
	"golang.org/x/sys/unix"
)

// The names of the two sockets, in the folder where programs look for them.
var (
	rootSocket   = filepath.Base(ask.RootSocket)
	othersSocket = filepath.Base(ask.OthersSocket)
)

// backlog is how many connections may wait to be accepted. The kernel may hold it to fewer
// (net.core.somaxconn).
const backlog = 1024

// inherited returns the listeners that systemd has made, if it has; each is known by its place.
func inherited() ([]*listener, error) {
	var all []*listener
	for _, fd := range handedOver() {
		unix.CloseOnExec(fd)
		if err := unix.SetNonblock(fd, false); err != nil {
			return nil, err
		}
		l, err := listenerOf(fd)
		if err != nil {
			return nil, err
		}
		all = append(all, l)
	}
	return all, nil
}

// handedOver are the descriptors that systemd has passed to this process, as sd_listen_fds(3) has
// it. go-systemd's package for it brings crypto/tls, which is an eighth of the program.
func handedOver() []int {
	const first = 3
	pid, err := strconv.Atoi(os.Getenv("LISTEN_PID"))
	if err != nil || pid != os.Getpid() {
		return nil // those of a parent
	}
	n, err := strconv.Atoi(os.Getenv("LISTEN_FDS"))
	if err != nil {
		return nil
	}
	var all []int
	for fd := range n {
		all = append(all, first+fd)
	}
	return all
}

// listenerOf tells for whom a socket is, by its name.
func listenerOf(fd int) (*listener, error) {
	name, err := unix.Getsockname(fd)
	if err != nil {
		return nil, err
	}
	kind, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_TYPE)
	if err != nil {
		return nil, err
	}
	at, ok := name.(*unix.SockaddrUnix)
	if !ok || kind != unix.SOCK_SEQPACKET {
		return nil, errors.New("systemd handed over a socket that is no Unix socket of " +
			"packets: ListenSequentialPacket= makes one")
	}
	switch filepath.Base(at.Name) {
	case rootSocket:
		return rootListener(fd), nil
	case othersSocket:
		return othersListener(fd), nil
	}
	return nil, fmt.Errorf("systemd handed over %s, and motpd knows %s and %s", at.Name,
		rootSocket, othersSocket)
}

// listenIn makes both sockets in a folder, in the place of those that an earlier motpd has left.
func listenIn(folder string) ([]*listener, error) {
	if err := makeFolder(folder); err != nil {
		return nil, err
	}
	if err := trusted(folder); err != nil {
		return nil, err
	}
	if err := lockFolder(folder); err != nil {
		return nil, err
	}
	root, err := listenAt(filepath.Join(folder, rootSocket), 0o600)
	if err != nil {
		return nil, err
	}
	others, err := listenAt(filepath.Join(folder, othersSocket), 0o666)
	if err != nil {
		return nil, err
	}
	return []*listener{rootListener(root), othersListener(others)}, nil
}

// makeFolder makes a folder that all may enter, whatever the umask is. One that is there stays.
func makeFolder(folder string) error {
	err := os.Mkdir(folder, 0o700)
	if errors.Is(err, os.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return os.Chmod(folder, 0o755)
}

// trusted returns an error if somebody else could put a socket of theirs into a folder.
func trusted(folder string) error {
	var st unix.Stat_t
	if err := unix.Lstat(folder, &st); err != nil {
		return &os.PathError{Op: "stat", Path: folder, Err: err}
	}
	if st.Mode&unix.S_IFMT != unix.S_IFDIR || int(st.Uid) != unix.Geteuid() ||
		st.Mode&0o022 != 0 {
		return fmt.Errorf("%s must be a folder of root's that nobody else can write to: "+
			"chown root %s; chmod 0755 %s", folder, folder, folder)
	}
	return nil
}

// lockWait is how long an earlier motpd in the same folder has to end.
var lockWait = 15 * time.Second

// lockFolder keeps two from listening in one folder. The lock ends with the process.
func lockFolder(folder string) error {
	path := filepath.Join(folder, ".motpd.lock")
	fd, err := unix.Open(path, unix.O_RDWR|unix.O_CREAT|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0o600)
	if err != nil {
		return &os.PathError{Op: "open", Path: path, Err: err}
	}
	for until := time.Now().Add(lockWait); ; time.Sleep(10 * time.Millisecond) {
		err := unix.Flock(fd, unix.LOCK_EX|unix.LOCK_NB)
		if err == nil {
			return nil
		}
		if time.Now().After(until) {
			return fmt.Errorf("another motpd listens in %s", folder)
		}
	}
}

// listenAt makes a socket that has its name when it is ready.
func listenAt(path string, mode os.FileMode) (int, error) {
	fail := func(op string, err error) (int, error) {
		return -1, &os.PathError{Op: op, Path: path, Err: err}
	}
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return fail("socket", err)
	}
	made := path + ".new"
	_ = os.Remove(made)
	before := unix.Umask(0o177)
	err = unix.Bind(fd, &unix.SockaddrUnix{Name: made})
	unix.Umask(before)
	if err != nil {
		return fail("bind", err)
	}
	if err := unix.Listen(fd, backlog); err != nil {
		return fail("listen", err)
	}
	if err := os.Chmod(made, mode); err != nil {
		return -1, err
	}
	if err := os.Rename(made, path); err != nil {
		return -1, err
	}
	return fd, nil
}
