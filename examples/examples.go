// Package examples holds the files for administrators that motp setup puts in their places, so that
// the command has them wherever it is copied to. It must not know where they belong.
package examples

import "embed"

// Files are PAM's services (pam.d) and what sshd (sshd_config.d) and Dovecot need besides.
//
//go:embed pam.d sshd_config.d dovecot
var Files embed.FS
