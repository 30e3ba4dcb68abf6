package fleet

import (
	"testing"
	"time"

	"github.com/pam-motp/pam-motp/motp"
)

// Who has a host's certificate, and not the fleet's key, can put an old time of a host in the place
// of the new one. No clock is wrong by that.
func TestOldBeats(t *testing.T) {
	for name, hosts := range map[string][]string{"another's": {"a", "b"}, "its own": {"b"}} {
		t.Run(name, func(t *testing.T) {
			begin(t, cluster)
			stolen := oldBeat(t, "b")
			var s *Store
			for _, host := range hosts {
				c := config(t, cluster, host)
				c.beat = 20 * time.Millisecond
				if opened := open(t, c); s == nil {
					s = opened
				}
			}
			if err := s.clock.wait(background); err != nil {
				t.Fatal(err)
			}
			for range 50 {
				put(t, hostsAt+"b", stolen)
				awaitLook(t, s)
				if _, _, err := s.clock.stands(); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// oldBeat is what a host wrote when its clock was an hour behind.
func oldBeat(t *testing.T, host string) string {
	t.Helper()
	old := config(t, cluster, host)
	old.beat = 20 * time.Millisecond
	old.Now = func() time.Time { return time.Now().Add(-time.Hour) }
	s := open(t, old)
	for range 3 { // it writes behind each look
		awaitLook(t, s)
	}
	s.Close()
	return records(t, hostsAt+host)[hostsAt+host]
}

// awaitLook waits until a host has looked at the clocks once more.
func awaitLook(t *testing.T, s *Store) {
	t.Helper()
	s.clock.mu.Lock()
	changed := s.clock.changed
	s.clock.mu.Unlock()
	select {
	case <-changed:
	case <-time.After(time.Minute):
		t.Fatal("the clocks are never looked at")
	}
}

// Two hosts that were given one name are two: the one whose clock is wrong finds out.
func TestTwoHostsOfOneName(t *testing.T) {
	begin(t, cluster)
	right := config(t, cluster, "localhost")
	right.beat = 50 * time.Millisecond
	open(t, right)
	wrong := right
	wrong.Now = func() time.Time { return time.Now().Add(2 * time.Minute) }
	awaitOff(t, open(t, wrong))
}

// A host that starts beside none but hosts that are no more lets people in, at the first login.
func TestHostsThatAreGone(t *testing.T) {
	begin(t, cluster)
	oldBeat(t, "gone")
	mine := config(t, cluster, "a")
	mine.Wait = DefaultWait
	wants(t, open(t, mine), alice, code(0), motp.Accepted)
}
