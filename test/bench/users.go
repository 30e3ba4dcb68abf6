package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"github.com/pam-motp/pam-motp/motp"
)

// users compares tables by their number of users, each size in an interleaved run of its own.
func (b *bench) users() error {
	if _, err := b.google("google-alone", person); err != nil {
		return err
	}
	worker, err := b.rightCode("worker, 1 in one table", "alone-1", mobile)
	if err != nil {
		return err
	}
	motpd, err := b.kept("motpd, 1 in one table", "alone", mobile)
	if err != nil {
		return err
	}
	next := int64(1) // of google's counter
	for _, n := range []int{1, 1000, 100_000, 1_000_000} {
		// again in each run, to compare with
		one := sized{n: 1, worker: worker.anew(), motpd: motpd.anew()}
		if err := b.usersOf(n, one, next); err != nil {
			return err
		}
		next += int64(b.runs)
	}
	return nil
}

// A sized is what is measured with a number of users.
type sized struct {
	n                                           int
	floor, google, motpd, worker, columns, oath *login
}

func (b *bench) usersOf(n int, one sized, next int64) error {
	s, err := b.sizedTables(n)
	if err != nil {
		return err
	}
	s.google = &login{name: "google-authenticator, a file each", service: "bench-google-alone",
		user: person, code: counted(next)}
	logins := []*login{s.floor, s.google, s.motpd, s.worker, s.columns}
	if n > 1 {
		logins = append(logins, one.motpd, one.worker)
	}
	if err := b.interleave(b.runs, logins); err != nil {
		return err
	}
	oathRuns := b.runs
	if n == 1_000_000 {
		oathRuns = max(b.runs/10, 1)
	}
	// by itself: it writes the whole table at each login
	if err := b.interleave(oathRuns, []*login{s.oath}); err != nil {
		return err
	}
	b.report.times("Users: "+thousands(n), s.floor, append(logins, s.oath))
	b.report.point("motpd, one table", n, s.motpd.over(s.floor))
	b.report.point("worker, one table", n, s.worker.over(s.floor))
	b.report.point("google-authenticator", n, s.google.over(s.floor))
	b.report.point("pam_oath", n, s.oath.over(s.floor))
	if n == 1_000_000 {
		if err := b.afterChange(s.motpd); err != nil {
			return err
		}
	}
	b.boundTables(s, one)
	return b.removeTables(n)
}

// sizedTables makes tables of n users, and the logins to measure with them.
func (b *bench) sizedTables(n int) (s sized, err error) {
	shown := thousands(n)
	s = sized{n: n, floor: permit(), oath: &login{name: "pam_oath, " + shown,
		service: fmt.Sprintf("bench-oath-%d", n), user: person, code: counted(0)}}
	s.motpd, err = b.kept("motpd, "+shown+" in one table", strconv.Itoa(n), sectionsOf(n))
	if err != nil {
		return s, err
	}
	s.worker, err = b.rightCode("worker, "+shown+" in one table", fmt.Sprintf("table-%d", n),
		sectionsOf(n))
	if err != nil {
		return s, err
	}
	s.columns, err = b.rightCode("worker, "+shown+" in four columns",
		fmt.Sprintf("columns-%d", n), rowsOf(n))
	if err != nil {
		return s, err
	}
	if err := b.oath(fmt.Sprintf("oath-%d", n), oathLinesOf(n)); err != nil {
		return s, err
	}
	syscall.Sync() // the tables themselves
	return s, nil
}

// kept is a login with the right code at a site of its own, whose motpd has its index of the table.
func (b *bench) kept(shown, name, table string) (*login, error) {
	s, err := b.site("table-"+name, table)
	if err != nil {
		return nil, err
	}
	l, err := s.right(shown)
	if err != nil {
		return nil, err
	}
	syscall.Sync()
	return l, s.settled(l)
}

