package cli

import (
	"github.com/pam-motp/pam-motp/internal/pin"
	"github.com/pam-motp/pam-motp/internal/shown"
	"github.com/pam-motp/pam-motp/internal/term"
	"github.com/pam-motp/pam-motp/motp"
)

// askMissingPIN asks for the PIN of a Mobile-OTP token that is to be taken over from a file without
// PINs. It is the one that the person types into the token, so that it is asked for once, and may
// be a weak one, of which the preview warns. With nobody to ask it is empty, and the token is left.
func (a *app) askMissingPIN(user string) string {
	if a.dryRun {
		return pin.Trial
	}
	t, err := term.Open()
	if err != nil {
		return ""
	}
	defer t.Close()
	for {
		typed, err := t.AskHidden("PIN of " + shown.Name(user) +
			"'s token, which the file does not have (Enter alone: leave it out): ")
		if err != nil || typed == "" {
			return ""
		}
		if err = pin.Check(motp.MobileOTP.Kind(), typed); err == nil {
			return typed
		}
		t.Tell("The PIN " + err.Error() + ": once more.")
	}
}
