package doctor

import (
	"fmt"
	"slices"

	"github.com/pam-motp/pam-motp/internal/pamstack"
)

// spellings warns where who is not in the table gets in, and an account may have other names than
// the table has: under one of those it is not in the table.
func (v *visit) spellings(s service) {
	others, number := v.sources()
	if len(others) == 0 || v.byAccountName(s.position()) {
		return // or all names of an account are one user's
	}
	byControl := slices.ContainsFunc(s.ways, func(w pamstack.Way) bool {
		return w.Code == "user_unknown"
	})
	for _, l := range s.lines {
		by := "nullok"
		if !l.says.NullOK {
			if by = l.Control; !byControl {
				continue
			}
		}
		what := fmt.Sprintf("%s, and accounts come from %s too (%s:%d), where one "+
			"account may have "+
			`several names (Alice, alice@example.com, EXAMPLE\alice): who types one `+
			`that is not in the `+
			"table may get in without a code", by, enumerate(others), nsswitch, number)
		v.warnAt(l.File, l.Number, what,
			"names = account in "+l.says.Conf+"; as soon as everybody is in the "+
				"table: "+requisite+", without nullok; until then, try the other "+
				"spellings: motp try "+s.Name+" alice@example.com")
	}
}