// afterChange measures the first login after a change of the table, and that it is judged by the
// changed one. The login is that of one whose motpd has an index.
func (b *bench) afterChange(indexed *login) error {
	s, inForce := indexed.at, pin
	code := func(int) string {
		return motp.Token{Secret: secret, PIN: inForce}.Code(time.Now())
	}
	before, after := indexed.anew(), indexed.anew()
	before.name, before.code = indexed.name+", unchanged", code
	after.name, after.code = indexed.name+", just changed", code
	for range max(b.runs/20, 5) {
		if err := before.do(nil); err != nil {
			return err
		}
		next := pin
		if inForce == pin {
			next = "4321"
		}
		if err := s.replace("pin = "+inForce, "pin = "+next); err != nil {
			return err
		}
		inForce = next
		if err := after.do(nil); err != nil {
			return err
		}
		if err := s.settled(after); err != nil {
			return err
		}
	}
	b.report.times("A change of the table", before, []*login{before, after})
	b.report.atMost("1,000,000 users, motpd: first login after a change of the table, over "+
		"others", after.over(before), 20, " ms")
	return nil
}

// boundTables checks what a login may cost where there are so many users.
func (b *bench) boundTables(s, one sized) {
	if s.n == 1 {
		return
	}
	b.report.atMost(thousands(s.n)+" users in one table / one user, motpd",
		s.motpd.over(s.floor)/one.motpd.over(s.floor), 1.05, "")
	switch s.n {
	case 1000:
		b.report.atMost("1,000 users in one table / one user, worker",
			s.worker.over(s.floor)/one.worker.over(s.floor), 1.1, "")
	case 100_000:
		b.report.atMost("100,000 users: worker / pam_oath",
			s.worker.over(s.floor)/s.oath.over(s.floor), 0.15, "")
	case 1_000_000:
		b.report.atMost("1,000,000 users in one table, worker: cost over pam_permit",
			s.worker.over(s.floor), 25, " ms")
		b.report.atMost("1,000,000 users in four columns, worker: cost over pam_permit",
			s.columns.over(s.floor), 25, " ms")
	}
}

// removeTables makes room for the next size. The smallest is needed to the end.
func (b *bench) removeTables(n int) error {
	if n == 1 {
		return nil
	}
	for _, form := range []string{"table", "columns", "oath", "site-table"} {
		dir := filepath.Join(b.dir, fmt.Sprintf("%s-%d", form, n))
		if err := os.RemoveAll(dir); err != nil {
			return err
		}
	}
	return nil
}

// folder measures a user with a file of her own among the files of a million others. The file of
// google-authenticator is in the same folder.
func (b *bench) folder() error {
	const n = 1_000_000
	one, err := b.rightCode("worker, 1 user in one table", "alone", mobile)
	if err != nil {
		return err
	}
	own, err := b.rightCode("worker, a file each", "folder", "")
	if err != nil {
		return err
	}
	names := filepath.Join(b.dir, "folder", "motp.conf.d")
	if err := fillFolder(names, n-1); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(names, person+".conf"), []byte(mobile),
		0o600); err != nil {
		return err
	}
	module, err := peer("pam_google_authenticator.so")
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(names, person+".google"),
		[]byte("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ\n\" HOTP_COUNTER 1\n"),
		0o600); err != nil {
		return err
	}
	if err := service("bench-google-folder",
		module+" user=root secret="+names+"/${USER}.google"); err != nil {
		return err
	}
	syscall.Sync()
	floor := permit()
	google := &login{name: "google-authenticator, a file each", service: "bench-google-folder",
		user: person, code: counted(1)}
	all := []*login{floor, google, one, own}
	if err := b.interleave(b.runs, all); err != nil {
		return err
	}
	b.report.times("1,000,000 users, one file each", floor, all)
	b.report.point("worker, a file each", n, own.over(floor))
	b.report.point("worker, a file each", 1, one.over(floor))
	b.report.atMost("1,000,000 users, one file each: cost over pam_permit / with one",
		own.over(floor)/one.over(floor), 1.1, "")
	return nil
}
