// Package softtoken is a token on this machine, in the place of a phone: its file, the code that it
// shows now, and how long that is shown. Codes and steps are package motp's.
//
// folder.go is where the files are, file.go what is in one, write.go how it changes, and
// passphrase.go the key of one that is sealed.
//
// The package must not know the server's table or records, nor flags or prompts; it keeps no PIN.
package softtoken

import (
	"time"

	"github.com/pam-motp/pam-motp/motp"
)

// ShownFor is for how many seconds the code of this moment is still shown.
func ShownFor(t motp.Token, now time.Time) int {
	left := t.StepTime(t.Step(now) + 1).Sub(now)
	return int((left + time.Second - 1) / time.Second)
}
