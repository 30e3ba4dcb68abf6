package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

// A part is what can be measured by itself.
type part struct {
	name, what string
	measure    func(*bench) error
}

var parts = []part{
	{"one", "one user, right, wrong and unknown", (*bench).one},
	{"users", "tables of 1 to 1,000,000 users", (*bench).users},
	{"folder", "1,000,000 users with a file each", (*bench).folder},
	{"sessions", "many sessions at once", (*bench).sessions},
	{"counts", "instructions, system calls, synced writes", (*bench).counts},
	{"host", "what the host keeps", (*bench).host},
}

func choose(only string) ([]part, error) {
	if only == "" {
		return parts, nil
	}
	var chosen []part
	for name := range strings.SplitSeq(only, ",") {
		found := false
		for _, p := range parts {
			if p.name == name {
				chosen, found = append(chosen, p), true
			}
		}
		if !found {
			return nil, fmt.Errorf("there is no part %q", name)
		}
	}
	return chosen, nil
}

// one compares logins where there is one user, the case in which the modules differ most in what
// they do besides reading a table.
func (b *bench) one() error {
	if _, err := b.google("google", person, "bob"); err != nil {
		return err
	}
	if err := b.oath("oath", oathLine(person)+oathLine("bob")); err != nil {
		return err
	}
	right, err := b.rightCode("pam_motp", "motp", mobile)
	if err != nil {
		return err
	}
	if _, err := b.ours("hotp", b.module, hotp); err != nil {
		return err
	}
	tokens, err := b.rightCode("pam_motp, 8 tokens", "tokens", tokensOf(8))
	if err != nil {
		return err
	}
	plain, err := b.plainLibrary("plain")
	if err != nil {
		return err
	}
	floor := permit()
	googleRight := &login{name: "google-authenticator", service: "bench-google", user: person,
		code: counted(1)}
	oathRight := &login{name: "pam_oath", service: "bench-oath", user: person, code: counted(0)}
	hotpRight := &login{name: "pam_motp, HOTP like the others", service: "bench-hotp",
		user: person, code: counted(0)}
	googleWrong := &login{name: "google-authenticator, wrong code", service: "bench-google",
		user: "bob", code: guessHOTP, refused: true}
	oathWrong := &login{name: "pam_oath, wrong code (writes nothing)", service: "bench-oath",
		user: "bob", code: guessHOTP, refused: true}
	wrong := &login{name: "pam_motp, wrong code", service: "bench-motp", user: person,
		code: guess, before: right.before, refused: true}
	unknown := &login{name: "pam_motp, unknown user", service: "bench-motp", user: "mallory",
		code: guess, before: right.before, refused: true}
	all := []*login{floor, googleRight, oathRight, plain, right, hotpRight, tokens, googleWrong,
		oathWrong, wrong, unknown}
	if err := b.interleave(b.runs, all); err != nil {
		return err
	}
	b.report.times("One user", floor, all)
	b.compare(floor, []comparison{
		{right, googleRight,
			"right code: cost over pam_permit, pam_motp / google-authenticator", 0.8},
		{right, oathRight, "right code: pam_motp / pam_oath", 0.8},
		{hotpRight, googleRight,
			"right code, HOTP on both sides: pam_motp / google-authenticator", 0.8},
		{hotpRight, oathRight, "right code, HOTP on both sides: pam_motp / pam_oath", 0.8},
		{wrong, googleWrong, "wrong code: pam_motp / google-authenticator", 1},
		{wrong, oathWrong, "wrong code: pam_motp, which counts it / pam_oath, not", 1},
	})
	b.alike("right, wrong, unknown: slowest / quickest login", right, wrong, unknown)
	b.report.note("cost of 8 tokens / 1 token: %.2f", tokens.over(floor)/right.over(floor))
	b.report.note("cost of pam_motp / as a plain c-shared library: %.2f",
		right.over(floor)/plain.over(floor))
	b.report.note("peak memory of a worker: %.1f MB (pamtester by itself: %.1f MB)",
		float64(right.rss())/1e3, float64(floor.rss())/1e3)
	return nil
}

// plainLibrary is a login with the right code by the reference library.
func (b *bench) plainLibrary(name string) (*login, error) {
	path, err := filepath.Abs(plainModule)
	if err != nil {
		return nil, err
	}
	dir, err := b.ours(name, path, mobile)
	if err != nil {
		return nil, err
	}
	fresh, err := freshRecord(dir+"/state", person)
	return &login{name: "pam_motp as a plain c-shared library", service: "bench-" + name,
		user: person, code: rightNow, before: fresh}, err
}

