package main

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync/atomic"
	"time"
)

// memory is how many steps below the highest used one are remembered one by one, as the
// documentation says; what is older is refused for its age.
const memory = 256

// clocks sets the clock between logins and within one, forward, back, and past the ends of 32-bit
// times.
func (l *lab) clocks() error {
	all := jumps()
	between := l.report.add("the clock set between logins, %d ways: used codes typed again",
		len(all))
	fresh := l.report.add("the clock set between logins, %d ways: fresh codes", len(all))
	within := l.report.add("the clock set while the code is typed, %d ways", len(all))
	err := each(2*len(all), func(i int) error {
		p := people(fmt.Sprintf("jump%dx", i), 1)[0]
		c, err := l.newClock(p)
		if err != nil {
			return err
		}
		defer c.site.remove()
		if i%2 == 0 {
			err = l.setBetween(c, p, all[i/2], between, fresh)
		} else {
			err = l.setWithin(c, p, all[i/2], within)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", all[i/2].name, err)
		}
		return c.stop()
	})
	if err != nil {
		return err
	}
	return l.wander()
}

func (l *lab) newClock(p person) (*clockHost, error) {
	s, err := newSite("/tmp", "max_failures = 1000", p)
	if err != nil {
		return nil, err
	}
	return newClockHost(s)
}

// slack is how many steps the clock may be before the last login without being known for wrong.
const slack = 1

// setBetween: log in, set the clock, try that code again, log in with a code of the new time, set
// the clock right, try all again. While the clock is before the last login nobody gets in.
func (l *lab) setBetween(c *clockHost, p person, j jump, used, fresh *line) error {
	expect := func(line *line, what string, step int64, want int) (err error) {
		got, err := c.login(p, step)
		line.note(codeName(got))
		if err == nil && got != want {
			line.broken("clock set %s: %s is %s, not %s", j.name, what, codeName(got),
				codeName(want))
		}
		return err
	}
	now := c.step()
	if err := c.setTo(now); err != nil {
		return err
	}
	then := j.from(now)
	afterwards := now + 2
	behind := then < now-slack // while the clock is set
	ahead := now < then-slack  // once it is right again
	new := withClock(behind, l.verdictOn(then, now))
	last := withClock(ahead, l.verdictOn(afterwards, max(then, now)))
	for _, step := range []struct {
		do   func() error
		what string
	}{
		{func() error { return expect(fresh, "the first code", now, success) }, "log in"},
		{func() error { return c.set(c.ahead + j.seconds) }, "set the clock"},
		{func() error {
			return expect(used, "the first code again", now, withClock(behind, authErr))
		}, "replay"},
		{func() error {
			return expect(fresh, "a code of the new time", then, new)
		}, "log in"},
		{func() error {
			return expect(used, "that code again", then, withClock(behind, authErr))
		}, "replay"},
		{func() error { return c.setTo(now) }, "set the clock right"},
		{func() error {
			return expect(used, "the first code, when the clock is right again", now,
				withClock(ahead, authErr))
		}, "replay"},
		{func() error {
			return expect(fresh, "a fresh code, when the clock is right again",
				afterwards, last)
		}, "log in"},
		{func() error {
			return expect(used, "that code again", afterwards,
				withClock(ahead, authErr))
		}, "replay"},
	} {
		if err := step.do(); err != nil {
			return fmt.Errorf("%s: %w", step.what, err)
		}
	}
	return l.namesClock(fresh, p, j, new != success || last != success)
}

// from is a step of the time to which the clock is set: of another code than the one before.
func (j jump) from(now int64) int64 {
	then := now + j.seconds/10
	switch {
	case j.seconds > -10 && j.seconds < 0:
		return now - 1
	case then == now:
		return now + 1
	}
	return then
}

// withClock is what comes of a code: nobody gets in while the clock is before the last login.
func withClock(clockBehind bool, want int) int {
	if clockBehind {
		return authinfoUnavail
	}
	return want
}

// verdictOn a fresh code: it is accepted unless it is older than what is remembered of used ones.
func (l *lab) verdictOn(step, highest int64) int {
	if step <= highest-memory {
		return authErr
	}
	return success
}

