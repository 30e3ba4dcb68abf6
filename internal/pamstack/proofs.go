package pamstack

import "slices"

// A kind is what it says about a person that a module agrees. A module that is not known here may
// be a check of something; it is not taken for nothing.
type kind int

const (
	// that the person knows or has something: a password, a key, another token
	proof kind = iota
	// that something about the login holds, which nobody needs to prove: a group, an address, a
	// time
	condition
	// nothing: it agrees with anyone, or with anyone whom something else does not keep out
	harmless
	silent // nothing, and it does not even agree, but has no opinion (PAM_IGNORE)
	always // pam_permit: nothing, and it never refuses
	never  // pam_deny
)

var kinds = map[kind][]string{
	always: {"pam_permit"},
	never:  {"pam_deny"},
	silent: {
		"pam_echo", "pam_env", "pam_faildelay", "pam_group", "pam_keyinit", "pam_loginuid",
		"pam_mail", "pam_nologin", "pam_selinux", "pam_umask", "pam_warn",
	},
	harmless: {
		"pam_abl", "pam_cap", "pam_ecryptfs", "pam_faillock", "pam_gnome_keyring",
		"pam_issue", "pam_kwallet", "pam_kwallet5", "pam_lastlog", "pam_limits", "pam_motd",
		"pam_mount", "pam_namespace", "pam_securetty", "pam_shells", "pam_systemd",
		"pam_tally2", "pam_tty_audit",
	},
	condition: {
		"pam_access", "pam_exec", "pam_listfile", "pam_localuser", "pam_rhosts",
		"pam_script", "pam_sepermit", "pam_succeed_if", "pam_time", "pam_usertype",
		"pam_wheel",
	},
}

func kindOf(l Line) kind {
	for k, names := range kinds {
		if slices.Contains(names, l.Name()) {
			return k
		}
	}
	return proof
}

// IsCondition says whether a module, by its name, tells something that nobody needs to prove.
func IsCondition(name string) bool { return slices.Contains(kinds[condition], name) }

// Proves says whether the line's module, if it agrees, had something to go by that a person typed
// or has. pam_rootok does not ask.
func (l Line) Proves() bool {
	return !l.entry && !l.broken && kindOf(l) == proof && l.Name() != "pam_rootok"
}

// Asks says whether the line's module asks a question of its own, and does not look first at the
// answer to an earlier one.
func (l Line) Asks() bool {
	return l.Proves() && !slices.Contains(l.Options, "use_first_pass") &&
		!slices.Contains(l.Options, "try_first_pass")
}

// Questions is how many questions a stack may ask.
func (s Stack) Questions() int {
	n := 0
	for _, l := range s.Lines {
		if l.Asks() {
			n++
		}
	}
	return n
}
