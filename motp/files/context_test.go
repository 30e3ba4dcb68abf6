//go:build linux

package files

import (
	"context"
	"errors"
	"os"
	"testing"

	"github.com/pam-motp/pam-motp/motp"
)

// ctx is for the tests that nobody cancels.
var ctx = context.Background()

// A call whose context is over changes nothing, and says so.
func TestCanceled(t *testing.T) {
	over, cancel := context.WithCancel(ctx)
	cancel()
	calls := map[string]func(v fixture) error{
		"Verify": func(v fixture) error {
			res, err := v.Verify(over, alice, code(1), noon)
			if res != (motp.Result{}) {
				t.Errorf("Verify: %+v, want no verdict", res)
			}
			return err
		},
		"VerifyNext": func(v fixture) error {
			_, err := v.VerifyNext(over, alice, &motp.Pending{}, code(1), noon)
			return err
		},
		"VerifyUnknown": func(v fixture) error {
			v.VerifyUnknown(over, "mallory", "000000", noon)
			return over.Err()
		},
		"Status": func(v fixture) error {
			_, err := v.Status(over, alice, noon)
			return err
		},
		"Unlock": func(v fixture) error { return v.Unlock(over, alice, noon) },
		"ForgetClock": func(v fixture) error {
			return v.ForgetClock(over, alice, "", noon)
		},
		"ChangePIN": func(v fixture) error {
			_, err := v.ChangePIN(over, alice, code(0), "2468", noon)
			return err
		},
		"Sync": func(v fixture) error {
			_, err := v.Sync(over, alice, code(0), noon)
			return err
		},
		"ForgetPIN": func(v fixture) error { return v.ForgetPIN(over, alice, "", noon) },
		"InForce": func(v fixture) error {
			_, err := v.InForce(over, alice)
			return err
		},
		"Prepare": func(v fixture) error { return v.Prepare(over, "alice") },
		"Forget":  func(v fixture) error { return v.Forget(over, "alice") },
	}
	for name, call := range calls {
		t.Run(name, func(t *testing.T) {
			v := newVerifier(t)
			if err := call(v); !errors.Is(err, context.Canceled) {
				t.Errorf("without a record: %v, want %v", err, context.Canceled)
			}
			if names, _ := os.ReadDir(v.Dir); len(names) != 0 {
				t.Errorf("the folder holds %v", names)
			}
			mustVerify(t, v, "000000", 0)
			before := wholeFile(t, v)
			if err := call(v); !errors.Is(err, context.Canceled) {
				t.Errorf("with a record: %v, want %v", err, context.Canceled)
			}
			if after := wholeFile(t, v); after != before {
				t.Error("the record was changed")
			}
			if names, _ := os.ReadDir(v.Dir); len(names) != 1 {
				t.Errorf("the folder holds %v", names)
			}
		})
	}
}

func wholeFile(t *testing.T, v fixture) string {
	t.Helper()
	b, err := os.ReadFile(v.Dir + "/alice")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
