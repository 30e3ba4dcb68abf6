package fleet

import (
	"context"
	"errors"

	"go.etcd.io/etcd/api/v3/v3rpc/rpctypes"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// An Error is why the store refuses. It has a word for logs; nobody gets in with any.
type Error struct {
	reason, text string
	cause        error
}

// The words for what goes wrong with a store.
const (
	Away     = "store-away"    // no node answered in time, and nothing was written
	Unsure   = "unsure"        // whether the attempt was written is not known
	Denied   = "store-denied"  // etcd knows this host, and does not let it
	Full     = "store-full"    // etcd has no space
	Unsealed = "fleet-key"     // the store is of a fleet with another key
	NoEpoch  = "epoch"         // the store is new, or went back
	Gone     = "record-gone"   // a record that this host has seen is not there
	Older    = "record-old"    // it is older than what this host has seen
	Flooded  = "store-flooded" // there is more in it than a fleet writes
	ClockOff = "fleet-clock"   // this host's clock is not that of the others
)

func fail(reason, text string, cause error) *Error { return &Error{reason, text, cause} }

// Reason is the word.
func (e *Error) Reason() string { return e.reason }

func (e *Error) Error() string {
	if e.cause == nil {
		return e.text
	}
	return e.text + ": " + e.cause.Error()
}

func (e *Error) Unwrap() error { return e.cause }

// away is the error of a call that nobody answered. Whoever gave it up is told so.
func away(ctx context.Context, last error) error {
	if ctx.Err() != nil && context.Cause(ctx) != errWait {
		return ctx.Err()
	}
	return fail(Away, "no node of the store answers in time; are enough of them up "+
		"(motp fleet status)", last)
}

// unsure is the error of an attempt of which nobody knows whether it was written.
func unsure(last error) error {
	return fail(Unsure, "the store took the attempt and did not say what became of it; the "+
		"code may be used now: log in with the next one", last)
}

// final says whether etcd has refused, for good, and has written nothing. The error is ours then.
func final(err error) error {
	for _, denied := range []error{rpctypes.ErrPermissionDenied, rpctypes.ErrUserEmpty,
		rpctypes.ErrUserNotFound, rpctypes.ErrAuthFailed, rpctypes.ErrAuthNotEnabled,
		rpctypes.ErrInvalidAuthToken} {
		if errors.Is(err, denied) {
			return fail(Denied, "etcd does not let this host: its certificate's "+
				"name must be a user with the role motpd", err)
		}
	}
	if errors.Is(err, rpctypes.ErrCorrupt) {
		return fail(Away, "etcd serves nobody, since its nodes differ (etcdctl alarm "+
			"list): replace the one that is wrong, then etcdctl alarm disarm", err)
	}
	if errors.Is(err, rpctypes.ErrRequestTooLarge) {
		return fail(Full, "etcd takes no value of this size", err)
	}
	if status.Code(err) == codes.ResourceExhausted { // etcd's own have none
		return fail(Flooded, "the store's answer is larger than any that a fleet needs; "+
			"look for strange keys below /motp/", err)
	}
	return nil
}

// unwritten says of an error that the request was certainly not carried out, and may be made again.
func unwritten(err error) bool {
	return errors.Is(err, errNotReady) || errors.Is(err, rpctypes.ErrTooManyRequests) ||
		errors.Is(err, rpctypes.ErrAuthOldRevision)
}

func full(err error) error {
	return fail(Full, "etcd has no space: compact, defragment, then etcdctl alarm disarm",
		err)
}
