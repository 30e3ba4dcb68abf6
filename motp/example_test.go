package motp_test

import (
	"context"
	"fmt"
	"time"

	"github.com/pam-motp/pam-motp/motp"
	"github.com/pam-motp/pam-motp/motp/memory"
)

func ExampleVerifier_Verify() {
	now := time.Unix(1296121200, 0) // a service would use time.Now()

	alice := motp.User{Name: "alice", Tokens: []motp.Token{{Secret: "0123456789abcdef",
		PIN: "6666"}}}
	v := motp.Verifier{
		Store:  new(memory.Store), // a service: files.Store{Dir: "/var/lib/example"}
		Policy: motp.DefaultPolicy,
	}
	res, err := v.Verify(context.Background(), alice, "6ed4e4", now)
	if err != nil || res.Verdict != motp.Accepted {
		fmt.Println("no entry:", res.Verdict, err)
		return
	}
	fmt.Println("welcome")

	res, _ = v.Verify(context.Background(), alice, "6ed4e4", now)
	fmt.Println("and again:", res.Verdict)
	// Output:
	// welcome
	// and again: replay
}

func ExampleToken_Code() {
	// the phone's clock is an hour ahead
	phone := motp.Token{Secret: "0123456789abcdef", PIN: "6666", Offset: time.Hour}
	fmt.Println(phone.Code(time.Unix(1296121200, 0)))
	// Output: f7abf0
}
