package doctor

import "slices"

// MendPasswordOnly has sshd pass on each of PAM's questions.
func (m Manager) MendPasswordOnly() string {
	return "KbdInteractiveAuthentication yes and PasswordAuthentication no, which " +
		"\"motp setup sshd-password-first\" writes; then " + m.ReloadSSHD()
}

// PasswordOnly says whether PasswordAuthentication is the only way by which sshd asks PAM when a
// user logs in: whatever PAM asks, the client has one answer. Where that is not known, it is not.
func PasswordOnly(sshd func(user string) (string, error), user string) bool {
	output, err := sshd(user)
	return err == nil && parseSSHD(output).passwordOnly()
}

func (c sshdSettings) passwordOnly() bool {
	ways := 0
	for _, list := range c.lists() {
		switch {
		case !c.asksForCode(list):
		case slices.Contains(methods(list), "keyboard-interactive"):
			return false // which passes questions on
		default:
			ways++
		}
	}
	return ways > 0
}

// sshdPassword looks at the method for which one answer has to do for every question.
func (v *visit) sshdPassword(c sshdSettings, s service) {
	several := s.auth.Questions() > 1
	switch {
	case several && c.passwordOnly():
		v.sshdAt(Error, "PasswordAuthentication", "sshd asks PAM by "+
			"PasswordAuthentication alone, which has one answer for all questions, "+
			"and PAM asks more than one: nobody who is asked gets in",
			v.manager().MendPasswordOnly())
	case !c.is("passwordauthentication", "yes"):
	case several:
		v.sshdAt(Warning, "PasswordAuthentication", "PasswordAuthentication yes, and PAM "+
			"asks more than once: a client that uses it has one answer for all, and "+
			"never gets in",
			"PasswordAuthentication no, and then "+v.manager().ReloadSSHD())
	default:
		v.sshdAt(Warning, "PasswordAuthentication",
			"PasswordAuthentication yes: after a refused code, a "+
				"client that also tries keyboard-interactive is cut off even with "+
				"a right one",
			"KbdInteractiveAuthentication yes, and then PasswordAuthentication no, "+
				"unless a client knows no better")
	}
}
