package motp

import (
	"context"
	"crypto/subtle"
	"encoding/binary"
	"slices"
	"time"
)

// An Enrolment is a user on the way from a right invitation to the first code. It is good for
// fifteen minutes, and once.
type Enrolment struct {
	user, token string
	at          time.Time
	invitation  uint64 // see Invitation.mark
	secret      uint64 // of the token and the table's PIN, see replacedBy
}

// enrolmentFor is how long an Enrolment is good: a person finds the phone, has it scan the token,
// and thinks of a PIN.
const enrolmentFor = 15 * time.Minute

// Token is the name of the token that is to be set up.
func (e *Enrolment) Token() string { return e.token }

// BeginEnrolment judges an answer that has the form of an invitation ([IsInvitation]). What
// [Verifier.Verify] puts before a code comes before an invitation: a user who is locked or disabled
// is refused. With an Enrolment the invitation is right, and still good; the verdict is never
// Accepted. Anything else is a failure that counts. An invitation that is typed when it has expired
// is good for nothing from then on, whatever the table says later.
//
// Where the invitation is right and the program does not go on, [Verifier.FailEnrolment] counts it.
func (v Verifier) BeginEnrolment(
	ctx context.Context, u User, typed string, now time.Time,
) (Result, *Enrolment, error) {
	var e *Enrolment
	a := read(typed)
	judge := func(r *record, forced User) (Verdict, string, *Pending) {
		e = nil
		var t Token
		if at := u.invitedBy(typed); at >= 0 {
			t = u.Tokens[at]
		}
		if r.invitation(t, now.Unix()) == Expired { // also of a user who is refused
			r.settle(u, t, claimBurnt)
		}
		verdict, token := r.conclude(forced, a, now, v.Policy, func() (Verdict, string) {
			if r.invitation(t, now.Unix()) != Invited {
				return Wrong, ""
			}
			e = &Enrolment{u.Name, t.Name, now, t.Invitation.mark(), replacedBy(t)}
			return NotEnrolled, t.Name
		})
		return verdict, token, nil
	}
	res, err := v.attempt(ctx, u, a, now, judge)
	if err != nil {
		return Result{}, nil, err
	}
	return res, e, nil
}

// IsInvitedBy says whether an answer is the invitation of one of a user's tokens, whatever has
// become of it.
func (u User) IsInvitedBy(typed string) bool { return u.invitedBy(typed) >= 0 }

// invitedBy is the token that an invitation is for; -1 if for none. The work does not depend on
// which it is.
func (u User) invitedBy(typed string) (at int) {
	at = -1
	plain, ok := invitationTyped(typed)
	for i, t := range u.Tokens {
		hash := t.Invitation.hash(t, plain)
		same := subtle.ConstantTimeCompare(hash[:], t.Invitation.Hash[:]) == 1
		if same && ok && t.Invitation.Exists() {
			at = i
		}
	}
	return at
}

// FailEnrolment counts a failure for a right invitation behind which nobody was: a program answers
// whatever it is asked with the same text. An empty text is none, and counts nothing. The
// invitation stays good.
func (v Verifier) FailEnrolment(
	ctx context.Context, u User, typed string, now time.Time,
) (Result, error) {
	a := read(typed)
	return v.attempt(ctx, u, a, now, func(r *record, forced User) (Verdict, string, *Pending) {
		verdict, token := r.conclude(forced, a, now, v.Policy, func() (Verdict, string) {
			return Wrong, ""
		})
		return verdict, token, nil
	})
}

// enrolling is the token that an Enrolment is for; -1 if it is good no more.
func (u User) enrolling(e *Enrolment, now time.Time) int {
	return slices.IndexFunc(u.Tokens, func(t Token) bool {
		return e != nil && e.isOf(u.Name, t, now)
	})
}

