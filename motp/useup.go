package motp

import (
	"context"
	"time"
)

// UseUp does what [Verifier.Verify] does with a code that was looked at outside a login, as in the
// check of a new token: after Accepted no login accepts it. The user's LastLogin stays as it is,
// since nobody has logged in.
func (v Verifier) UseUp(ctx context.Context, u User, typed string, now time.Time) (Result, error) {
	a := read(typed)
	return v.attempt(ctx, u, a, now, func(r *record, u User) (Verdict, string, *Pending) {
		login := r.lastLogin
		verdict, token := r.judge(u.withoutPaper(), a, now, v.Policy)
		r.lastLogin = login
		return verdict, token, nil
	})
}
