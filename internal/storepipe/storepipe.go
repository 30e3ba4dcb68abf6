// Package storepipe is a store of records at the other end of a pipe: the command motp starts the
// program that links a fleet's client, and speaks to it over its standard input and output.
//
// [Client] is a [motp.Store] at the one end, [Serve] has any at the other. A change is computed
// where the caller is: the server sends the record as it stands, and is answered what it becomes,
// or that the change has failed; as often as its store calls the change. message.go has what goes
// over the pipe, errors.go how an error keeps what callers ask of it, process.go the program at the
// other end.
//
// The package must not know which store it is, nor what is in a record. It logs nothing.
package storepipe

// form is the version of what goes over the pipe. Both ends are installed together, and one from
// before an upgrade is told apart.
const form = 1
