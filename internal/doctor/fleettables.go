package doctor

import (
	"slices"

	"github.com/pam-motp/pam-motp/conf"
	"github.com/pam-motp/pam-motp/internal/fleetreport"
	"github.com/pam-motp/pam-motp/internal/tablesum"
)

// FleetTables tells whose tables differ from this host's, which has these entries, and for whom.
// Those whose names this host does not know any more, or cannot find out, are counted.
func FleetTables(r fleetreport.Report, f conf.Fleet, entries []conf.Entry) (all []Finding) {
	differ := func(h fleetreport.Host) bool { return len(h.Differ) > 0 }
	if !slices.ContainsFunc(r.Hosts, differ) {
		return nil
	}
	names := map[string]string{}
	if secret, err := f.ReadKey(); err == nil {
		key := tablesum.NewKey(f.Name, secret)
		for _, e := range entries {
			names[key.Tag(e.User.Name)] = e.User.Name
		}
	}
	for _, h := range r.Hosts {
		if differ(h) {
			all = append(all, Finding{Severity: Warning, What: "the table of " +
				show(h.Name) + " does not say the same as this host's of " +
				whoDiffers(h.Differ, names), Mend: "find out which is " +
				"right, and hand it out to both: until then, a code may be good " +
				"on one of them alone; a change is seen here within a minute"})
		}
	}
	return all
}

// whoDiffers has the names of a few, and how many are left.
func whoDiffers(tags []string, names map[string]string) string {
	var known []string
	for _, tag := range tags {
		if name, ok := names[tag]; ok {
			known = append(known, name)
		}
	}
	switch more := len(tags) - len(known); {
	case len(known) == 0:
		return count(more, "user")
	case more > 0:
		return some(known) + " and " + count(more, "other")
	}
	return some(known)
}
