package main

import (
	"path/filepath"
	"slices"
)

// one compares logins where there is one user, the case in which the modules differ most in what
// they do besides reading a table.
func (b *bench) one() error {
	floor := permit()
	google, oath, err := b.peers("one")
	if err != nil {
		return err
	}
	worker, plain, tokens, err := b.oneByWorker()
	if err != nil {
		return err
	}
	motpd, err := b.oneByMotpd()
	if err != nil {
		return err
	}
	all := []*login{floor, google.right, oath.right}
	all = append(all, motpd.all()...)
	all = append(all, worker.all()...)
	all = append(all, tokens, plain, google.wrong, oath.wrong)
	if err := b.interleave(b.runs, all); err != nil {
		return err
	}
	b.report.times("One user", floor, all)
	b.compare(floor, []comparison{
		{motpd.right, google.right,
			"right code: cost over pam_permit, motpd / google-authenticator", 1},
		{motpd.right, oath.right, "right code: motpd / pam_oath", 1},
		{motpd.hotp, google.right,
			"right code, HOTP on both sides: motpd / google-authenticator", 1},
		{motpd.hotp, oath.right, "right code, HOTP on both sides: motpd / pam_oath", 1},
		{motpd.wrong, google.wrong, "wrong code: motpd / google-authenticator", 1},
		{worker.right, google.right, "right code: worker / google-authenticator", 0},
		{worker.wrong, google.wrong, "wrong code: worker / google-authenticator", 0},
		{motpd.wrong, oath.wrong, "wrong code: motpd, which counts it / pam_oath, not", 0},
		{motpd.right, worker.right, "right code: motpd / worker", 0},
	})
	b.alike("motpd: right, wrong, unknown, locked, disabled: slowest / quickest login",
		motpd.right, motpd.wrong, motpd.unknown, motpd.locked, motpd.disabled)
	b.alike("worker: right, wrong, unknown: slowest / quickest login",
		worker.right, worker.wrong, worker.unknown)
	b.report.note("cost of 8 tokens / 1 token, worker: %.2f",
		tokens.over(floor)/worker.right.over(floor))
	b.report.note("cost of a worker / as a plain c-shared library: %.2f",
		worker.right.over(floor)/plain.over(floor))
	b.report.note("peak memory of a worker: %.1f MB (pamtester by itself: %.1f MB)",
		float64(worker.right.rss())/1e3, float64(floor.rss())/1e3)
	return nil
}

// A kinds is what is measured of one module, or of one way of judging; what it does not know is
// nil.
type kinds struct{ right, hotp, wrong, unknown, locked, disabled *login }

func (k kinds) all() []*login {
	return slices.DeleteFunc([]*login{k.right, k.hotp, k.wrong, k.unknown, k.locked,
		k.disabled}, func(l *login) bool { return l == nil })
}

// peers are the logins of the modules to compare with.
func (b *bench) peers(name string) (google, oath kinds, err error) {
	const other = "bob"
	if _, err := b.google("google-"+name, person, other); err != nil {
		return google, oath, err
	}
	err = b.oath("oath-"+name, oathLine(person)+oathLine(other))
	google = kinds{
		right: &login{name: "google-authenticator", service: "bench-google-" + name,
			user: person, code: counted(1)},
		wrong: &login{name: "google-authenticator, wrong code",
			service: "bench-google-" + name, user: other, code: guessHOTP,
			refused: true},
	}
	oath = kinds{
		right: &login{name: "pam_oath", service: "bench-oath-" + name, user: person,
			code: counted(0)},
		wrong: &login{name: "pam_oath, wrong code (writes nothing)",
			service: "bench-oath-" + name, user: other, code: guessHOTP, refused: true},
	}
	return google, oath, err
}

// oneByWorker are the logins that a worker judges, with that by the reference library and that of
// somebody with as many tokens as there may be.
func (b *bench) oneByWorker() (k kinds, plain, tokens *login, err error) {
	if k.right, err = b.rightCode("worker", "motp", mobile); err != nil {
		return k, nil, nil, err
	}
	if _, err = b.ours("hotp", b.module, hotp); err != nil {
		return k, nil, nil, err
	}
	if tokens, err = b.rightCode("worker, 8 tokens", "tokens", tokensOf(8)); err != nil {
		return k, nil, nil, err
	}
	k.hotp = &login{name: "worker, HOTP like the others", service: "bench-hotp", user: person,
		code: counted(0)}
	k.wrong = &login{name: "worker, wrong code", service: "bench-motp", user: person,
		code: guess, before: k.right.before, refused: true}
	k.unknown = &login{name: "worker, unknown user", service: "bench-motp", user: stranger,
		code: guess, before: k.right.before, refused: true}
	plain, err = b.plainLibrary("plain")
	return k, plain, tokens, err
}

// oneByMotpd are the logins that motpd judges, at a site with a user for each.
func (b *bench) oneByMotpd() (k kinds, err error) {
	const counting, locked, disabled = "carol", "dora", "eve"
	s, err := b.site("one", mobile+named(hotp, counting)+named(mobile, locked)+
		named(mobile, disabled)+"disabled = yes\n")
	if err != nil {
		return k, err
	}
	if k.right, err = s.right("motpd"); err != nil {
		return k, err
	}
	if err := lock(s.records(), locked); err != nil {
		return k, err
	}
	stays, err := freshRecord(s.records(), locked)
	if err != nil {
		return k, err
	}
	of := func(name, user string, code func(int) string) *login {
		return &login{name: "motpd, " + name, service: byMotpd, user: user, code: code,
			before: k.right.before, refused: true, at: s}
	}
	k.hotp = of("HOTP like the others", counting, counted(0))
	k.hotp.refused = false
	k.wrong = of("wrong code", person, guess)
	k.unknown = of("unknown user", stranger, guess)
	k.locked = of("locked user", locked, rightNow)
	k.locked.before = stays
	k.disabled = of("disabled user", disabled, rightNow)
	return k, s.settled(k.right)
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
	most         float64 // 0 if it is shown only
}

func (b *bench) compare(floor *login, all []comparison) {
	for _, c := range all {
		ratio := c.ours.over(floor) / c.theirs.over(floor)
		if c.most == 0 {
			b.report.goal(c.what, short(ratio), "", "")
			continue
		}
		b.report.atMost(c.what, ratio, c.most, "")
	}
}

// alike checks that nobody learns from the time that it takes how a login ended.
func (b *bench) alike(what string, logins ...*login) {
	var took []float64
	for _, l := range logins {
		took = append(took, l.ms(typical))
	}
	b.report.atMost(what, slices.Max(took)/slices.Min(took), 1.05, "")
}
