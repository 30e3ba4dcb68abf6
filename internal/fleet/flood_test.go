package fleet

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/pam-motp/pam-motp/motp"
)

// Who has a host's certificate, and not the fleet's key, can write as much as there is room for.
// No host takes more of it into memory than a reply may have. A host that is up goes on; one that
// starts says what is wrong.
func TestFlood(t *testing.T) {
	begin(t, cluster)
	mine := config(t, cluster, "a")
	mine.beat = 20 * time.Millisecond
	s := open(t, mine)
	wants(t, s, alice, code(0), motp.Accepted)
	for i := range 6 {
		put(t, fmt.Sprint(hostsAt, "+", i), strings.Repeat("x", 1<<20))
	}
	awaitLook(t, s)
	awaitLook(t, s)
	wants(t, s, alice, code(1), motp.Accepted)
	mine.Host = "b"
	if _, err := verify(open(t, mine), alice, code(2)); reasonOf(err) != Flooded {
		t.Errorf("%v, want %s", err, Flooded)
	}
}
