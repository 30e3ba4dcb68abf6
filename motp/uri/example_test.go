package uri_test

import (
	"crypto/rand"
	"fmt"
	"time"

	"github.com/pam-motp/pam-motp/motp"
	"github.com/pam-motp/pam-motp/motp/uri"
)

// A new token, from random bytes to the URI that a phone scans, and back.
func Example() {
	random := make([]byte, 20)
	_, _ = rand.Read(random)
	token := motp.Token{Type: motp.TOTP, Secret: motp.TOTP.Kind().SecretFrom(random)}
	scanned, err := uri.Parse(uri.Enrolment{Site: "Example", User: "alice", Token: token}.URI())
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(scanned.Site, scanned.User, scanned.Token == token)
	// Output: Example alice true
}

func ExampleParse() {
	e, err := uri.Parse("otpauth://totp/Example:alice?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(e.User, e.Token.Code(time.Unix(59, 0)))
	// Output: alice 287082
}

func ExampleEnrolment_URI() {
	e := uri.Enrolment{Site: "Example", User: "alice",
		Token: motp.Token{Secret: "0123456789abcdef"}}
	fmt.Println(e.URI())
	// Output: motp://Example:alice?secret=0123456789abcdef
}
