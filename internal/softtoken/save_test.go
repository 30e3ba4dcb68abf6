package softtoken

import (
	"strings"
	"testing"

	"github.com/pam-motp/pam-motp/motp"
)

// What cannot be written so that it is read back fails in a dry run, as it would in earnest.
func TestSaveWhatNoFileHolds(t *testing.T) {
	t.Setenv("HOME", t.TempDir())
	t.Setenv("XDG_DATA_HOME", "")
	for _, dryRun := range []bool{true, false} {
		_, err := Save("phone", motp.Token{Secret: "`123456789abcdef"}, nil, dryRun)
		if err == nil || !strings.Contains(err.Error(),
			"secret: must not begin with a backquote") {
			t.Errorf("dry run %v: %v", dryRun, err)
		}
	}
}
