package doctor

import (
	"errors"
	"strings"
	"testing"
)

// prints makes sshd print other settings: old and new by turns.
func prints(changes ...string) func(*patient) {
	return func(p *patient) {
		text := healthySSHD
		for i := 0; i < len(changes); i += 2 {
			if !strings.Contains(text, changes[i]) {
				p.Fatalf("no %q", changes[i])
			}
			text = strings.Replace(text, changes[i], changes[i+1], 1)
		}
		p.System.SSHD = func() (string, error) { return text, nil }
	}
}

func TestSSHD(t *testing.T) {
	t.Parallel()
	const at = " sshd /etc/ssh/sshd_config:0 "
	const methods = "authenticationmethods any"
	findAll(t, []sickness{
		{"no PAM", prints("usepam yes", "usepam no"), []string{"error" + at + "UsePAM no"}},
		{"never asks", prints("kbdinteractiveauthentication yes", "kbdinteractiveauthentication no"), []string{"error" + at + "KbdInteractiveAuthentication and PasswordAuthentication are both off"}},
		{"the old name of the setting", prints("kbdinteractiveauthentication yes", "challengeresponseauthentication yes"), nil},
		{"passwords, too", prints("passwordauthentication no", "passwordauthentication yes"), []string{"warning" + at + "PasswordAuthentication yes: after a refused code"}},
		{"passwords, for two questions", func(p *patient) {
			prints("passwordauthentication no", "passwordauthentication yes")(p)
			p.change("/etc/pam.d/sshd", "auth       requisite    pam_motp.so", "auth required pam_unix.so\nauth requisite pam_motp.so")
		}, []string{"warning" + at + "PasswordAuthentication yes, and PAM asks more than once"}},
		{"a key alone", prints("pubkeyauthentication no", "pubkeyauthentication yes"), []string{"note" + at + "a key alone lets in"}},
		{"a key and a code", prints("pubkeyauthentication no", "pubkeyauthentication yes", methods, "authenticationmethods publickey,keyboard-interactive:pam"), nil},
		{"a key and a code, or a key", prints(methods, "authenticationmethods publickey,keyboard-interactive:pam publickey"), []string{"note" + at + "AuthenticationMethods publickey lets in without a code"}},
		{"keys only", prints(methods, "authenticationmethods publickey"), []string{
			"note" + at + "AuthenticationMethods publickey lets in without a code",
			"error" + at + "AuthenticationMethods names neither keyboard-interactive nor password",
		}},
		{"a method that is off", prints(methods, "authenticationmethods password"), []string{
			"note" + at + "AuthenticationMethods password lets in without a code",
			"error" + at + "AuthenticationMethods names neither",
		}},
		{"a configuration with a mistake", func(p *patient) {
			p.System.SSHD = func() (string, error) { return "", errors.New("line 3: Bad configuration option") }
		}, []string{"error" + at + "sshd does not take its configuration: line 3"}},
		{"not running, with a socket", func(p *patient) {
			p.System.SSHD = func() (string, error) { return "", errors.New("Missing privilege separation directory: /run/sshd") }
		}, []string{"note" + at + "sshd cannot be asked while it does not run"}},
		{"a block for some", func(p *patient) {
			p.file("/etc/ssh/sshd_config", "#Match User a\nUsePAM yes\nmatch user backup\n  UsePAM no\n", 0o644)
			p.file("/etc/ssh/sshd_config.d/x.conf", "Match all\n", 0o644)
		}, []string{"note sshd /etc/ssh/sshd_config:3 for whom this holds", "note sshd /etc/ssh/sshd_config.d/x.conf:1 for whom this holds"}},
		{"not installed", func(p *patient) { p.System.SSHD = func() (string, error) { return "", ErrNoProgram } }, nil},
		{"not for codes", func(p *patient) {
			prints("usepam yes", "usepam no")(p)
			p.file("/etc/pam.d/sshd", "@include common-auth\n@include common-account\n", 0o644)
		}, nil},
		{"nullok", func(p *patient) {
			p.file("/etc/pam.d/sshd", "auth requisite pam_motp.so nullok\naccount required pam_permit.so\n", 0o644)
		}, []string{"note sshd /etc/pam.d/sshd:1 nullok is not in force in sshd"}},
	})
}
