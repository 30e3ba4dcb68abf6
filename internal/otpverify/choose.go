package otpverify

import (
	"context"
	"errors"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pam-motp/pam-motp/internal/shown"
	"github.com/pam-motp/pam-motp/motp"
)

// choose chooses the record of a secret that has no link, and none that another has: one that
// remembers the secret from when the name as typed was all that counted, else the one of the name
// as typed now. If several remember it, one goes on, and codes no newer than the last of the others
// count as used; so do all codes that are good now if a record cannot be read that may have been
// one of them, by its name.
func (x *index) choose(
	ctx context.Context, u motp.User, hash string, now time.Time,
) (secretRecord, error) {
	found, unread, err := x.remembering(ctx, u, now)
	if err != nil {
		return secretRecord{}, err
	}
	var best candidate
	for _, r := range found {
		taken, err := x.taken(r.name, hash)
		if err != nil {
			return secretRecord{}, err
		}
		if !taken && r.before(best, u.Name) {
			best = r
		}
	}
	all := u.Tokens[0].Step(now) + motp.DefaultPolicy.Reach(u.Tokens[0])
	var floor int64
	for _, r := range found {
		switch {
		case r.name == best.name:
		case r.status.Doubt:
			floor = all
		default:
			floor = max(floor, r.lastStep())
		}
	}
	if len(unread) > 0 {
		floor = all
	}
	if best.name == "" {
		if why := unread[u.Name]; why != nil {
			if taken, err := x.taken(u.Name, hash); err != nil || !taken {
				return secretRecord{}, errors.Join(err, why)
			}
		}
		best.name, err = x.freeRecord(ctx, u.Name, hash)
		return secretRecord{best.name, floor}, err
	}
	mine, err := x.claim(best.name, hash)
	if err == nil && !mine {
		return x.choose(ctx, u, hash, now) // another secret was quicker
	}
	return secretRecord{best.name, floor}, err
}

// A candidate is a record that remembers a secret; the zero value is none.
type candidate struct {
	name   string
	status motp.Status
}

// remembering finds the records that remember the user's secret, and of those that may have, by
// their names, the ones that cannot be read.
func (x *index) remembering(
	ctx context.Context, u motp.User, now time.Time,
) (found []candidate, unread map[string]error, err error) {
	var names []string
	sure := map[string]bool{}
	keys := []string{asideOf(u.Name)}
	for _, secret := range u.Tokens[0].Fingerprints() {
		keys = append(keys, string(secret))
	}
	for _, key := range keys {
		records, err := x.find(key)
		if err != nil {
			return nil, nil, err
		}
		names = append(names, records...)
		for _, name := range records {
			sure[name] = sure[name] || !strings.HasPrefix(key, asidePrefix)
		}
	}
	if motp.CheckName(u.Name) == nil {
		names = append(names, u.Name)
	}
	slices.Sort(names)
	unread = map[string]error{}
	for _, name := range slices.Compact(names) {
		r, remembers, err := x.candidate(ctx, motp.User{Name: name, Tokens: u.Tokens}, now)
		switch {
		case ofSystem(err):
			return nil, nil, err
		case err != nil:
			unread[name] = err
		case remembers || sure[name]:
			found = append(found, r)
		case r.status.Doubt:
			unread[name] = nil
		}
	}
	return found, unread, nil
}

// candidate looks whether a record remembers a secret.
func (x *index) candidate(
	ctx context.Context, u motp.User, now time.Time,
) (r candidate, remembers bool, err error) {
	known, _, err := x.call.known(ctx, u.Name)
	if err != nil {
		return candidate{}, false, err
	}
	status, err := x.call.verifier().Status(ctx, u, now)
	for _, secret := range u.Tokens[0].Fingerprints() {
		remembers = remembers || slices.Contains(known, secret)
	}
	return candidate{u.Name, status}, remembers, err
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

// freeRecord takes the record of the name itself for a secret, or, if another secret has that or is
// remembered there, of the name with a number: the user has a new secret, or two of them.
func (x *index) freeRecord(ctx context.Context, name, hash string) (string, error) {
	free := name
	for i := 2; ; i++ {
		if err := motp.CheckName(free); err != nil {
			return "", err
		}
		known, _, err := x.call.known(ctx, free)
		if ofSystem(err) {
			return "", err
		}
		if err == nil && len(known) == 0 {
			if mine, err := x.claim(free, hash); mine || err != nil {
				return free, err
			}
		}
		free = name + "/" + strconv.Itoa(i)
	}
}

// baseName is the name as it was typed, without such a number.
func baseName(record string) string {
	at := strings.LastIndexByte(record, '/')
	if at <= 0 || at == len(record)-1 || strings.Trim(record[at+1:], "0123456789") != "" {
		return record
	}
	return record[:at]
}

// bareName is a name without what backends of users overlook: case, blanks around it, and a domain
// or a realm, before it or behind it.
func bareName(name string) string {
	name = strings.ToLower(strings.ToUpper(baseName(name)))
	for _, cut := range []func(string) string{
		func(s string) string { return s[strings.LastIndexAny(s, `\/`)+1:] },
		func(s string) string { before, _, _ := strings.Cut(s, "@"); return before },
		func(s string) string { before, _, _ := strings.Cut(s, "%"); return before },
		strings.TrimSpace,
	} {
		if bare := cut(name); bare != "" {
			name = bare
		}
	}
	return name
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
