package doctor

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/pam-motp/pam-motp/internal/unit"
)

// A unitLimit is a limit of a unit's processes below which the module's worker fails.
type unitLimit struct {
	key    string
	enough uint64
	what   string
}

// unitLimitsNeeded are what pam/failure.c takes for enough, and the largest file of a record.
var unitLimitsNeeded = []unitLimit{
	{"LimitAS", 4 << 30, "leaves the module's worker too little memory"},
	{"LimitDATA", 1 << 30, "leaves the module's worker too little memory"},
	{"LimitFSIZE", 1 << 20, "lets the module's worker write no record"},
}

// A tell notes what a setting does, and the setting that mends it.
type tell = func(severity Severity, by unit.Setting, what, mend string)

// unitLimits looks at limits that a worker cannot lift. Root's lifts them, unless the unit takes
// away the right to.
func unitLimits(u unit.Unit, tell tell) {
	for _, l := range unitLimitsNeeded {
		by, set := u.Last(l.key)
		if !set || hardLimit(by.Value) >= l.enough {
			continue
		}
		if mayLift(u) {
			tell(Note, by, l.what+", unless root's worker lifts the limit, as it does "+
				"where the program keeps CAP_SYS_RESOURCE", l.key+"=infinity")
			continue
		}
		tell(Error, by, l.what+", which cannot lift the limit: every code is refused",
			l.key+"=infinity")
	}
}

// hardLimit is the higher part of a limit, to which a worker raises the other.
func hardLimit(value string) uint64 {
	if _, hard, both := strings.Cut(value, ":"); both {
		value = hard
	}
	digits := strings.TrimRight(value, "KMGTPEB")
	n, err := strconv.ParseFloat(digits, 64)
	if err != nil {
		return math.MaxUint64 // infinity, or a value that systemd ignores
	}
	unit := strings.TrimSuffix(strings.TrimPrefix(value, digits), "B")
	for range strings.Index("KMGTPE", unit) + min(len(unit), 1) {
		n *= 1024
	}
	if n >= math.MaxUint64 {
		return math.MaxUint64
	}
	return uint64(n)
}

// mayLift says whether a unit's processes may raise their hard limits.
func mayLift(u unit.Unit) bool {
	user, set := u.Last("User")
	if set && user.Value != root.name && user.Value != "0" {
		return false
	}
	sets := u.All("CapabilityBoundingSet")
	may := len(sets) == 0 || strings.HasPrefix(sets[0].Value, "~")
	for _, s := range sets {
		names, without := strings.CutPrefix(s.Value, "~")
		if slices.Contains(strings.Fields(names), "CAP_SYS_RESOURCE") {
			may = !without
		}
	}
	return may
}

// callsNeeded are sets of system calls, and some of their members, without which no worker starts
// or keeps a record.
var callsNeeded = []string{
	"@default", "@basic-io", "@file-system", "@io-event", "@ipc", "@network-io", "@process",
	"@resources", "@signal", "@sync", "clone", "clone3", "execve", "wait4", "waitid",
	"socketpair", "pipe2", "setrlimit", "prlimit64", "flock", "futex", "mmap", "fsync",
	"fdatasync", "prctl",
}

// unitCalls looks at a filter of system calls: the first line says whether it lists what is allowed
// or what is not, and each further one adds or takes away.
func unitCalls(u unit.Unit, tell tell) {
	filters := u.All("SystemCallFilter")
	if len(filters) == 0 {
		return
	}
	missing := map[string]unit.Setting{} // by call or set, what takes it away
	allows := !strings.HasPrefix(filters[0].Value, "~")
	if allows {
		for _, set := range callsNeeded {
			if strings.HasPrefix(set, "@") {
				missing[set] = filters[0]
			}
		}
	}
	for _, by := range filters {
		list, denies := strings.CutPrefix(by.Value, "~")
		for call := range strings.FieldsSeq(list) {
			call, _, _ = strings.Cut(call, ":")
			switch {
			case denies && slices.Contains(callsNeeded, call):
				missing[call] = by
			case !denies && call == "@system-service":
				clear(missing)
			case !denies:
				delete(missing, call)
			}
		}
	}
	for _, call := range callsNeeded {
		if by, is := missing[call]; is {
			tell(Warning, by, "leaves out "+call+", which the module's worker needs: "+
				"every code may be refused", "SystemCallFilter=@system-service")
			return
		}
	}
}
