/*
 * A fuzz target for what the module does in its host: pam_sm_authenticate and pam_sm_chauthtok of
 * pam/module.c with pam/judge.c and pam/dialogue.c, with a worker, a motpd, a person, a libpam and
 * a libc that do what the bytes say. It runs under AddressSanitizer and UndefinedBehaviorSanitizer,
 * and holds each run to these promises:
 *
 *  - success, and any other verdict, comes from a well-formed verdict of the verifier (the worker,
 *    or motpd), and everything else is PAM_AUTHINFO_UNAVAIL;
 *  - after anything that is malformed nothing is done that the verifier says, and its last words
 *    are for the log; it never has more than its ten seconds;
 *  - a request that motpd has is final: no worker starts, and none is sent but with the answer to
 *    motpd's question and that question's ticket; motpd may ask sixteen times, and a worker may not
 *    ask in motpd's way, nor motpd in a worker's;
 *  - the verdict is about the user that was judged: where the host has another at the end it is
 *    PAM_AUTH_ERR;
 *  - what a person typed reaches the verifier whole or not at all, is wiped before it is freed, and
 *    is not left on the stack;
 *  - nothing is left: no memory, no descriptor, no hold on SIGCHLD.
 */
#define _GNU_SOURCE
#include "script.h"
#include "../../../../pam/wire.h"

#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int last_result; /* what PAM was told, for main.c */
const char *__asan_default_options(void);

/* The stack is to be looked at after a function has returned. */
const char *__asan_default_options(void)
{
	return "detect_stack_use_after_return=0";
}

enum { STACK = 48 << 10, SHORTEST = 8, TAIL = 16 };

static int lowest_free_descriptor(void)
{
	int fd = fcntl(0, F_DUPFD, 3);

	close(fd);
	return fd;
}

/* Clears the stack that the module is about to use. */
__attribute__((noinline)) static void clear_stack(void)
{
	volatile char below[STACK];

	for (size_t i = 0; i < sizeof(below); i++)
		below[i] = 0;
}

/* Looks for what was typed on the stack that the module has used. */
UNSEEN static int on_stack(const char *text, size_t n)
{
	volatile char here = 0;
	const volatile char *top = &here - 256;

	for (const volatile char *p = top - STACK + 1024; p + n < top; p++) {
		size_t same = 0;

		while (same < n && p[same] == text[same])
			same++;
		if (same == n)
			return 1;
	}
	return 0;
}

/* An answer that stands out: long enough, and of more than one letter. */
static int distinct(const char *text, size_t n)
{
	unsigned kinds = 0;
	char seen[256] = { 0 };

	for (size_t i = 0; i < n; i++)
		if (!seen[(unsigned char)text[i]]++)
			kinds++;
	return n >= SHORTEST && kinds >= 6;
}

/* Whether the module left a text on the stack, other than by a last packet that happens to hold
 * it. */
static int left_on_stack(const char *text)
{
	size_t n = strlen(text);

	if (n > TAIL) { /* the next packet may lie over its beginning */
		text += n - TAIL;
		n = TAIL;
	}
	return distinct(text, n) && memmem(run.last.bytes, run.last.len, text, n) == NULL &&
	       on_stack(text, n);
}

/* Whether there is a verdict, of whoever judges, and nothing stood against it. */
static bool is_judged(void)
{
	return (run.started || run.final) && run.delivered && is_verdict(&run.last) &&
	       !run.broken && !run.babbled;
}

static void check_result(int result)
{
	if (run.user_code > GET_USER_FAILS) {
		if (run.started || run.requests > 0 || result == PAM_SUCCESS ||
		    result == PAM_IGNORE || result == PAM_NEW_AUTHTOK_REQD ||
		    result >= _PAM_RETURN_VALUES)
			broken("without a name the result is a failure");
	} else if (!is_judged()) {
		if (result != PAM_AUTHINFO_UNAVAIL)
			broken("without a verdict the result is PAM_AUTHINFO_UNAVAIL");
	} else {
		const unsigned char *field = run.last.bytes + 2;
		unsigned delay = (unsigned)field[0] | (unsigned)field[1] << 8 |
				 (unsigned)field[2] << 16 | (unsigned)field[3] << 24;

		if (result != (run.another ? PAM_AUTH_ERR : run.last.bytes[1]) ||
		    run.delay != delay)
			broken("a verdict is carried out");
	}
}

/* Sets a run up by its bytes. */
static void begin(const uint8_t *data, size_t size)
{
	memset(&run, 0, offsetof(struct run, copies)); /* the rest is large */
	run.items = data[0];
	run.options = data[1];
	run.user_code = data[2];
	for (size_t i = 0; i < FAULTS; i++) {
		run.faults[i].call = data[3 + 2 * i] % CALLS;
		run.faults[i].at = data[4 + 2 * i];
	}
	run.next = data + HEADER;
	run.end = data + size;
	run.host = run.worker = -1;
	run.conv_code = PAM_CONV_ERR; /* unless the conversation says otherwise */
	if (run.user_code < GET_USER_FAILS && (run.user_code & MOTPD_NEVER) != 0)
		run.user_code &= ~(unsigned)MOTPD_ALWAYS;
}

/* The options of the line. Returns how many. */
static int put_options(const char **argv)
{
	static char options[8][LONGEST];
	static char first[] = "try_first_pass"; /* has the host wait for a question */
	static char change[] = "change_pin";
	static char always[] = "motpd=always", never[] = "motpd=never";
	int argc = 0;

	if (run.user_code & MOTPD_ALWAYS)
		argv[argc++] = always;
	if (run.user_code & MOTPD_NEVER)
		argv[argc++] = never;
	if (changes())
		argv[argc++] = change;
	if ((run.items & HOST_ASKS) == 0)
		argv[argc++] = first;
	for (unsigned i = 0; i < run.options % 8; i++) {
		static const size_t lengths[] = { 0, 6, 1023, 1024, 1025, 5000 };
		size_t n = lengths[(run.options / 8 + i) % 6];

		memset(options[i], 'o', n);
		options[i][n] = '\0';
		argv[argc++] = options[i];
	}
	return argc;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *argv[11];
	int result, before, argc;

	if (size < HEADER)
		return 0;
	begin(data, size);

	before = lowest_free_descriptor();
	clear_stack();
	argc = put_options(argv);
	/* a program's flags may say anything */
	if (changes())
		result = pam_sm_chauthtok((pam_handle_t *)&run, PAM_UPDATE_AUTHTOK, argc, argv);
	else
		result = pam_sm_authenticate((pam_handle_t *)&run, INT_MIN, argc, argv);
	for (size_t i = 0; i < run.n_answers; i++)
		if (left_on_stack(run.copies[i]))
			broken("what was typed is not left on the stack");
	if (left_on_stack(run.secret) || left_on_stack(TOKEN))
		broken("a password is not left on the stack");

	end_resident();

	check_result(result);
	last_result = result;
	for (size_t i = 0; i < run.n_answers; i++)
		if (!run.answers[i].freed)
			broken("what was typed is freed");
	if (run.held != 0 || run.started != run.stopped)
		broken("no worker and no hold on SIGCHLD is left");
	if (lowest_free_descriptor() != before)
		broken("no descriptor is left open");
	return 0;
}
