package setup

import (
	"path"
	"strings"
	"testing"

	"github.com/pam-motp/pam-motp/internal/doctor"
)

// The doctor's remedy for a service is the setup that writes the service's file.
func TestDoctorKnowsSetups(t *testing.T) {
	for _, s := range Services() {
		if s.Name != s.Keeps { // another way for the same service
			continue
		}
		for _, f := range s.files {
			if !strings.HasPrefix(f.path, "/etc/pam.d/") {
				continue
			}
			if got := doctor.SetUp(path.Base(f.path)); got != "motp setup "+s.Name {
				t.Errorf("%s: %q, want %q", f.path, got, "motp setup "+s.Name)
			}
		}
	}
	if got := doctor.SetUp("polkit-1"); got != "" {
		t.Errorf("polkit-1: %q", got)
	}
}
