package site

import (
	"context"

	"github.com/pam-motp/pam-motp/motp"
)

// NoMotpd is the error of a program that cannot get at the records of a fleet, as every program but
// motpd-etcd. A login on this host's own files instead would accept what was used elsewhere.
type NoMotpd struct {
	table string
}

// Reason is the word for logs.
func (NoMotpd) Reason() string { return "no-motpd" }

func (e NoMotpd) Error() string {
	what := e.table + " has a fleet's records (store), which motpd-etcd alone can read"
	if e.table != DefaultTable {
		return what + ", and it serves " + DefaultTable + " only: the PAM line must name " +
			"no other table or folder (conf=, state=)"
	}
	return what + ", and it does not run, or was not asked (motpd=never, otpverify " +
		"--radius): systemctl enable motpd-etcd.service && systemctl " +
		"restart motpd-etcd.service (without systemd: motpd-etcd --listen /run/motp); " +
		"until then local users alone get in (local = yes)"
}

// A notOpened is why a fleet's store cannot be opened, which a file that the table names is to
// blame for.
type notOpened struct{ error }

func (notOpened) Reason() string { return "store" }

func (e notOpened) Error() string {
	return "the fleet's store cannot be opened: " + e.error.Error()
}

func (e notOpened) Unwrap() error { return e.error }

// closed is a store that gives out nothing, and why.
type closed struct{ why error }

func (c closed) Update(context.Context, string, motp.Change) error { return c.why }

func (c closed) View(context.Context, string) (motp.Current, error) {
	return motp.Current{}, c.why
}

func (c closed) Prepare(context.Context, string, motp.Change) error { return c.why }

func (c closed) Forget(context.Context, string) error { return c.why }

// Rehearse does no work, as Update does none.
func (c closed) Rehearse(context.Context, string, motp.Change) {}

func (c closed) Names(context.Context) ([]string, error) { return nil, c.why }
