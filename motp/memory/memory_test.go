package memory_test

import (
	"testing"

	"github.com/pam-motp/pam-motp/motp"
	"github.com/pam-motp/pam-motp/motp/memory"
	"github.com/pam-motp/pam-motp/motp/storetest"
)

func TestStore(t *testing.T) {
	storetest.Run(t, func(t *testing.T) storetest.Subject {
		store := new(memory.Store)
		return storetest.Subject{Store: store, Again: func(*testing.T) motp.Store {
			return store
		}}
	})
}
