package otpverify

import (
	"context"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pam-motp/pam-motp/internal/shown"
	"github.com/pam-motp/pam-motp/motp"
)

// chooseRecord chooses the record of a secret that has none, and none that another has: one that
// remembers the secret from when the name as typed was all that counted, else the one of the name
// as typed now. If several remember it, one goes on, and codes no newer than the last of the others
// count as used; so do all codes that are good now if a record cannot be read, since it may be one
// of them.
func (c Call) chooseRecord(
	ctx context.Context, u motp.User, taken map[string]bool, now time.Time,
) (secretRecord, error) {
	found, unread, err := c.remembered(ctx, u, now)
	if err != nil {
		return secretRecord{}, err
	}
	var floor int64
	if len(unread) > 0 {
		floor = u.Tokens[0].Step(now) + motp.DefaultPolicy.Reach(u.Tokens[0])
	}
	if err := unread[u.Name]; err != nil && !taken[u.Name] {
		return secretRecord{}, err
	}
	var best candidate
	for _, r := range found {
		if !taken[r.name] && r.before(best, u.Name) {
			r, best = best, r
		}
		floor = max(floor, r.lastStep())
	}
	if best.name == "" {
		best.name = freeName(u.Name, taken)
	}
	if err := motp.CheckName(best.name); err != nil {
		return secretRecord{}, err
	}
	return secretRecord{best.name, floor}, nil
}

// A candidate is one that remembers a secret; the zero value is none.
type candidate struct {
	name   string
	status motp.Status
}

// remembered finds the records that remember the user's secret, and those that cannot be read, or
// half of which is lost.
func (c Call) remembered(
	ctx context.Context, u motp.User, now time.Time,
) (found []candidate, unread map[string]error, err error) {
	names, err := c.recordNames()
	if err != nil {
		return nil, nil, err
	}
	unread = map[string]error{}
	for _, name := range names {
		old := motp.User{Name: name, Tokens: u.Tokens}
		status, err := c.verifier().Status(ctx, old, now)
		if err != nil || status.Doubt {
			unread[name] = err
		}
		if err == nil && status.Tokens[0].Used {
			found = append(found, candidate{name, status})
		}
	}
	return found, unread, nil
}

func (r candidate) lastStep() int64 {
	if r.name == "" {
		return 0
	}
	return r.status.Tokens[0].LastStep
}

// before says which of two goes on: the one with more failures, so that none is forgotten, then the
// one of the name that was typed, then the one that was used last.
func (r candidate) before(other candidate, typed string) bool {
	switch {
	case other.name == "":
		return true
	case r.status.Failures != other.status.Failures:
		return r.status.Failures > other.status.Failures
	case (r.name == typed) != (other.name == typed):
		return r.name == typed
	default:
		return r.lastStep() > other.lastStep()
	}
}

// freeName is the name itself, or, if another secret has its record, the name with a number: the
// user has a new secret, or two of them.
func freeName(name string, taken map[string]bool) string {
	free := name
	for i := 2; taken[free]; i++ {
		free = name + "/" + strconv.Itoa(i)
	}
	return free
}

// baseName is the name as it was typed, without such a number.
func baseName(record string) string {
	at := strings.LastIndexByte(record, '/')
	if at <= 0 || at == len(record)-1 || strings.Trim(record[at+1:], "0123456789") != "" {
		return record
	}
	return record[:at]
}

// recordNames are the names of all records.
func (c Call) recordNames() (names []string, err error) {
	files, err := os.ReadDir(c.records())
	if err != nil {
		return nil, err
	}
	for _, file := range files {
		if name, ok := recordName(file.Name()); ok {
			names = append(names, name)
		}
	}
	return names, nil
}

// recordsOfName are the names of the records that "--unlock" means.
func (c Call) recordsOfName(typed string) ([]string, error) {
	all, err := c.recordNames()
	return slices.DeleteFunc(all, func(name string) bool {
		return name != typed && baseName(name) != typed
	}), err
}

// locked names users who are locked, a few of them.
func (c Call) locked(ctx context.Context, now time.Time) (names []string) {
	const enough = 5
	all, _ := c.recordNames()
	for _, record := range all {
		status, err := c.verifier().Status(ctx, motp.User{Name: record}, now)
		name := shown.Name(baseName(record))
		if err != nil || !status.Locked || slices.Contains(names, name) {
			continue
		}
		if len(names) == enough {
			return append(names, "...")
		}
		names = append(names, name)
	}
	return names
}
