package cli

import (
	"fmt"
	"strings"
	"testing"

	"github.com/pam-motp/pam-motp/internal/importers"
	"github.com/pam-motp/pam-motp/motp"
)

// Where each name is compared with all others, so many users of one secret do not end within the
// time that tests have.
func TestManySharers(t *testing.T) {
	t.Parallel()
	const users = 300_000
	p := plan{added: make([]importers.Imported, users)}
	for i := range p.added {
		p.added[i].User = motp.User{Name: fmt.Sprintf("u%06d", i), Tokens: []motp.Token{
			{Secret: "7ac61d4736f51a2c"}, {Name: "b", Secret: "7ac61d4736f51a2c"}}}
	}
	warnings := p.sharing()
	const want = "u000000, u000001, u000002, u000003, u000004, u000005 and 299994 others share"
	if len(warnings) != 1 || !strings.HasPrefix(warnings[0], want) {
		t.Errorf("%.200q, want %q …", warnings, want)
	}
}
