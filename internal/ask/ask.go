// Package ask is what the command asks motpd, and how: how it stands, and what users may have done
// for themselves. Both ends share the types.
//
// The package must not know what becomes of a question, or how an answer is shown. It is not linked
// into the module.
package ask

import (
	"bytes"
	"encoding/json"
	"errors"
	"time"
	"unicode/utf8"
	"unsafe"
)

// Verbs of a Query.
const (
	Motpd  = "motpd"  // how motpd stands; root's to ask
	Status = "status" // how the caller stands
	Sync   = "sync"   // learn the clock of the caller's token
	PIN    = "pin"    // give the caller's token another PIN
)

// A Query is one question, on a connection of its own.
type Query struct {
	Verb string `json:"verb"`

	// Code is what the caller's token shows. Every change is proven by one.
	Code string `json:"code,omitempty"`

	// Ticket came with the question that Code answers, if it is a further one.
	Ticket string `json:"ticket,omitempty"`

	// PIN is the new one.
	PIN string `json:"pin,omitempty"`

	typed [][]byte // what Code and PIN are made of, if the query was read
}

// Wipe overwrites code and PIN of a query that was read, when nobody needs them any more.
func (q Query) Wipe() {
	for _, b := range q.typed {
		clear(b)
	}
}

// A Reply answers a Query.
type Reply struct {
	// Refused says why it was not done, for a person; empty if it was.
	Refused string `json:"refused,omitempty"`

	// Next is what the person is to be asked, if that is needed, and Ticket goes with the
	// answer.
	Next   string `json:"next,omitempty"`
	Ticket string `json:"ticket,omitempty"`

	Motpd *State   `json:"motpd,omitempty"`
	User  *Account `json:"user,omitempty"`

	// Token is the name of the token that was changed; empty for the first.
	Token string `json:"token,omitempty"`
}

// A State is how motpd stands. The JSON names are a promise to scripts.
type State struct {
	Version string    `json:"version"`
	PID     int       `json:"pid"`
	Since   time.Time `json:"since"`
	Served  int64     `json:"served"` // requests since then
	Table   string    `json:"table"`
	Records string    `json:"records"`
	Fleet   bool      `json:"fleet"` // whether it gets at a fleet's records: motpd-etcd

	// Jobs are what is being judged now, the longest first; at most MaxJobs.
	Jobs []Job `json:"jobs"`
	Busy int64 `json:"busy"` // connections, those that wait for nothing yet included
}

// MaxJobs is how many jobs a State names.
const MaxJobs = 20

// A Job is one login that is being judged: it may wait for a user's record.
type Job struct {
	User    string    `json:"user"`
	Service string    `json:"service"`
	UID     uint32    `json:"uid"` // of the program
	PID     int32     `json:"pid"`
	Since   time.Time `json:"since"`
}

// An Account is how a user stands, as users are told themselves. The JSON names are a promise to
// scripts. Times are zero for never.
type Account struct {
	User        string    `json:"user"`
	Disabled    bool      `json:"disabled"`
	Locked      bool      `json:"locked"`
	LockedUntil time.Time `json:"locked_until,omitzero"` // zero if it does not end by itself
	Failures    int       `json:"failures"`              // wrong codes in a row
	MaxFailures int       `json:"max_failures"`          // so many lock
	LastFailure time.Time `json:"last_failure,omitzero"`
	LastLogin   time.Time `json:"last_login,omitzero"`
	Tokens      []Token   `json:"tokens"`
	PaperCodes  *int      `json:"paper_codes_left,omitempty"` // nil without any
	SelfService string    `json:"self_service"`               // the setting: status or yes
}

// A Token is one of a user's tokens, without what it holds.
type Token struct {
	Name   string `json:"name"` // empty for the first
	Type   string `json:"type"` // motp, totp or hotp
	PIN    bool   `json:"pin"`
	OwnPIN bool   `json:"own_pin"`       // whether the user has set it
	Drift  int64  `json:"drift_seconds"` // how far its clock was ahead when it was seen last
}

// The packets: a type, for a query the version, and JSON.
const (
	typeQuery = 0x93
	typeReply = 0x94
	version   = 1
)

// MaxPacket is the longest packet, in bytes.
const MaxPacket = 16 << 10

var errNoReply = errors.New("motpd sent something else than an answer: is it another version?")

// IsQuery tells a query from a login's request.
func IsQuery(packet []byte) bool { return len(packet) > 0 && packet[0] == typeQuery }

// ReadQuery reads a query.
func ReadQuery(packet []byte) (Query, error) {
	var q Query
	if len(packet) < 2 || packet[0] != typeQuery || packet[1] != version {
		return q, errors.New("not a query, or one of another version")
	}
	var raw struct {
		Verb, Ticket string
		Code, PIN    json.RawMessage
	}
	err := json.Unmarshal(packet[2:], &raw)
	q.typed = [][]byte{raw.Code, raw.PIN}
	if err == nil {
		q.Verb, q.Ticket = raw.Verb, raw.Ticket
		q.Code, err = text(raw.Code)
	}
	if err == nil {
		q.PIN, err = text(raw.PIN)
	}
	if err != nil {
		q.Wipe()
		return Query{}, err
	}
	return q, nil
}

// text is what a JSON string says, in the same memory if it says it plainly, as codes and PINs do.
func text(raw json.RawMessage) (s string, err error) {
	if plain := len(raw) - 2; plain > 0 && raw[0] == '"' && !bytes.ContainsRune(raw, '\\') &&
		utf8.Valid(raw) {
		return unsafe.String(&raw[1], plain), nil
	}
	if raw != nil {
		err = json.Unmarshal(raw, &s)
	}
	return s, err
}

// Packet writes a reply.
func (r Reply) Packet() ([]byte, error) {
	b, err := json.Marshal(r)
	return append([]byte{typeReply}, b...), err
}
