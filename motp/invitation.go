package motp

import (
	"crypto/sha256"
	"encoding/binary"
	"slices"
)

// An Invitation is what a token has that its user has yet to set up, with a code on paper or in a
// letter: 80 random bits, which are 16 characters of base32 (RFC 4648 section 6), typed in any
// case, with dashes and blanks between them. As long as the user's record does not say that it was
// claimed, the token admits nobody. See [Verifier.BeginEnrolment].
type Invitation struct {
	// Until is when it expires, in Unix seconds. 0 means that there is none.
	Until int64

	Salt [InvitationSalt]byte
	Hash InvitationHash
}

// An InvitationHash is the beginning of the SHA-256 of "motp invitation", a zero byte, the salt,
// the SHA-256 of the token's secret, and the invitation in capitals, without dashes and blanks. So
// nobody makes one, or moves one to another token, who does not know the secret.
type InvitationHash [16]byte

const (
	InvitationSalt    = 16           // bytes
	InvitationEntropy = PaperEntropy // bytes that an invitation is made of

	// MaxInvitation is the latest time at which one may expire, in Unix seconds: in the year
	// 9999, the last that RFC 3339 can write.
	MaxInvitation = 253402300799
)

const invitationLabel = "motp invitation\x00"

// InvitationText makes an invitation of random bytes: of crypto/rand, and of no other source. It is
// in groups, as it is handed out, like a code on paper.
func InvitationText(random [InvitationEntropy]byte) string { return PaperCode(random) }

// NewInvitation is what a token has for an invitation as it is handed out. The token has its secret
// already. The error is [ErrInvalid].
func NewInvitation(
	t Token, text string, salt [InvitationSalt]byte, until int64,
) (Invitation, error) {
	plain, ok := invitationTyped(text)
	i := Invitation{Until: until, Salt: salt}
	if !ok || until <= 0 || until > MaxInvitation {
		return Invitation{}, invalidError("not an invitation, or one without an end")
	}
	i.Hash = i.hash(t, plain)
	return i, nil
}

// IsInvitation says whether an answer has the form of an invitation.
func IsInvitation(typed string) bool {
	_, ok := invitationTyped(typed)
	return ok
}

// Exists says whether there is one.
func (i Invitation) Exists() bool { return i.Until != 0 }

// String shows no hash, so that an invitation may be printed with any of its token.
func (i Invitation) String() string {
	if !i.Exists() {
		return "no invitation"
	}
	return "an invitation"
}

// GoString is String: %#v shows no hash either.
func (i Invitation) GoString() string { return i.String() }

// MarshalJSON fails, as that of a [Token] does.
func (i Invitation) MarshalJSON() ([]byte, error) {
	return nil, invalidError("an invitation is not written as JSON")
}

func (i Invitation) validate() error {
	if i.Until < 0 || i.Until > MaxInvitation || !i.Exists() && i != (Invitation{}) {
		return invalidError("token has an invitation without an end")
	}
	return nil
}

func (i Invitation) hash(t Token, plain string) InvitationHash {
	b := append([]byte(invitationLabel), i.Salt[:]...)
	secret := sha256.Sum256([]byte(hashedSecret(t)))
	sum := sha256.Sum256(append(append(b, secret[:]...), plain...))
	return InvitationHash(sum[:])
}

// mark is what the record knows an invitation by.
func (i Invitation) mark() uint64 { return binary.LittleEndian.Uint64(i.Hash[:]) }

// fewer leaves out what is not in the table, the oldest first, until there are fewer than most.
func fewer[T any](all []T, most int, inTable func(T) bool) []T {
	for i := 0; i < len(all) && len(all) >= most; {
		if inTable(all[i]) {
			i++
			continue
		}
		all = slices.Delete(all, i, i+1)
	}
	return all
}

// hasInvitation says whether the table has an invitation for one of a user's tokens.
func (u User) hasInvitation(mark uint64) bool {
	return slices.ContainsFunc(u.Tokens, func(t Token) bool {
		return t.Invitation.Exists() && t.Invitation.mark() == mark
	})
}

// invitationTyped reads an invitation as it was typed, as a code on paper is read.
func invitationTyped(typed string) (plain string, ok bool) {
	r := onPaper.reading(read(typed), 0, paperLength)
	return PaperCodes{}.canonical(r.code), r.formed
}

// An InvitationState is what became of a token's invitation.
type InvitationState int

// The states. The zero value is that of a token without an invitation.
const (
	NotInvited InvitationState = iota
	Invited                    // it was not used, and admits nobody yet
	Expired                    // it was not used in time
	Burnt                      // it was typed too late, or may have been used and forgotten
	Claimed                    // the user has set the token up, and it is one like any other
)

var invitationStates = [...]string{"none", "invited", "expired", "burnt", "claimed"}

// String returns the word for the state.
func (s InvitationState) String() string {
	if s < 0 || int(s) >= len(invitationStates) {
		return "none"
	}
	return invitationStates[s]
}

// A claim is what the record knows of an invitation that is none any more.
type claim struct {
	of    uint64 // see Invitation.mark
	state byte   // claimBurnt or claimClaimed
}

// The values of a claim's state in the record.
const (
	claimBurnt   = 0
	claimClaimed = 1
)

// maxClaims is how many claims a record has of invitations that are not in the table any more, so
// that a table from a backup brings none of them back.
const maxClaims = 8

// invitation is what became of a token's invitation.
func (r *record) invitation(t Token, now int64) InvitationState {
	if !t.Invitation.Exists() {
		return NotInvited
	}
	at := slices.IndexFunc(r.claims, func(c claim) bool { return c.of == t.Invitation.mark() })
	switch {
	case at >= 0 && r.claims[at].state == claimClaimed:
		return Claimed
	case at >= 0:
		return Burnt
	case now > t.Invitation.Until:
		return Expired
	}
	return Invited
}

// admits says whether codes of a token are good: of one that its user has yet to set up none is.
func (r *record) admits(t Token) bool {
	s := r.invitation(t, 0)
	return s == NotInvited || s == Claimed
}

// settle notes what became of an invitation. One that was settled before stays so. No record from
// before may be read again, in which it is good.
func (r *record) settle(u User, t Token, state byte) {
	if s := r.invitation(t, 0); s == NotInvited || s == Claimed || s == Burnt {
		return
	}
	r.claims = fewer(r.claims, maxClaims, func(c claim) bool { return u.hasInvitation(c.of) })
	r.claims = append(r.claims, claim{t.Invitation.mark(), state})
	r.beyond = true
}

// burnInvitations takes every invitation for used that is not known to be claimed: it may have
// been, and forgotten. Its token admits nobody then, and the administrator invites anew.
func (r *record) burnInvitations(u User) {
	for _, t := range u.Tokens {
		r.settle(u, t, claimBurnt)
	}
}
