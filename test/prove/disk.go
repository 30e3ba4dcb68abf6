package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
)

// fileSystem is what the disk experiment does its things to: one in memory, of a megabyte.
const fileSystem = "/run/prove/tmpfs"

// disks fills the file system of the records, and mounts it read-only.
func (l *lab) disks() error { return l.disksOf("worker") }

func (l *lab) motpdDisks() error { return l.disksOf("motpd") }

func (l *lab) disksOf(target string) error {
	if err := os.MkdirAll(fileSystem, 0o755); err != nil {
		return err
	}
	if err := unix.Mount("tmpfs", fileSystem, "tmpfs", 0, "mode=755,size=1m"); err != nil {
		return fmt.Errorf("tmpfs: %w", err)
	}
	defer unix.Unmount(fileSystem, unix.MNT_DETACH)

	by := ""
	if target == "motpd" {
		by = "motpd: "
	}
	enrolled, late := people("old", 20), people("new", 20)
	d, err := newDisk(target, append(enrolled, late...))
	if err != nil {
		return err
	}
	defer d.site.remove()

	before := l.report.add("%sbefore the file system of the records is full: %d users log in",
		by, len(enrolled))
	d.try(before, enrolled, 0, success)

	full := l.report.add("%sit is full: they log in, their used codes do not; users without a "+
		"record do not", by)
	filler := filepath.Join(fileSystem, "filler")
	if err := fill(filler); err != nil {
		return err
	}
	d.try(full, enrolled, 1, success)
	d.try(full, enrolled, 0, authErr)
	d.try(full, enrolled, 1, authErr)
	d.try(full, late, 0, authinfoUnavail)

	readOnly := l.report.add("%sit is read-only: nobody logs in", by)
	if err := unix.Mount("", fileSystem, "", unix.MS_REMOUNT|unix.MS_RDONLY, ""); err != nil {
		return err
	}
	d.try(readOnly, enrolled, 2, authinfoUnavail)
	d.try(readOnly, late, 0, authinfoUnavail)

	after := l.report.add("%sit is writable and has room again: all log in, with the codes "+
		"that were refused for want of it too", by)
	if err := unix.Mount("", fileSystem, "", unix.MS_REMOUNT, ""); err != nil {
		return err
	}
	if err := os.Remove(filler); err != nil {
		return err
	}
	d.try(after, enrolled, 1, authErr)
	d.try(after, enrolled, 2, success)
	d.try(after, late, 0, success)
	d.try(after, append(enrolled, late...), 3, success)
	if complaint := d.motpdHolds(); complaint != "" {
		after.broken("%s", complaint)
	}
	return errors.Join(d.err, d.host.stop())
}

// A disk is a site whose records lie on a file system that things are done to.
type disk struct {
	site    *site
	service string
	host    *host
	motpd   *resident           // if it is motpd that judges
	at      map[string][]string // a user's codes, fixed at the first try
	err     error
}

// newDisk is a site of these people, with their records on the file system.
func newDisk(target string, all []person) (*disk, error) {
	d := &disk{}
	open, options := newSite, []string{"nullok"}
	if target == "motpd" {
		open, options = newRoom, []string{"nullok", byMotpdOnly}
	}
	var err error
	if d.site, err = open("/tmp", "", all...); err != nil {
		return nil, err
	}
	if err = d.site.moveState(filepath.Join(fileSystem, "state")); err == nil {
		d.service, err = d.site.service(d.site.state, options...)
	}
	if err == nil && target == "motpd" {
		d.motpd, err = d.site.startMotpd()
	}
	if err == nil {
		d.host, err = d.site.newHost()
	}
	if err != nil {
		d.site.remove()
		return nil, err
	}
	return d, nil
}

// moveState puts the folder of records, which is empty, elsewhere.
func (s *site) moveState(to string) error {
	if err := os.Mkdir(to, 0o700); err != nil {
		return err
	}
	if err := os.Remove(s.state); err != nil {
		return err
	}
	from := s.state
	s.state = to
	return os.Symlink(to, from) // the room's
}

// motpdHolds ends motpd, if there is one, and says what is wrong with it.
func (d *disk) motpdHolds() string {
	if d.motpd == nil {
		return ""
	}
	complaint := d.motpd.isStillThere()
	if err := d.motpd.stop(); err != nil && complaint == "" {
		complaint = err.Error()
	}
	return complaint
}

// try has all these people type their nth code.
func (d *disk) try(line *line, all []person, n, want int) {
	for _, p := range all {
		if d.err != nil {
			return
		}
		if d.at[p.name] == nil {
			if d.at == nil {
				d.at = map[string][]string{}
			}
			d.at[p.name] = p.codes(-2, 4)
		}
		var got int
		start := time.Now()
		got, d.err = d.host.login(d.site, d.service, p.name, d.at[p.name][n])
		line.took(time.Since(start))
		line.note(codeName(got))
		if got != want {
			line.broken("user %s, code %d: %s and not %s", p.name, n, codeName(got),
				codeName(want))
		}
	}
}

// fill writes until there is no room left, not for one byte.
func fill(path string) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer f.Close()
	for size := 1 << 16; size > 0; {
		switch _, err := f.Write(make([]byte, size)); {
		case errors.Is(err, unix.ENOSPC):
			size /= 2
		case err != nil:
			return err
		}
	}
	return nil
}
