//go:build linux

package files

import (
	"testing"

	"github.com/pam-motp/pam-motp/motp"
)

// Whichever half of a record is damaged, a used code on paper stays used, and the others stay good:
// a use is in both halves when it is answered, and so is each later attempt in one of them.
func TestPaperInBothHalves(t *testing.T) {
	paper, codes := paperSet(1)
	user := alice
	user.Paper = paper
	for after := range 3 { // further attempts
		for slot := range 2 {
			v := newVerifier(t)
			expect := func(typed string, want motp.Verdict) {
				t.Helper()
				res, err := v.Verify(ctx, user, typed, at(10))
				if err != nil || res.Verdict != want {
					t.Errorf("%d attempts, slot %d: %+v, %v; want %v", after,
						slot, res, err, want)
				}
			}
			expect(code(8), motp.Accepted)
			expect("6666"+codes[2], motp.Accepted)
			expect("6666"+codes[0], motp.Accepted)
			for i := range after {
				expect([]string{"000000", "000001"}[i], motp.Wrong)
			}
			damage(t, v, slot)
			if s, err := v.Status(ctx, user, at(10)); err != nil || !s.Doubt ||
				s.Paper.Left != 2 {
				t.Errorf("%+v, %v", s, err)
			}
			expect("6666"+codes[2], motp.Replay)
			expect("6666"+codes[0], motp.Replay)
			expect("6666"+codes[1], motp.Accepted)
		}
	}
}
