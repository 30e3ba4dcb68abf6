package otpverify

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/pam-motp/pam-motp/internal/holder"
	"github.com/pam-motp/pam-motp/internal/shown"
	"github.com/pam-motp/pam-motp/motp"
)

// An Unlocked is what became of "--unlock".
type Unlocked struct {
	Locked   bool // whether there was a lock
	Failures int  // that are forgotten
}

// EndLock ends a lock, of all records that the name has. Without the user's secret it cannot mend
// a damaged one: used codes would be good again.
func (c Call) EndLock(now time.Time) (done Unlocked, err error) {
	ctx, verifier := context.Background(), c.verifier()
	records, err := c.recordsOfName(c.Unlock)
	if err != nil {
		return Unlocked{}, err
	}
	for _, name := range records {
		status, err := verifier.Status(ctx, motp.User{Name: name}, now)
		switch {
		case errors.Is(err, motp.ErrCorrupt), err == nil && status.Doubt:
			const next = "%s: %s: the record is damaged: remove it, once the codes " +
				"of the last login are over six minutes old"
			return Unlocked{}, fmt.Errorf(next, c.path(name), shown.Name(c.Unlock))
		case err != nil:
			return Unlocked{}, err
		}
		done.Locked = done.Locked || status.Locked
		done.Failures += status.Failures
	}
	if len(records) == 0 {
		return Unlocked{}, c.noRecord(ctx, now)
	}
	for _, name := range records {
		err := verifier.Unlock(ctx, motp.User{Name: name}, now)
		if who, held := holder.Of(c.path(name)); errors.Is(err, motp.ErrBusy) && held {
			return Unlocked{}, fmt.Errorf("%w; it is held by %v: end that", err, who)
		}
		if err != nil {
			return Unlocked{}, err
		}
	}
	return done, nil
}

// noRecord is the error for a name that has none.
func (c Call) noRecord(ctx context.Context, now time.Time) error {
	const none = "%s: there is no record of %s: nothing to unlock"
	err := fmt.Errorf(none, c.path(c.Unlock), shown.Name(c.Unlock))
	if names := c.locked(ctx, now); len(names) > 0 {
		err = fmt.Errorf("%w; locked here: %s", err, strings.Join(names, ", "))
	}
	return err
}