// A comparison is of two logins by what they cost over that of pam_permit.
type comparison struct {
	ours, theirs *login
	what         string
	most         float64
}

func (b *bench) compare(floor *login, all []comparison) {
	for _, c := range all {
		b.report.atMost(c.what, c.ours.over(floor)/c.theirs.over(floor), c.most, "")
	}
}

// alike checks that nobody learns from the time that it takes how a login ended.
func (b *bench) alike(what string, logins ...*login) {
	var took []float64
	for _, l := range logins {
		took = append(took, l.ms(0.5))
	}
	b.report.atMost(what, slices.Max(took)/slices.Min(took), 1.05, "")
}

// users compares tables by their number of users, each size in an interleaved run of its own.
func (b *bench) users() error {
	if _, err := b.google("google-alone", person); err != nil {
		return err
	}
	small, err := b.rightCode("pam_motp, 1 in one table", "alone-1", mobile)
	if err != nil {
		return err
	}
	next := 0 // of google's counter
	for _, size := range []struct {
		n, oathRuns int
	}{{1, b.runs}, {1000, b.runs}, {100_000, b.runs}, {1_000_000, b.runs / 10}} {
		shown := thousands(size.n)
		floor := permit()
		google := &login{name: "google-authenticator, a file each",
			service: "bench-google-alone", user: person, code: counted(int64(1 + next))}
		next += b.runs
		one := *small
		one.samples = nil
		table, err := b.rightCode("pam_motp, "+shown+" in one table",
			fmt.Sprintf("table-%d", size.n), sectionsOf(size.n))
		if err != nil {
			return err
		}
		columns, err := b.rightCode("pam_motp, "+shown+" in four columns",
			fmt.Sprintf("columns-%d", size.n), rowsOf(size.n))
		if err != nil {
			return err
		}
		syscall.Sync() // the tables themselves
		logins := []*login{floor, google, table, columns, &one}
		if size.n == 1 {
			logins = logins[:4]
		}
		if err := b.interleave(b.runs, logins); err != nil {
			return err
		}
		oath := &login{name: "pam_oath, " + shown,
			service: fmt.Sprintf("bench-oath-%d", size.n), user: person,
			code: counted(0)}
		if err := b.oath(fmt.Sprintf("oath-%d", size.n), oathLinesOf(size.n)); err != nil {
			return err
		}
		// by itself: it writes the whole table at each login
		if err := b.interleave(max(size.oathRuns, 1), []*login{oath}); err != nil {
			return err
		}
		b.report.times("Users: "+shown, floor, append(logins, oath))
		b.report.point("pam_motp, one table", size.n, table.over(floor))
		b.report.point("google-authenticator", size.n, google.over(floor))
		b.report.point("pam_oath", size.n, oath.over(floor))
		b.boundTables(size.n, floor, table, columns, oath, &one)
		if err := b.removeTables(size.n); err != nil {
			return err
		}
	}
	return nil
}

// boundTables checks what a login may cost where there are so many users.
func (b *bench) boundTables(n int, floor, table, columns, oath, one *login) {
	switch n {
	case 1000:
		b.report.atMost("1,000 users in one table: cost over pam_permit / with one",
			table.over(floor)/one.over(floor), 1.1, "")
	case 100_000:
		b.report.atMost("100,000 users: pam_motp / pam_oath",
			table.over(floor)/oath.over(floor), 0.15, "")
	case 1_000_000:
		b.report.atMost("1,000,000 users in one table: cost over pam_permit",
			table.over(floor), 25, " ms")
		b.report.atMost("1,000,000 users in four columns: cost over pam_permit",
			columns.over(floor), 25, " ms")
	}
}

// removeTables makes room for the next size. The smallest is needed to the end.
func (b *bench) removeTables(n int) error {
	if n == 1 {
		return nil
	}
	for _, form := range []string{"table", "columns", "oath"} {
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
	one, err := b.rightCode("pam_motp, 1 user in one table", "alone", mobile)
	if err != nil {
		return err
	}
	own, err := b.rightCode("pam_motp, a file each", "folder", "")
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
	b.report.point("pam_motp, a file each", n, own.over(floor))
	b.report.point("pam_motp, a file each", 1, one.over(floor))
	b.report.atMost("1,000,000 users, one file each: cost over pam_permit / with one",
		own.over(floor)/one.over(floor), 1.1, "")
	return nil
}
