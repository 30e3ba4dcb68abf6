package conf

import (
	"encoding/hex"
	"strings"
	"time"

	"github.com/pam-motp/pam-motp/motp"
)

// An invitation stands in a token's section as UNTIL/SALT/HASH: when it expires, in UTC, as RFC
// 3339 writes it, and the other two in hex.

func setInvitation(t *motp.Token, value string) string {
	const form = "must be as motp invite writes it: 2026-11-29T12:00:00Z/SALT/HASH"
	parts := strings.Split(value, "/")
	if len(parts) != 3 {
		return form
	}
	until, err := time.Parse(time.RFC3339, parts[0])
	salt, errSalt := hex.DecodeString(parts[1])
	hash, errHash := hex.DecodeString(parts[2])
	i := motp.Invitation{Until: until.Unix()}
	switch {
	case err != nil || errSalt != nil || errHash != nil,
		len(salt) != len(i.Salt) || len(hash) != len(i.Hash),
		i.Until <= 0 || i.Until > motp.MaxInvitation,
		invitationUntil(i.Until) != parts[0]:
		return form
	}
	copy(i.Salt[:], salt)
	copy(i.Hash[:], hash)
	t.Invitation = i
	return ""
}

func invitationOf(t motp.Token) string {
	i := t.Invitation
	if !i.Exists() {
		return ""
	}
	return invitationUntil(i.Until) + "/" + hex.EncodeToString(i.Salt[:]) + "/" +
		hex.EncodeToString(i.Hash[:])
}

func invitationUntil(seconds int64) string {
	return time.Unix(seconds, 0).UTC().Format(time.RFC3339)
}
