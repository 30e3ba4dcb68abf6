package cli

import (
	"strings"
	"testing"
	"time"

	"github.com/pam-motp/pam-motp/motp"
)

// What became of an invitation, and what to do where that is not the user's doing.
func TestInvitationInWords(t *testing.T) {
	at := time.Date(2026, 7, 1, 12, 0, 0, 0, time.Local)
	for _, c := range []struct {
		state motp.InvitationState
		shown *time.Time
		want  []string
	}{
		{motp.NotInvited, nil, nil},
		{motp.Invited, nil, []string{"not used yet"}},
		{motp.Invited, &at, []string{"shown at 2026-07-01 12:00:00", "motp invite alice"}},
		{motp.Expired, nil, []string{"expired", "motp invite alice"}},
		{motp.Burnt, &at, []string{"good for nothing", "motp invite alice"}},
		{motp.Claimed, &at, []string{"has set the token up"}},
	} {
		s := tokenStatus{Invitation: c.state.String(), Shown: c.shown}
		got := invitationInWords("alice", s)
		for _, want := range c.want {
			if !strings.Contains(got, want) {
				t.Errorf("%v: %q lacks %q", c.state, got, want)
			}
		}
		if c.shown == nil && strings.Contains(got, "shown") ||
			got == "" != (c.want == nil) {
			t.Errorf("%v: %q", c.state, got)
		}
	}
}
