package fleet

import (
	"encoding/binary"
	"maps"
	"testing"
	"time"

	"github.com/pam-motp/pam-motp/motp"
)

// A look is what the others say, in seconds from noon, when this host's clock says now.
type look struct {
	now  int
	says map[string]int
}

// A clock is off by what others wrote between two looks at it.
func TestClock(t *testing.T) {
	one := func(now, says int) look { return look{now, map[string]int{"b": says}} }
	says := func(all ...any) []look {
		l := look{says: map[string]int{}}
		for i := 0; i < len(all); i += 2 {
			l.says[all[i].(string)] = all[i+1].(int)
		}
		return []look{l}
	}
	for name, c := range map[string]struct {
		looks []look
		known bool
		off   bool
	}{
		"alone":                     {[]look{{0, nil}}, true, false},
		"with one":                  {[]look{one(0, -3)}, true, false},
		"one who is no more":        {[]look{one(0, -3000)}, false, false},
		"and still is":              {[]look{one(0, -3000), one(5, -3000)}, true, false},
		"behind, at once":           {[]look{one(-120, 0)}, true, true},
		"ahead, at the second look": {[]look{one(120, 0), one(125, 5)}, true, true},
		"right, at the second look": {[]look{one(0, -60), one(5, 3)}, true, false},
		"a little ahead":            {[]look{one(25, 0), one(30, 5)}, true, false},
		"a little behind":           {[]look{one(-25, 0), one(-20, 5)}, true, false},
		"a long time between looks": {[]look{one(0, -1), one(900, 5)}, true, false},
		"set back":                  {[]look{one(0, -1), one(-115, 4)}, true, true},
		"set right": {[]look{one(-120, 0), one(5, 5), one(10, 10)}, true,
			false},
		"one of three is wrong":        {says("b", 120, "c", 0, "d", -1), true, false},
		"two of three are":             {says("b", 120, "c", 121, "d", -1), true, true},
		"one of two":                   {says("b", 120, "c", 0), true, false},
		"one who comes, and is behind": {[]look{{0, nil}, one(5, -115)}, true, true},
	} {
		t.Run(name, func(t *testing.T) {
			var now time.Time
			clock := newClock(func() time.Time { return now }, time.Hour)
			versions, last := map[string]uint64{}, map[string]int{}
			for _, l := range c.looks {
				now = noon.Add(time.Duration(l.now) * time.Second)
				written := map[string]value{}
				for host, says := range l.says {
					if was, ok := last[host]; !ok || was != says {
						versions[host]++
					}
					at := noon.Unix() + int64(says)
					written[host] = value{version: versions[host],
						record: binary.LittleEndian.AppendUint64(nil,
							uint64(at))}
				}
				maps.Copy(last, l.says)
				clock.looks(now, beats{others: written})
			}
			known, _, err := clock.stands()
			if known != c.known || (err != nil) != c.off {
				t.Errorf("known %v, %v", known, err)
			}
		})
	}
}

// A host that is two minutes off refuses, and counts nothing, for users and for others alike.
func TestWrongClock(t *testing.T) {
	for name, off := range map[string]time.Duration{"ahead": 2 * time.Minute,
		"behind": -2 * time.Minute} {
		t.Run(name, func(t *testing.T) {
			begin(t, cluster)
			right := config(t, cluster, "right")
			right.beat = 50 * time.Millisecond
			good := open(t, right)
			wants(t, good, alice, code(0), motp.Accepted)
			wrong := right
			wrong.Host = "wrong"
			wrong.Now = func() time.Time { return time.Now().Add(off) }
			s := open(t, wrong)
			awaitOff(t, s)
			before := versionOf(t, good)
			for _, typed := range []string{code(1), "000000"} {
				if _, err := verify(s, alice, typed); reasonOf(err) != ClockOff {
					t.Errorf("%v", err)
				}
			}
			s.Rehearse(background, "mallory", func(motp.Current) (motp.Next, error) {
				t.Error("a stranger is judged")
				return motp.Next{}, nil
			})
			if v := versionOf(t, good); v != before {
				t.Errorf("version %d, and %d before", v, before)
			}
		})
	}
}

// awaitOff waits until a store knows that its clock is off.
func awaitOff(t *testing.T, s *Store) {
	t.Helper()
	end := time.After(20 * time.Second)
	for {
		s.clock.mu.Lock()
		err, changed := s.clock.err, s.clock.changed
		s.clock.mu.Unlock()
		if err != nil {
			return
		}
		select {
		case <-changed:
		case <-end:
			t.Fatal("the clock is never found to be off")
		}
	}
}
