package fleetreport

import (
	"testing"
	"time"
)

// A clock is told that is further off than the asker's own error may be, either way, of a host
// that is there.
func TestIsOff(t *testing.T) {
	for _, c := range []struct {
		h    Host
		want bool
	}{
		{Host{Live: true}, false},
		{Host{Live: true, Ahead: 15 * time.Second}, false},
		{Host{Live: true, Ahead: -15 * time.Second}, false},
		{Host{Live: true, Ahead: 16 * time.Second}, true},
		{Host{Live: true, Ahead: -16 * time.Second}, true},
		{Host{Ahead: time.Hour}, false},
	} {
		if got := c.h.IsOff(); got != c.want {
			t.Errorf("%+v: %v", c.h, got)
		}
	}
}