// namesClock looks whether the log named the clock where a right code was refused for it, and only
// there.
func (l *lab) namesClock(line *line, p person, j jump, refused bool) error {
	lines, err := l.machine.Log.Module(p.name)
	if err != nil {
		return err
	}
	named := false
	for _, text := range lines {
		if strings.Contains(text, "reason=clock") ||
			strings.Contains(text, "reason=old") &&
				strings.Contains(text, "was the clock set back") {
			named = true
		}
	}
	if named != refused {
		line.broken("clock set %s: a code was refused for its age: %v, and the log names "+
			"the clock: %v: %q", j.name, refused, named, lines)
	}
	return nil
}

// setWithin: the clock is set while the code is typed. A code that is still, or already, good is
// accepted; no code twice.
func (l *lab) setWithin(c *clockHost, p person, j jump, line *line) error {
	const window = 18
	now := c.step()
	if err := c.setTo(now); err != nil {
		return err
	}
	start := c.ahead
	// The code of the time of the prompt, and one that was used before.
	far := max(j.seconds, -j.seconds)/10 > window
	behind := j.seconds < -10*slack
	good := !far && !behind // at the time to which the clock is set
	for _, try := range []struct {
		what string
		step int64
		jump int64
		may  bool
		must bool
	}{
		{"a code, the clock not set", now, 0, true, true},
		{"the same code", now, j.seconds, false, false},
		{"a fresh code of before", now + 1, j.seconds, good, good},
		{"that one again, the clock right", now + 1, 0, !good, !good},
		{"that one a third time", now + 1, j.seconds, false, false},
		{"that one a fourth time, the clock right", now + 1, 0, false, false},
	} {
		if err := c.set(start); err != nil {
			return err
		}
		got, err := c.loginMeanwhile(p, try.step, start+try.jump)
		if err != nil {
			return err
		}
		line.note(codeName(got))
		if got == success && !try.may || got != success && try.must {
			line.broken("clock set %s at the prompt: %s is %s", j.name, try.what,
				codeName(got))
		}
	}
	return nil
}

// wander sets the clock about at random and, in between, to the very moments at which codes were
// used, and types them again.
func (l *lab) wander() error {
	const walks, moves, seed = 8, 150, 20380119
	again := l.report.add("%d random walks of the clock, %d moves each (seed %d): used codes "+
		"at the very moment they were used", walks, moves, seed)
	var accepted atomic.Int64
	err := each(walks, func(walk int) error {
		random := rand.New(rand.NewPCG(seed, uint64(walk)))
		p := people(fmt.Sprintf("walk%dx", walk), 1)[0]
		c, err := l.newClock(p)
		if err != nil {
			return err
		}
		defer c.site.remove()
		all := jumps()
		var used []int64
		at := time.Now().Unix() / 10
		for range moves {
			// Mostly small steps: after one to another year few codes are new.
			move := all[[...]int{0, 1, 1, 1, 4, 5, 5, 0, 1, 5, 2, 6, 2, 6, 3,
				7}[random.IntN(16)]]
			at += move.seconds/10 + random.Int64N(7) - 3
			if err := c.setTo(at); err != nil {
				return err
			}
			got, err := c.login(p, at)
			if err != nil {
				return err
			}
			if got == success {
				used = append(used, at)
			}
			if len(used) == 0 {
				continue
			}
			before := used[random.IntN(len(used))]
			want := withClock(before < slices.Max(used)-slack, authErr)
			if err := c.typeAgain(p, before, want, again); err != nil {
				return fmt.Errorf("walk %d: %w", walk, err)
			}
		}
		if err := c.stop(); err != nil {
			return err
		}
		if len(used) == 0 {
			return fmt.Errorf("walk %d accepted no code", walk)
		}
		accepted.Add(int64(len(used)))
		return nil
	})
	again.result = fmt.Sprintf("of %d used", accepted.Load())
	return err
}

// typeAgain sets the clock to when a code was used, and types it.
func (c *clockHost) typeAgain(p person, step int64, want int, line *line) error {
	if err := c.setTo(step); err != nil {
		return err
	}
	got, err := c.login(p, step)
	if err != nil {
		return err
	}
	line.note(codeName(got))
	if got != want {
		line.broken("the code of step %d, used, is %s", step, codeName(got))
	}
	return nil
}
