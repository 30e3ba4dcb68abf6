// Package motp checks one-time passwords made on phones: once, and only once.
//
// It computes Mobile-OTP codes (motp.sourceforge.net), compares what a person typed with the codes of a window around now, remembers
// which codes were used, counts failures, and locks a user who has too many. The memory is a small file per user that survives kill -9 and
// power cuts at any instant, and that any number of processes may use at once.
//
// The package does no input or output but these files, and never reads a clock: the time is passed in. It knows nothing of PAM, of
// motp.conf, or of command lines. A failure is the default everywhere: only [Accepted] with a nil error lets anybody in.
//
// The way through the files: token.go (codes) → verify.go (one attempt, from lock to disk) → judge.go (right? used? locked?) →
// replay.go (which codes were used) → record.go (the bytes on disk) → store.go (files, locks).
package motp
