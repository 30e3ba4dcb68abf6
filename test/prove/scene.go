package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/pam-motp/pam-motp/conf"
	"github.com/pam-motp/pam-motp/internal/secrets"
)

// A scene is a login that something is done to.
type scene struct {
	name     string
	right    bool // whether the code is
	recorded bool // whether the user has logged in before
	split    bool // whether the user stands in motp.conf.d and not in motp.conf
	// whether the file system lacks files without a name, which a new record is at first
	nameless bool
	way      string // what the service says of motpd, where one runs
	changes  bool   // whether it is no login, but a change of the PIN
	password string // what is typed before the code, into the same field
	paper    bool   // whether the code is one on paper
}

// options are what the scene wants of a service's line.
func (sc scene) options() []string {
	if sc.password == "" {
		return nil
	}
	return []string{"forward_pass", "grace=8h"}
}

var scenes = []scene{
	{name: "right code", right: true, recorded: true},
	{name: "wrong code", recorded: true},
	{name: "right code, first login", right: true},
	{name: "wrong code, first login"},
	{name: "right code, user in motp.conf.d", right: true, recorded: true, split: true},
	{
		name:     "right code, first login, file system without O_TMPFILE",
		right:    true,
		nameless: true,
	},
	{name: "right code behind a password", right: true, recorded: true, password: "geheim"},
	{name: "wrong code behind a password", recorded: true, password: "geheim"},
	{name: "right code on paper", right: true, recorded: true, paper: true},
}

// A trial is one scene being played, once.
type trial struct {
	scene
	who     person
	site    *site
	service string
	codes   []string // right ones, each another
	host    *host
	motpd   *resident // if it is motpd that judges

	answered time.Duration // how long the login took that something was done to
}

// oneMore is the setting by which one wrong code more than the one in a scene locks the user, so
// that it can be seen whether it counted.
const oneMore = "max_failures = 2"

// newTrial prepares a scene for something to be done to the target.
func newTrial(sc scene, target string) (*trial, error) {
	inTable := []person{alice}
	if sc.split {
		inTable = nil
	}
	open, options := newSite, []string{}
	if target == "motpd" {
		open, options = newRoom, []string{sc.way}
	}
	s, err := open("/tmp", oneMore, inTable...)
	if err != nil {
		return nil, err
	}
	if sc.split {
		if err := s.split(alice); err != nil {
			return nil, err
		}
	}
	var motpd *resident
	if target == "motpd" {
		if motpd, err = s.startMotpd(); err != nil {
			return nil, err
		}
	}
	t, err := newTrialAt(s, sc, alice, options...)
	if err != nil {
		return nil, err
	}
	if sc.paper {
		if err := t.onPaper(); err != nil {
			return nil, err
		}
	}
	t.motpd = motpd
	return t, t.host.start(t.site, t.service, t.who.name)
}

// newTrialAt prepares a scene at a site. Users who are not in the table are ignored, which a fault
// must not bring about for one who is.
func newTrialAt(s *site, sc scene, who person, options ...string) (*trial, error) {
	t := &trial{scene: sc, who: who, site: s, codes: who.codes(-3, 4)}
	var err error
	options = append(append(options, "nullok"), sc.options()...)
	if t.service, err = s.service(s.state, options...); err != nil {
		return nil, err
	}
	if t.host, err = s.newHost(); err != nil {
		return nil, err
	}
	if sc.recorded {
		if code, err := t.login(t.codes[0]); err != nil || code != success {
			return nil, fmt.Errorf("the login before: %s, %w", codeName(code), err)
		}
	}
	return t, nil
}

// onPaper has the user type a code on paper.
func (t *trial) onPaper() error {
	set, codes, err := secrets.NewPaper(1, 2)
	if err != nil {
		return err
	}
	t.codes[1] = t.who.pin + codes[0]
	return conf.Editor{Table: conf.Table{Path: t.site.conf}}.SetPaper(t.who.name, set)
}

