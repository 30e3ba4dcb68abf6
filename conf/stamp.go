package conf

import (
	"time"

	"golang.org/x/sys/unix"
)

// settling is how old a file's times must be before they are taken to tell what is in it. A file
// that is changed twice within a tick of the kernel's clock has the same times after each, and some
// file systems count in seconds.
const settling = 2 * time.Second

// A stamp is what tells that a file is the same as before, without reading it.
type stamp struct {
	device, inode uint64
	size          int64
	changed       int64 // when content or inode were, as nanoseconds of Unix time
	written       int64 // when the content was, as its owner has it
	mode, owner   uint32
}

func stampOf(st *unix.Stat_t) stamp {
	return stamp{
		device:  uint64(st.Dev),
		inode:   st.Ino,
		size:    st.Size,
		changed: st.Ctim.Nano(),
		written: st.Mtim.Nano(),
		mode:    st.Mode,
		owner:   st.Uid,
	}
}

// isOf says whether an open file still has the stamp.
func (s stamp) isOf(fd int) bool {
	var st unix.Stat_t
	return unix.Fstat(fd, &st) == nil && stampOf(&st) == s
}

// settlesIn returns how long it takes until the stamp can be relied on; 0 or less if it can. A
// stamp from the future, which a clock that was set back leaves, settles when that has come.
func (s stamp) settlesIn(now time.Time, settling time.Duration) time.Duration {
	return settling - time.Duration(now.UnixNano()-max(s.changed, s.written))
}

// beingWritten says whether somebody has an open file open for writing, too. Then its times say
// little: one call may go on writing long after it has set them, and writes to memory that is
// mapped set them once. The kernel gives nobody a lease on such a file; where there are no leases
// at all, this cannot be told. A lease that was given is handed back at once.
func beingWritten(fd int) bool {
	_, err := unix.FcntlInt(uintptr(fd), unix.F_SETLEASE, unix.F_RDLCK)
	if err == nil {
		_, _ = unix.FcntlInt(uintptr(fd), unix.F_SETLEASE, unix.F_UNLCK)
	}
	return err == unix.EAGAIN
}
