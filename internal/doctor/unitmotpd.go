package doctor

import (
	"slices"
	"strings"

	"github.com/pam-motp/pam-motp/internal/unit"
)

// motpdFolder is where programs ask motpd, and motpdSocket where those do that are not root's.
const (
	motpdFolder = "/run/motp"
	motpdSocket = motpdFolder + "/motpd.sock"
)

// onlyAsks says whether a service's program has motpd judge, and nothing else: it needs no more
// than a way there.
func (v *visit) onlyAsks(s service) bool {
	_, without := v.withoutRoot(s)
	other := func(l moduleLine) bool { return !mayAskMotpd(l) }
	return without && !slices.ContainsFunc(s.lines, other)
}

// unitAsks looks whether a unit's service gets to motpd.
func unitAsks(u unit.Unit, tell tell) {
	if access, by := u.Reach(motpdSocket); access == unit.Hidden {
		by = whole(u, by)
		tell(Error, by, "hides "+motpdSocket+": every code is refused",
			reaching(by, motpdFolder, "", "BindReadOnlyPaths"))
	}
	if by, none := noUnixSockets(u); none {
		tell(Error, by, "allows no Unix sockets, by which motpd is asked: every code is "+
			"refused", "RestrictAddressFamilies=AF_UNIX")
	}
}

// noUnixSockets finds the setting that lets a unit's service have no Unix sockets. As with all such
// lists of systemd's, the first says whether it lists what is allowed or what is not.
func noUnixSockets(u unit.Unit) (by unit.Setting, none bool) {
	for i, set := range u.All("RestrictAddressFamilies") {
		list, denies := strings.CutPrefix(set.Value, "~")
		families := strings.Fields(list)
		named := slices.Contains(families, "AF_UNIX") ||
			slices.Contains(families, "AF_LOCAL")
		if named && denies || i == 0 && !named && !denies {
			by, none = set, true
		} else if named {
			none = false
		}
	}
	return by, none
}