func (t *trial) login(code string) (int, error) {
	return t.host.login(t.site, t.service, t.who.name, t.password+code)
}

// clean ends what is left. It returns an error if the host, or motpd, did not end well.
func (t *trial) clean() error {
	err := t.host.stop()
	if t.motpd != nil {
		err = errors.Join(err, t.motpd.stop())
	}
	t.site.remove()
	return err
}

func (t *trial) typed() string {
	if t.right {
		return t.codes[1]
	}
	return t.who.wrong()[0]
}

// play has fault do something to the login. hit says whether it came to do it, before the login was
// at its end.
func (t *trial) play(target string, what ...string) (hit bool, result int, err error) {
	w, err := t.watch(target, what...)
	if err != nil {
		return false, -1, err
	}
	start := time.Now()
	result, err = t.act()
	t.answered = time.Since(start)
	lines, watchErr := w.end()
	if watchErr != nil {
		return false, -1, watchErr
	}
	return len(lines) > 0, result, err
}

// replaceHost gives the trial another host, where the first was killed.
func (t *trial) replaceHost() error {
	t.host.kill()
	var err error
	t.host, err = t.site.newHost()
	return err
}

// check says which promise is broken after the login ended with result, -1 for a host that was
// killed. It is empty if all were kept.
func (t *trial) check(result int) (string, error) {
	var complaint string
	var err error
	if t.changes {
		complaint, err = t.checkChange(result)
	} else if t.right {
		complaint, err = t.checkRight(result)
	} else {
		complaint, err = t.checkWrong(result)
	}
	if complaint != "" || err != nil {
		return complaint, err
	}
	litter, err := t.site.litter()
	if err == nil && len(litter) > 0 {
		complaint = fmt.Sprintf("litter in the folder of records: %q", litter)
	}
	return complaint, err
}

// checkRight: a fault may refuse a right code, but only as unavailable; the code is accepted once
// at most, now or at another try; and the next code is good.
func (t *trial) checkRight(result int) (string, error) {
	switch result {
	case authErr, userUnknown, ignored, ignore:
		return fmt.Sprintf("a right code, and the answer is %q", codeName(result)), nil
	}
	accepted := result == success
	for try := 2; try <= 3; try++ {
		again, err := t.login(t.typed())
		switch {
		case err != nil:
			return "", err
		case again == success && accepted:
			return fmt.Sprintf("the same code was accepted again, at try %d; the "+
				"first answer was %q", try, codeName(result)), nil
		case again == success:
			accepted = true
		case again != authErr:
			return fmt.Sprintf("the same code once more, and the answer is %q",
				codeName(again)), nil
		}
	}
	return t.checkFresh(t.service, t.codes[2])
}

// checkWrong: a wrong code that was answered for counts, so that with one more the user is locked.
func (t *trial) checkWrong(result int) (string, error) {
	switch result {
	case success, userUnknown, ignored, ignore:
		return fmt.Sprintf("a wrong code, and the answer is %q", codeName(result)), nil
	}
	copied, err := t.site.copyState()
	if err != nil {
		return "", err
	}
	onCopy, err := t.site.service(copied, t.options()...)
	if err != nil {
		return "", err
	}
	if complaint, err := t.checkFresh(onCopy, t.codes[2]); complaint != "" || err != nil ||
		result != authErr {
		return complaint, err
	}
	for _, code := range []string{t.who.wrong()[1], t.codes[2]} {
		if again, err := t.login(code); err != nil || again != authErr {
			return fmt.Sprintf("the wrong code was answered for and did not count: a "+
				"second one and a right one end with %q", codeName(again)), err
		}
	}
	return "", nil
}

// checkFresh: the next code lets the user in, once.
func (t *trial) checkFresh(service, code string) (string, error) {
	for _, want := range []int{success, authErr} {
		got, err := t.host.login(t.site, service, t.who.name, t.password+code)
		if err != nil || got != want {
			return fmt.Sprintf("a fresh code afterwards is %q, not %q", codeName(got),
				codeName(want)), err
		}
	}
	return "", nil
}
