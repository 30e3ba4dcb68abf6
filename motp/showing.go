package motp

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"time"
)

// A showing is that the token of an invitation was shown, and so its secret. Whoever reads an
// invitation on its way may type it, look, and leave the rest to the user, who would not know. So
// it is shown once; again only where it was before, for a while, to a person whose connection broke
// or whose first code was wrong.
type showing struct {
	of uint64 // see Invitation.mark
	to uint64 // fingerprint of where, see shownTo
	at int64  // Unix seconds, of the first time
}

// maxShowings is how many a record has of invitations that are not in the table any more.
const maxShowings = 8

// shownFor is how long a token is shown again in the place that it was shown in first.
const shownFor = time.Hour

// ErrShown means that a token was shown before: in another place, or too long ago. Somebody else
// may have its secret, so invite anew.
var ErrShown = errors.New("the token was shown before, in another place or over an hour ago")

// ShowEnrolment is what a program asks before it shows the token: whether the Enrolment is good
// still, since the secret in the table may be somebody's by now, and whether the token may be shown
// to somebody in this place, which is in words of the caller's, as [Attempt].Origin is. If so, the
// record knows where it was shown before ShowEnrolment returns. Without an invitation anew it is
// shown in no other place, and in this one for an hour.
//
// [ErrLapsed] means what it means for [Verifier.EndEnrolment], or that the user was locked or
// disabled since, and [ErrShown] that it was shown before. With any error nothing may be shown.
func (v Verifier) ShowEnrolment(
	ctx context.Context, u User, e *Enrolment, place string, now time.Time,
) error {
	if err := v.check(u); err != nil {
		return err
	}
	at := u.enrolling(e, now)
	if at < 0 {
		return ErrLapsed
	}
	return v.update(ctx, u, now, nil, func(r *record, _ bool) error {
		waits := r.invitation(u.Tokens[at], e.at.Unix()) == Invited
		if !waits || r.refuses(u, now, v.Policy) != Refused {
			return ErrLapsed
		}
		return r.show(u, u.Tokens[at], place, now)
	})
}

// show notes that a token is shown somewhere, or says that it must not be.
func (r *record) show(u User, t Token, place string, now time.Time) error {
	of, to := t.Invitation.mark(), shownTo(t, place)
	if before := r.showing(t); before != nil {
		ago := now.Unix() - before.at
		if before.to != to || ago < -int64(clockSlack/time.Second) ||
			ago >= int64(shownFor/time.Second) {
			return ErrShown
		}
		return nil
	}
	r.shown = fewer(r.shown, maxShowings, func(s showing) bool { return u.hasInvitation(s.of) })
	r.shown = append(r.shown, showing{of, to, now.Unix()})
	return nil
}

// showing is that of a token's invitation; nil if there was none.
func (r *record) showing(t Token) *showing {
	for i := range r.shown {
		if t.Invitation.Exists() && r.shown[i].of == t.Invitation.mark() {
			return &r.shown[i]
		}
	}
	return nil
}

// shownAt is when a token was shown first; zero if it was not.
func (r *record) shownAt(t Token) time.Time {
	if s := r.showing(t); s != nil {
		return unixTime(s.at)
	}
	return time.Time{}
}

// shownTo is a fingerprint of a place. It is keyed with the token's secret, which is not in the
// record, so that the record tells nobody where its user was.
func shownTo(t Token, place string) uint64 {
	b := append([]byte("motp shown\x00"), t.Invitation.Salt[:]...)
	b = append(append(b, t.Secret...), 0)
	sum := sha256.Sum256(append(b, place...))
	return binary.LittleEndian.Uint64(sum[:])
}
