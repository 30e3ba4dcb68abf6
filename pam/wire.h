/*
 * The dialogue between host and worker, as it stands on their SOCK_SEQPACKET socket.
 * pam/wire/wire.go is the worker's end of the same table; change both together.
 *
 * A message is one packet: a type, then the fields that the type names, nothing behind them.
 * Numbers are little-endian. A field is a 16-bit length and that many bytes. Types have their top
 * bit set, so that text which strays onto the socket (a panic, say) is never a message.
 *
 *   request  flags u32, service, user, rhost, tty, lookup u16, account, then one field an option
 *                                        not sent: in the memory that the worker inherits
 *   PROMPT   text                        ask the person, echo off; answered by ANSWER
 *   GET_TOK                              the password that an earlier module left; by ANSWER
 *   SET_TOK  text                        leave this for later modules; by ANSWER
 *   LOG      priority u8, line           write a line to the system's log; not answered
 *   VERDICT  code u8, delay u32, priority u8, line
 *                                        the last message: the delay after a failure, in
 *                                        microseconds, and the attempt's log line
 *   ANSWER   code u8, text
 *
 * account is what the system calls the user's account: see account.h. lookup is the errno of
 * looking that up, 0 if it worked, or WIRE_ABSENT if nobody did.
 */
#ifndef MOTP_WIRE_H
#define MOTP_WIRE_H

enum {
	WIRE_LOWEST = 0x80, /* what begins with less is text that went astray */
	WIRE_PROMPT = 0x82,
	WIRE_GET_TOK = 0x83,
	WIRE_SET_TOK = 0x84,
	WIRE_LOG = 0x85,
	WIRE_VERDICT = 0x86,
	WIRE_ANSWER = 0x91,
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
	/* longest request: six items and the options of one PAM line */
	REQUEST_MAX = 16384,
};

#endif
