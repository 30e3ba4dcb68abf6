/*
 * The dialogue between host and verifier (a worker, or motpd), as it stands on their SOCK_SEQPACKET
 * socket. pam/wire is the other end of the same table; change both together.
 *
 * A message is one packet: a type, then the fields that the type names, nothing behind them.
 * Numbers are little-endian. A field is a 16-bit length and that many bytes. Types have their top
 * bit set, so that text which strays onto the socket (a panic, say) is never a message.
 *
 *   request  flags u32, asked u8, code u8, answer, ticket, service, user, rhost, tty, lookup u16,
 *            account, then one field an option
 *
 * A worker inherits the request in memory. To motpd it is sent:
 *
 *   HELLO    lowest u8, highest u8, version
 *                                        motpd's first word: the versions of this table that it
 *                                        speaks, and its own
 *   REQUEST  version u8, request         the host's first word
 *
 *   PROMPT   text                        a worker only: ask the person, echo off; by ANSWER
 *   ASK      text, ticket                motpd only, and its last word: ask the person, and come
 *                                        again with a request that has the answer and the ticket
 *   GET_TOK                              the password that an earlier module left; by ANSWER
 *   SET_TOK  text                        leave this for later modules; by ANSWER
 *   GET_ACCOUNT                          what the system calls the user's account; by ANSWER, where
 *                                        code is what lookup is in a request
 *   LOG      priority u8, line           write a line to the system's log; not answered
 *   SHOW     style u8, text              show the person a text, in a style of PAM's: an error, or
 *                                        else; not answered. Only where an option of the line asks
 *                                        for it, so that a module that does not know it refuses
 *   VERDICT  code u8, delay u32, priority u8, line
 *                                        the last message: the delay after a failure, in
 *                                        microseconds, and the attempt's log line; empty if motpd
 *                                        has written it
 *   ANSWER   code u8, text
 *
 * The highest bit of the flags says which of PAM's calls it is, see WIRE_CHAUTHTOK; the others are
 * the program's. asked is 1 if the host has asked the person already: then code and answer are as
 * in ANSWER.
 * account is what the system calls the user's account: see account.h. lookup is the errno of
 * looking that up, 0 if it worked, or WIRE_ABSENT if nobody did.
 *
 * The command asks motpd on the same sockets, with two types of its own: see internal/ask.
 */
#ifndef MOTP_WIRE_H
#define MOTP_WIRE_H

enum {
	WIRE_LOWEST = 0x80, /* what begins with less is text that went astray */
	WIRE_HELLO = 0x81,
	WIRE_PROMPT = 0x82,
	WIRE_GET_TOK = 0x83,
	WIRE_SET_TOK = 0x84,
	WIRE_LOG = 0x85,
	WIRE_VERDICT = 0x86,
	WIRE_ASK = 0x87,
	WIRE_GET_ACCOUNT = 0x88,
	WIRE_SHOW = 0x89,
	WIRE_ANSWER = 0x91,
	WIRE_REQUEST = 0x92,
};

/* Among the flags: it is pam_chauthtok. No program's flags have it. */
#define WIRE_CHAUTHTOK 0x80000000u

enum {
	WIRE_VERSION = 1, /* of this table, as HELLO and REQUEST name it */
};

enum {
	/* instead of a length: the item is not set */
	WIRE_ABSENT = 0xffff,
	/* instead of a length: longer than FIELD_MAX; no part of it is passed, so none can be
	 * mistaken for the whole */
	WIRE_TOO_LONG = 0xfffe,
};

enum {
	/* more than any login name (256), host name (253) or answer (PAM_MAX_RESP_SIZE, 512) */
	FIELD_MAX = 1024,
	/* longest packet either way */
	MESSAGE_MAX = 4096,
	/* longest request: eight texts and the options of one PAM line */
	REQUEST_MAX = 16384,
};

#endif