// EndEnrolment judges the first code of a token, made with the PIN that its user has chosen. With
// Accepted, in one change of the record, the invitation is claimed, the PIN is the token's, as with
// [Verifier.ChangePIN], and the code is used. With a wrong code, which is a failure that counts,
// nothing of it is, and the invitation stays good. A token without a PIN in the table has none, and
// pin is empty.
//
// [ErrLapsed] means that the Enrolment is good no more: it is too old, or was used by somebody
// else, or the token is another. [ErrInvalid] means that the token cannot have the PIN.
func (v Verifier) EndEnrolment(
	ctx context.Context, u User, e *Enrolment, pin, typed string, now time.Time,
) (Result, error) {
	at := u.enrolling(e, now)
	if at < 0 {
		return Result{}, ErrLapsed
	}
	one := User{Tokens: u.Tokens[at : at+1]}
	if err := one.mayChange(pin); err != nil {
		return Result{}, err
	}
	a, lapsed := read(typed), false
	res, err := v.attempt(ctx, u, a, now, func(r *record, u2 User) (Verdict, string, *Pending) {
		lapsed = r.invitation(u.Tokens[at], e.at.Unix()) != Invited
		if lapsed {
			return Refused, "", nil
		}
		verdict, token := r.judge(u2.only(at, pin), a, now, v.Policy)
		if verdict == Accepted {
			r.settle(u, u.Tokens[at], claimClaimed)
			r.setPIN(u.Tokens[at], pin)
		}
		return verdict, token, nil
	})
	if err == nil && lapsed {
		return Result{}, ErrLapsed
	}
	return res, err
}

// isOf says whether an Enrolment is for this token, and still good by itself.
func (e *Enrolment) isOf(user string, t Token, now time.Time) bool {
	age := now.Sub(e.at)
	return e.user == user && e.token == t.Name && t.Invitation.Exists() &&
		e.invitation == t.Invitation.mark() && e.secret == replacedBy(t) &&
		age >= -clockSlack && age <= enrolmentFor
}

// only is a user whose codes are those of one token, with this PIN.
func (u User) only(at int, pin string) User {
	u = u.withoutPaper()
	u.Tokens = slices.Clone(u.Tokens)
	for i := range u.Tokens {
		u.Tokens[i].door = doorShut
	}
	u.Tokens[at].door, u.Tokens[at].PIN = doorOpen, pin
	return u
}

// A door says whether a token admits anybody.
type door byte

const (
	doorUnknown door = iota // it does if it has no invitation
	doorOpen
	doorShut
)

// admits says whether codes of the token are good.
func (t Token) admits() bool {
	return t.door == doorOpen || t.door == doorUnknown && !t.Invitation.Exists()
}

// admitsNobody says whether a user has tokens to set up, and nothing else to get in with.
func (u User) admitsNobody() bool {
	return len(u.Tokens) > 0 && !u.Paper.Exist() && !slices.ContainsFunc(u.Tokens, Token.admits)
}

// errEnrolment means that a text is no Enrolment.
var errEnrolment = invalidError("not an enrolment")

// MarshalBinary writes an Enrolment for a program that cannot keep it. Who has it can set the token
// up, so it must be sealed.
func (e *Enrolment) MarshalBinary() ([]byte, error) {
	b := appendString(appendString(nil, e.user), e.token)
	b = binary.LittleEndian.AppendUint64(b, uint64(e.at.UnixNano()))
	b = binary.LittleEndian.AppendUint64(b, e.invitation)
	return binary.LittleEndian.AppendUint64(b, e.secret), nil
}

// UnmarshalBinary reads what MarshalBinary wrote. The error is of [ErrInvalid].
func (e *Enrolment) UnmarshalBinary(b []byte) error {
	r := pendingReader{rest: b}
	read := Enrolment{user: r.string(), token: r.string()}
	read.at = time.Unix(0, int64(r.number()))
	read.invitation, read.secret = r.number(), r.number()
	if r.failed || len(r.rest) > 0 {
		return errEnrolment
	}
	*e = read
	return nil
}
