package motp

import (
	"slices"
	"testing"
	"time"
)

// What a record tells of a secret is what the token tells, in either version of the record.
func TestFingerprints(t *testing.T) {
	now := time.Unix(1296121200, 0)
	token := Token{Secret: "0123456789abcdef", PIN: "6666"}
	other := Token{Secret: "fedcba9876543210", PIN: "6666"}
	user := User{Name: "alice", Tokens: []Token{token}}

	var r record
	if got, _ := r.judge(user, read(token.Code(now)), now, DefaultPolicy); got != Accepted {
		t.Fatal(got)
	}
	v2 := Current{Record: r.bytes()}
	r = record{old: []v1Memory{{id: v1ID(token, "")}}}
	carried := Current{Record: r.bytes()}
	for name, c := range map[string]Current{"version 2": v2, "carried on": carried} {
		found, err := c.Fingerprints()
		if err != nil || len(found) != 1 ||
			!slices.Contains(token.Fingerprints(), found[0]) {
			t.Errorf("%s: %v, %v; the token has %v", name, found, err,
				token.Fingerprints())
		}
		if err == nil && slices.Contains(other.Fingerprints(), found[0]) {
			t.Errorf("%s: another secret has the same", name)
		}
	}
	if found, err := (Current{}).Fingerprints(); len(found) != 0 || err != nil {
		t.Errorf("no record: %v, %v", found, err)
	}
	for _, c := range []Current{{Lost: true}, {Record: []byte("x")}} {
		if _, err := c.Fingerprints(); err == nil {
			t.Errorf("%+v: no error", c)
		}
	}
	if found := (Token{Type: 99}).Fingerprints(); found != nil {
		t.Errorf("of a type that is none: %v", found)
	}
}
