package doctor

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// A FileSystem is what statfs tells.
type FileSystem struct {
	Type      int64  // the magic number
	Free      uint64 // bytes that root may still write
	Files     uint64 // how many files there may be; 0 if there is no limit
	FreeFiles uint64
	ReadOnly  bool
}

// StatFS is a [System].FileSystem.
func StatFS(folder string) (FileSystem, error) {
	var st unix.Statfs_t
	if err := unix.Statfs(folder, &st); err != nil {
		return FileSystem{}, err
	}
	return FileSystem{
		Type: int64(uint32(st.Type)), Free: st.Bfree * uint64(st.Bsize), Files: st.Files,
		FreeFiles: st.Ffree,
		ReadOnly:  st.Flags&unix.ST_RDONLY != 0,
	}, nil
}

// A promise is what the records rest on, and some file systems do not keep.
type promise struct {
	name     string
	severity Severity
	broken   string
}

var (
	remote = promise{"a network file system", Warning,
		"a lock or a write that it loses lets a code be used twice, and when the server " +
			"is away, nobody gets in"}
	volatile = promise{"in memory", Error,
		"after a restart, codes that were used are good again, and nobody stays locked"}
)

// doubtful are the file systems that records should not be on, by magic number.
var doubtful = map[int64]promise{
	unix.NFS_SUPER_MAGIC:  remote,
	unix.CIFS_SUPER_MAGIC: remote,
	unix.SMB_SUPER_MAGIC:  remote,
	unix.SMB2_SUPER_MAGIC: remote,
	unix.AFS_FS_MAGIC:     remote,
	unix.AFS_SUPER_MAGIC:  remote,
	unix.CEPH_SUPER_MAGIC: remote,
	unix.V9FS_MAGIC:       remote,
	unix.FUSE_SUPER_MAGIC: {"run by a program (FUSE)", Warning,
		"whether a lock or a write holds is up to that program"},
	unix.TMPFS_MAGIC: volatile,
	unix.RAMFS_MAGIC: volatile,
	unix.OVERLAYFS_SUPER_MAGIC: {"an overlay, as the inside of a container", Warning,
		"if it goes with the container, codes that were used are good again in the next"},
}

// littleSpace is room for thousands of new records. Records that are there need no more.
const littleSpace = 16 << 20

// fileSystem looks at what is under the records.
func (v *visit) fileSystem(folder string) {
	if v.System.FileSystem == nil {
		return
	}
	fs, err := v.System.FileSystem(v.at(folder))
	if err != nil {
		v.noteAt(folder, 0, "cannot tell what file system it is on: "+err.Error(), "")
		return
	}
	if p, known := doubtful[fs.Type]; known {
		v.found(Finding{Severity: p.severity, File: folder,
			What: fmt.Sprintf("is on a file system that is %s: %s", p.name, p.broken),
			Mend: "put a local disk, or a volume on one, there"})
	}
	switch {
	case fs.ReadOnly:
		v.errorAt(folder, 0, "every code is refused: the file system is mounted read-only",
			"mount -o remount,rw, and find out why it was")
	case fs.Free < 1<<20:
		v.errorAt(folder, 0, "the disk is full: users without a record are refused",
			"make room")
	case fs.Files > 0 && fs.FreeFiles == 0:
		v.errorAt(folder, 0, "the disk has no inodes left: users without a record are "+
			"refused", "remove files")
	case fs.Free < littleSpace:
		v.warnAt(folder, 0, fmt.Sprintf("the disk is nearly full: %d MiB are left",
			fs.Free>>20), "make room")
	}
}
