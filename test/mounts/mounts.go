// Package mounts makes what a process mounts in a new mount namespace its own business.
package mounts

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// Private keeps every mount that is made from now on inside this process's mount namespace, which
// has to be a new one, and sees to it that "/" is a mount: only a mount can be made private, or
// read-only. The root of a chroot need not be one.
func Private() error {
	err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, "")
	if !errors.Is(err, unix.EINVAL) {
		return err
	}
	if err := mountRoot(); err != nil {
		return fmt.Errorf("this is a chroot whose root is no mount point: %w", err)
	}
	return nil
}

// mountRoot makes a mount of the root of a chroot. Whatever is mounted on a mount that others share
// appears there too, and the mount that holds the root can be made private from its own root only,
// so the process steps out of the chroot for a moment.
func mountRoot() error {
	folder, err := os.Getwd()
	if err != nil {
		return err
	}
	root, err := unix.Open("/", unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(root)

	if err := leaveChroot(root); err != nil {
		return fmt.Errorf("leave it: %w", err)
	}
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("make what is around it private: %w", err)
	}
	const copied = unix.OPEN_TREE_CLONE | unix.OPEN_TREE_CLOEXEC | unix.AT_RECURSIVE
	mount, err := unix.OpenTree(root, "", copied|unix.AT_EMPTY_PATH)
	if err != nil {
		return fmt.Errorf("make a mount of it: %w", err)
	}
	defer unix.Close(mount)
	const bothEmpty = unix.MOVE_MOUNT_F_EMPTY_PATH | unix.MOVE_MOUNT_T_EMPTY_PATH
	if err := unix.MoveMount(mount, "", root, "", bothEmpty); err != nil {
		return fmt.Errorf("mount it on itself: %w", err)
	}
	if err := enter(mount); err != nil {
		return fmt.Errorf("go back into it: %w", err)
	}
	return os.Chdir(folder)
}

// leaveChroot makes the namespace's root the process's. A process whose working folder is not below
// its root is not held back by it.
func leaveChroot(root int) error {
	// Any folder below the root will do.
	if err := unix.Chroot("/etc"); err != nil {
		return err
	}
	if err := unix.Fchdir(root); err != nil {
		return err
	}
	const deep = 1000
	if err := unix.Chdir(strings.Repeat("../", deep)); err != nil {
		return err
	}
	return unix.Chroot(".")
}

// enter makes an open folder the root.
func enter(folder int) error {
	if err := unix.Fchdir(folder); err != nil {
		return err
	}
	return unix.Chroot(".")
}
