//go:build linux

// Package files keeps the records of package motp in files, on Linux.
//
// A [Store] is a folder with one small file per user. What is told is on disk, survives kill -9 and
// power cuts at any instant, and any number of processes may use it at once.
//
// The package knows nothing of what is in a record, of PAM, of motp.conf or of command lines.
// Clocks are for waiting only.
//
// The way through the files: store.go (a change, from lock to disk) → queue.go (whose turn it is) →
// folder.go (names: making a record, replacing it) → recordfile.go and image.go (the bytes on
// disk) → stranger.go (names that are nobody's) → force.go (past a process that holds a record).
package files
