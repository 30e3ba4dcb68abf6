// Package motp checks one-time passwords, those of Mobile-OTP (motp.sourceforge.net), TOTP (RFC
// 6238) and HOTP (RFC 4226), and accepts each code exactly once, even across crashes.
//
// A program has a [User] with one or more of a [Token], says how strict it is with a [Policy], and
// asks a [Verifier], which keeps what must be remembered in a [Store]:
//
//	store := files.Store{Dir: "/var/lib/example"}
//	verifier := motp.Verifier{Store: store, Policy: motp.DefaultPolicy}
//	result, err := verifier.Verify(ctx, user, typed, time.Now())
//	if err == nil && result.Verdict == motp.Accepted {
//		// and in no other case
//	}
//
// # What is asked most
//
// Do I have to remember used codes myself? No. One-time use is built in, and cannot be switched
// off: a code that was accepted is refused afterwards as a replay, by every process that shares the
// store, after a restart, and with the clock set back. So are counting failures and locking: after
// [Policy.MaxFailures] wrong codes in a row a user is locked. None of this works without a store
// that outlives the process; package files is one.
//
// What does the window mean? How far a code may be from now, either way. [Policy.Window] is a
// duration, which other libraries give as a number of steps ("skew"): three minutes are 18
// Mobile-OTP steps of ten seconds before now and 18 after it, 37 codes in all. For TOTP it is one
// step either side, three codes, whatever the duration says, unless [Policy.WindowForAll] is set.
// HOTP has no clock: [Policy.LookAhead] is how many codes may have been made and not used.
//
// The clock of a phone is wrong. [Token.Offset] is how far it is ahead, [Policy.MaxDrift] follows
// it from one login to the next, and [Policy.Resync] accepts two codes in a row from further off
// ([Verifier.VerifyNext]).
//
// Where do I get a token from? From random bytes with [Kind.SecretFrom], or from the URI of a QR
// code with package uri, which writes such URIs, too. [Token.Code] makes a code at a time.
//
// How does a user change a PIN, or put a clock right, without an administrator?
// [Verifier.ChangePIN] and [Verifier.Sync], each with a current code. What they change is in the
// record, and an edit of the table wins.
//
// What if the phone is at home? [PaperCodes], each of which [Verifier.Verify] accepts once, behind
// the PIN. [PaperCode] makes one to print, [HashPaper] what [User.Paper] keeps of a set.
//
// What do I do with a name that is not known? Call [Verifier.VerifyUnknown], which takes as long as
// Verify, and refuse.
//
// How do I let someone in who is locked? [Verifier.Unlock]. It keeps the used codes.
//
// # What it must not know
//
// The package does no input or output, reads no clock, and builds on every system that Go knows:
// time is passed in, and waiting is the store's. It knows nothing of PAM, of motp.conf, or of
// command lines. A failure is the default everywhere: only [Accepted] with a nil error lets anybody
// in.
//
// The way through the files: kind.go and token.go (codes) → verify.go (one attempt) → judge.go
// (right? used? locked?) → replay.go (which codes were used) → record.go and recordcodec.go (the
// bytes that are kept) → store.go (who keeps them). Codes on paper have a way beside it: paper.go
// reads them, and paperuse.go knows which were used.
//
// # Compatibility
//
// Until version 1.0 the exported names may change with a minor version, and CHANGELOG.md says how.
// Records are read for ever: each version reads what every earlier one has written, and keeps what
// a later one has added. Verdicts get stricter only: a code that is refused as used stays refused.
package motp
