package main

import (
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/pam-motp/pam-motp/test/stage"
)

// A clockHost is a host for whose logins the clock can be set: see testdata/clock.c. The machine's
// own clock stays as it is.
type clockHost struct {
	*host
	site    *site
	service string
	file    string
	ahead   int64 // of the machine's clock, in seconds
}

func newClockHost(s *site) (*clockHost, error) {
	c := &clockHost{site: s, file: filepath.Join(s.dir, "clock")}
	if err := c.set(0); err != nil {
		return nil, err
	}
	var err error
	if c.service, err = s.service(s.state); err != nil {
		return nil, err
	}
	c.host, err = newHostWith([]string{"LD_PRELOAD=" + tool("clock.so"),
		"MOTP_CLOCK=" + c.file})
	return c, err
}

// set sets the clock so many seconds ahead of the machine's. The file is changed in place: the host
// has it mapped.
func (c *clockHost) set(ahead int64) error {
	c.ahead = ahead
	f, err := os.OpenFile(c.file, os.O_WRONLY|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = f.Write(binary.NativeEndian.AppendUint64(nil, uint64(ahead)))
	return err
}

// setTo sets the clock to the middle of a step, which leaves five seconds for what is done in it.
func (c *clockHost) setTo(step int64) error {
	return c.set(step*10 + 5 - time.Now().Unix())
}

// step is the step that the clock shows.
func (c *clockHost) step() int64 { return (time.Now().Unix() + c.ahead) / 10 }

// login types the person's code of a step.
func (c *clockHost) login(p person, step int64) (int, error) {
	return c.host.login(c.site, c.service, p.name, stage.Code(step, p.secret, p.pin))
}

// loginMeanwhile is login with the clock being set while the person types.
func (c *clockHost) loginMeanwhile(p person, step, ahead int64) (int, error) {
	if err := c.start(c.site, c.service, p.name); err != nil {
		return -1, err
	}
	result, err := c.authenticateAfter(stage.Code(step, p.secret, p.pin), func() error {
		return c.set(ahead)
	})
	if err != nil {
		return -1, err
	}
	return result, c.end()
}

// A jump is a way to set a clock.
type jump struct {
	name    string
	seconds int64
}

// jumps are made from the machine's time.
func jumps() []jump {
	const minute, hour, year = 60, 3600, 31556952
	past := func(when string) jump {
		at, err := time.Parse(time.RFC3339, when)
		if err != nil {
			panic(err)
		}
		return jump{fmt.Sprintf("to %s", when), at.Unix() - time.Now().Unix()}
	}
	return []jump{
		{"a second", 1}, {"a minute", minute}, {"an hour", hour}, {"a year", year},
		{"back a second", -1}, {"back a minute", -minute}, {"back an hour", -hour},
		{"back a year", -year},
		past("2038-01-19T03:14:08Z"), past("2106-02-07T06:28:16Z"),
		past("1970-01-01T00:10:00Z"), past("2260-01-01T00:00:00Z"),
	}
}
