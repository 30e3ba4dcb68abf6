package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/pam-motp/pam-motp/motp"
	"github.com/pam-motp/pam-motp/motp/files"
)

// A login is one kind of login that is measured.
type login struct {
	name    string
	service string
	user    string
	code    func(run int) string
	before  func() error // brings things to where every login begins; not measured
	at      *site        // where, if that is a site of its own
	refused bool         // what must come of it

	samples []sample
}

// do logs in once, by a launcher, or by that of the login's site.
func (l *login) do(by *launcher) error {
	if l.at != nil {
		by = l.at.launch
	}
	if l.before != nil {
		if err := l.before(); err != nil {
			return err
		}
	}
	s, err := by.login(l.service, l.user, l.code(len(l.samples)))
	if err != nil {
		return err
	}
	if s.accepted == l.refused {
		return fmt.Errorf("%s: login %d came out wrong, so its time would mean nothing",
			l.name, len(l.samples)+1)
	}
	l.samples = append(l.samples, s)
	return nil
}

// anew is the same login, with nothing measured of it yet.
func (l *login) anew() *login {
	n := *l
	n.samples = nil
	return &n
}

// interleave runs all the logins n times, each time in another order, so that none has always the
// same one before it: what that has written may keep the disk busy.
func (b *bench) interleave(n int, logins []*login) error {
	order := rand.New(rand.NewPCG(0, 0))
	for range n {
		for _, i := range order.Perm(len(logins)) {
			if err := logins[i].do(b.launch); err != nil {
				return err
			}
		}
	}
	return nil
}

// ms is the time in milliseconds below which a part of the logins lies.
func (l *login) ms(part float64) float64 {
	return quantile(l.samples, part, func(s sample) float64 {
		return float64(s.wall) / float64(time.Millisecond)
	})
}

func (l *login) cpu() float64 {
	return quantile(l.samples, 0.5, func(s sample) float64 {
		return float64(s.cpu) / float64(time.Millisecond)
	})
}

func (l *login) rss() int {
	return int(quantile(l.samples, 1, func(s sample) float64 { return float64(s.rss) }))
}

// typical is the part of the logins below whose time is what a login takes: half, for the median.
var typical = 0.5

// over is what the login costs beyond another: beyond pam_permit, what its module costs.
func (l *login) over(floor *login) float64 { return l.ms(typical) - floor.ms(typical) }

func quantile(samples []sample, part float64, of func(sample) float64) float64 {
	values := make([]float64, len(samples))
	for i, s := range samples {
		values[i] = of(s)
	}
	slices.Sort(values)
	return values[int(part*float64(len(values)-1))]
}

// The person who logs in, with a Mobile-OTP token or with an HOTP one, which all modules know; and
// somebody whom no table knows.
const (
	person   = "alice"
	secret   = "0123456789abcdef"
	pin      = "1234"
	key      = "12345678901234567890"
	stranger = "mallory"
)

func rightNow(int) string {
	return motp.Token{Secret: secret, PIN: pin}.Code(time.Now())
}

// counted gives the codes of an HOTP token one after the other.
func counted(first int64) func(int) string {
	return func(run int) string {
		return motp.Token{Type: motp.HOTP, Secret: key}.CodeAt(first + int64(run))
	}
}

// guess is never twice the same, which would not count as a guess.
func guess(run int) string { return fmt.Sprintf("%06x", 0xabc000+run) }

// guessHOTP is a code from far away.
var guessHOTP = counted(1 << 40)

// right is a login with the right code that motpd judges.
func (s *site) right(name string) (*login, error) {
	fresh, err := freshRecord(s.records(), person)
	return &login{name: name, service: byMotpd, user: person, code: rightNow, before: fresh,
		at: s}, err
}

func permit() *login {
	return &login{name: "pam_permit (the floor)", service: "bench-permit", user: person,
		code: rightNow}
}

// ours makes a service of pam_motp with a table of its own, and returns the folder with what is
// its.
func (b *bench) ours(name, module, table string) (dir string, err error) {
	dir = filepath.Join(b.dir, name)
	if err := os.MkdirAll(filepath.Join(dir, "state"), 0o700); err != nil {
		return "", err
	}
	if table != "" {
		if err := os.WriteFile(filepath.Join(dir, "motp.conf"), []byte(table),
			0o600); err != nil {
			return "", err
		}
	}
	return dir, service("bench-"+name, module+" conf="+dir+"/motp.conf state="+dir+
		"/state nodelay")
}

// mobile is the table of a person with one Mobile-OTP token, hotp that of one with an HOTP token.
const (
	mobile = "[" + person + "]\nsecret = " + secret + "\npin = " + pin + "\n"
	hotp   = "[" + person + "]\ntype = hotp\nsecret = " +
		"hex:3132333435363738393031323334353637383930\n"
)

// named is the table of the person, for somebody else.
func named(table, user string) string { return strings.Replace(table, person, user, 1) }

// rightCode is a login with Mobile-OTP at a service of ours.
func (b *bench) rightCode(shown, name, table string) (*login, error) {
	dir, err := b.ours(name, b.module, table)
	if err != nil {
		return nil, err
	}
	fresh, err := freshRecord(filepath.Join(dir, "state"), person)
	return &login{name: shown, service: "bench-" + name, user: person, code: rightNow,
		before: fresh}, err
}

// lock has a user guess until no code of theirs is taken.
func lock(state, user string) error {
	v := motp.Verifier{Store: files.Store{Dir: state}, Policy: motp.DefaultPolicy}
	u := motp.User{Name: user, Tokens: []motp.Token{{Secret: secret, PIN: pin}}}
	for i := range v.Policy.MaxFailures {
		if _, err := v.Verify(context.Background(), u, guess(i), time.Now()); err != nil {
			return err
		}
	}
	return nil
}

// freshRecord makes a user's record, and returns what writes its first content back, in place as a
// login would, so that every login is a first use.
func freshRecord(state, user string) (func() error, error) {
	v := motp.Verifier{Store: files.Store{Dir: state}, Policy: motp.DefaultPolicy}
	if err := v.Prepare(context.Background(), user); err != nil {
		return nil, err
	}
	path := filepath.Join(state, motp.EncodeName(user))
	first, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return func() error {
		f, err := os.OpenFile(path, os.O_WRONLY, 0)
		if err != nil {
			return err
		}
		defer f.Close()
		if _, err := f.WriteAt(first, 0); err != nil {
			return err
		}
		return f.Sync()
	}, nil
}
