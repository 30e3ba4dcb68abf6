package cli

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// forbidDumps sees to it that no memory of this process, with its secrets and PINs, gets into a
// file or into the hands of another process of the same user: no core file, whatever
// GOTRACEBACK, a signal or a bug makes of it, and no ptrace.
//
// The flag is what counts. The limit alone would not: the kernel does not look at it where cores
// go to a program, as with systemd-coredump. But the flag ends with exec, and the limit is
// inherited, so that the programs that we start leave none either.
//
// Files in /proc/self belong to root from here on. The command reads none but the links of its
// own descriptors, which stay open to it.
func forbidDumps() error {
	if err := unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0); err != nil {
		return fmt.Errorf("cannot forbid core dumps, which would hold secrets: prctl: %w",
			err)
	}
	if err := unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{}); err != nil {
		return fmt.Errorf("cannot forbid core dumps, which would hold secrets: "+
			"setrlimit: %w", err)
	}
	return nil
}
