#ifndef MOTP_FUZZ_SCRIPT_H
#define MOTP_FUZZ_SCRIPT_H

#include <security/pam_modules.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* A function that no sanitizer looks at: it reads where there is nothing to read, and must not
 * teach the fuzzer what it compares. */
#ifdef __clang__
#define UNSEEN __attribute__((noinline, no_sanitize("address", "undefined", "coverage")))
#else
#define UNSEEN __attribute__((noinline, no_sanitize("address", "undefined")))
#endif

/*
 * What one run does, out of the fuzzer's bytes:
 *
 *   0     which PAM items are there, a bit each: see enum
 *   1     how many options, of which length
 *   2     what pam_get_user returns: from 0x80 on a failure, below a success, with bits that say
 *         who may judge, and which of PAM's calls it is
 *   3-8   three faults: which call fails, at which of its calls
 *   9..   steps, of the verifier and of the person at the prompt, see steps in verifier.c
 */
enum { NO_SERVICE = 1, NO_RHOST = 2, NO_TTY = 4, NO_TOKEN = 8, NO_CONV = 16, NO_CONV_FUNCTION = 32,
	BAD_NAMES = 64, HOST_ASKS = 128 };

enum { GET_USER_FAILS = 0x80, MOTPD_THERE = 0x40, MOTPD_ALWAYS = 0x20, MOTPD_NEVER = 0x10,
	NOT_ROOT = 0x08, CHANGES = 0x04 };

/* The calls that fail when the bytes say so. */
enum call { CALL_NONE, CALL_STRNDUP, CALL_SEND, CALL_RECV, CALL_POLL, CALL_GET_ITEM, CALL_SET_ITEM,
	CALL_START, CALL_CONNECT, CALLS };

#define TOKEN "hunter2-of-alice" /* what an earlier module left */

enum { FAULTS = 3, ANSWERS = 8, LONGEST = 8192, HEADER = 9 };

struct packet {
	unsigned char bytes[LONGEST];
	size_t len;
};

/* What the person typed and what the module did with it. */
struct answer {
	char *text; /* as the conversation handed it over */
	size_t len;
	bool freed;
};

struct run {
	const uint8_t *next, *end; /* the steps that are left */
	unsigned items, options, user_code;
	struct {
		enum call call;
		unsigned at;
	} faults[FAULTS];
	unsigned calls[CALLS];

	/* the fake worker, and the fake motpd */
	int host, worker; /* the two ends of the socket, -1 when closed */
	bool started, stopped, ended;
	bool resident;	   /* it is a motpd */
	bool final;	   /* which has a request */
	unsigned requests; /* so many */
	unsigned questions; /* and has ended with so many */
	char ticket[LONGEST]; /* the last one's ticket */
	int held;	  /* motp_worker_hold() less motp_worker_release() */
	unsigned wait;	  /* ms until the worker's next step */
	bool sent;	  /* a packet lies in the socket */
	bool asked;	  /* the last packet that was delivered wants an answer */
	struct packet last; /* what was delivered last */
	bool delivered;	  /* there is such a packet */
	bool babbled;	  /* it said something that is no message */
	bool another;	  /* at the end the host has another user */
	bool broken;	  /* a call failed for good since, so that its verdict may be lost */

	/* the clock, in ms */
	int64_t now, waited;

	/* the person */
	struct answer answers[ANSWERS];
	size_t n_answers;
	int conv_code;		 /* what the last conversation came to */
	const char *conv_answer; /* a copy for comparison, in copies */
	const void *token_copy;	 /* what strndup made of the last SET_TOK */
	/* where the text was that was sent last: on the stack of a function that has returned by
	 * the time the next packet is waited for */
	const unsigned char *sent_at;
	unsigned char sent_text[8];   /* its beginning */
	size_t token_len;
	char secret[LONGEST]; /* its text */
	unsigned delay;	      /* what pam_fail_delay was told */

	/* all below is not cleared between runs */
	char copies[ANSWERS][LONGEST];
};

extern struct run run;

/* libc's own: ld's --wrap puts those of libc.c in their place everywhere else. */
ssize_t __real_send(int fd, const void *b, size_t n, int flags);
ssize_t __real_recv(int fd, void *b, size_t n, int flags);

/* Reports a broken promise and aborts. */
_Noreturn void broken(const char *promise);

/* Whether this call is to fail; then *how says in which way. */
bool fails(enum call call, unsigned *how);

unsigned next_byte(void);
size_t next_text(char *text, size_t room);

/* Lets the verifier take its next step, which may be a packet, a pause, or its end. */
void worker_acts(void);

/* Looks at what the host has sent to the verifier. */
void worker_reads(void);

/* Whether it is pam_chauthtok. */
bool changes(void);

/* Whether a packet is the question that motpd ends with. */
bool is_question(const struct packet *p);

/* Ends the motpd that was there last, if any. */
void end_resident(void);

/* The person at the prompt, for PAM_CONV. */
int converse(int n, const struct pam_message **msg, struct pam_response **resp, void *data);

/* Whether a packet is a verdict that must be carried out. */
bool is_verdict(const struct packet *p);

/* Whether a packet is a question or a line that the host must understand. */
bool is_request(const struct packet *p);

#endif
