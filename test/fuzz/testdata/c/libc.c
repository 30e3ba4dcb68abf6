/* The calls of libc that the module makes in its host, with faults as the bytes say, and a clock
 * that runs as fast as it likes: ld's --wrap puts these in their place. */
#define _GNU_SOURCE
#include "script.h"
#include "../../../../pam/wire.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sanitizer/asan_interface.h>
#include <time.h>

char *__real_strndup(const char *s, size_t n);
void __real_free(void *p);
void __real_explicit_bzero(void *p, size_t n);

char *__wrap_strndup(const char *s, size_t n);
void __wrap_free(void *p);
void __wrap_explicit_bzero(void *p, size_t n);
static void remember_sent(const unsigned char *packet, size_t n)
{
	/* type, code, length; in a request what stands before the answer */
	const size_t head = packet[0] == WIRE_REQUEST ? 10 : 4;

	run.sent_at = NULL;
	if (n >= head + sizeof(run.sent_text)) {
		run.sent_at = packet + head;
		memcpy(run.sent_text, run.sent_at, sizeof(run.sent_text));
	}
}

UNSEEN static bool still_there(void)
{
	const volatile unsigned char *at = run.sent_at;

	for (size_t i = 0; at != NULL && i < sizeof(run.sent_text); i++)
		if (at[i] != run.sent_text[i])
			return false;
	return at != NULL;
}

ssize_t __wrap_send(int fd, const void *b, size_t n, int flags);
static void keep_ticket(void)
{
	size_t at = 3 + (size_t)(run.last.bytes[1] | run.last.bytes[2] << 8) + 2;

	run.questions++;
	memcpy(run.ticket, run.last.bytes + at, run.last.len - at);
	run.ticket[run.last.len - at] = '\0';
}

ssize_t __wrap_recv(int fd, void *b, size_t n, int flags);
int __wrap_poll(struct pollfd *p, nfds_t n, int timeout);
int __wrap_clock_gettime(clockid_t clock, struct timespec *t);
uid_t __wrap_geteuid(void);

char *__wrap_strndup(const char *s, size_t n)
{
	unsigned how;
	char *copy;

	if (fails(CALL_STRNDUP, &how)) {
		run.broken = true;
		errno = ENOMEM;
		return NULL;
	}
	copy = __real_strndup(s, n);
	if (run.last.bytes[0] == WIRE_SET_TOK) {
		run.token_copy = copy;
		run.token_len = n;
	}
	return copy;
}

static void check_wiped(const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (p[i] != '\0')
			broken("an answer is wiped before it is freed");
}

void __wrap_free(void *p)
{
	for (size_t i = 0; i < run.n_answers; i++)
		if (p != NULL && run.answers[i].text == p && !run.answers[i].freed) {
			check_wiped(p, run.answers[i].len);
			run.answers[i].freed = true;
		}
	if (p != NULL && run.token_copy == p) {
		check_wiped(p, run.token_len);
		run.token_copy = NULL;
	}
	__real_free(p);
}

/* Which the sanitizer does not look at by itself. */
void __wrap_explicit_bzero(void *p, size_t n)
{
	if (n > 0 && __asan_region_is_poisoned(p, n) != NULL)
		broken("nothing is wiped but what is ours");
	__real_explicit_bzero(p, n);
}

ssize_t __wrap_send(int fd, const void *b, size_t n, int flags)
{
	static const int errors[] = { EINTR, EPIPE, ENOBUFS, EAGAIN, ECONNRESET };
	unsigned how;
	ssize_t sent;

	if (fd != run.host || (flags & MSG_NOSIGNAL) == 0)
		broken("what is sent goes to the verifier, and never raises SIGPIPE");
	remember_sent(b, n);
	if (fails(CALL_SEND, &how)) {
		errno = errors[how % 5];
		/* a request that was not sent is anybody's to judge */
		run.broken |= errno != EINTR && (!run.resident || run.final);
		return how % 8 == 7 ? (ssize_t)n - 1 : -1;
	}
	sent = __real_send(fd, b, n, flags);
	worker_reads();
	return sent;
}

ssize_t __wrap_recv(int fd, void *b, size_t n, int flags)
{
	static const int errors[] = { EINTR, EAGAIN, ECONNRESET, ENOMEM };
	unsigned how;
	ssize_t got;

	if (fd != run.host)
		broken("what is received comes from the verifier");
	if (fails(CALL_RECV, &how)) {
		errno = errors[how % 4];
		return how % 8 == 7 ? 0 : -1;
	}
	got = __real_recv(fd, run.last.bytes, sizeof(run.last.bytes), flags & ~MSG_TRUNC);
	if (got <= 0)
		return got;
	run.sent = false;
	run.delivered = true;
	run.last.len = (size_t)got;
	run.babbled |= !is_request(&run.last) && !is_verdict(&run.last) && !is_question(&run.last);
	if (is_question(&run.last))
		keep_ticket();
	run.asked = is_request(&run.last) && run.last.bytes[0] != WIRE_LOG &&
		run.last.bytes[0] != WIRE_SHOW;
	run.conv_code = PAM_CONV_ERR; /* unless the conversation says otherwise */
	if (run.asked && run.last.bytes[0] == WIRE_SET_TOK)
		snprintf(run.secret, sizeof(run.secret), "%.*s", (int)got - 3,
			(const char *)run.last.bytes + 3);
	memcpy(b, run.last.bytes, (size_t)got < n ? (size_t)got : n);
	return (flags & MSG_TRUNC) != 0 || (size_t)got < n ? got : (ssize_t)n;
}

int __wrap_poll(struct pollfd *p, nfds_t n, int timeout)
{
	unsigned how, wait;

	if (n != 1 || p->fd != run.host || p->events != POLLIN || timeout <= 0)
		broken("the verifier alone is waited for, and not for ever");
	if (still_there())
		broken("an answer that was sent is wiped");
	run.sent_at = NULL;
	if (run.delivered && !is_request(&run.last) && run.last.bytes[0] >= WIRE_LOWEST)
		broken("a packet that is no question ends the dialogue");
	if (run.babbled && timeout > 1000)
		broken("last words are not waited for as long as a verdict");
	if (fails(CALL_POLL, &how)) {
		errno = how % 2 ? ENOMEM : EINTR;
		return how % 8 == 7 ? 0 : -1;
	}
	worker_acts();
	wait = run.wait < (unsigned)timeout ? run.wait : (unsigned)timeout;
	if (!run.sent && !run.ended && wait == 0)
		wait = 1; /* a pause of nothing, or a step that sent nothing */
	run.now += wait;
	run.waited += wait;
	run.wait -= wait < run.wait ? wait : run.wait;
	if (run.waited > 10000)
		broken("no verifier has more than its ten seconds");
	return run.sent || run.ended;
}

uid_t __wrap_geteuid(void)
{
	return run.user_code & NOT_ROOT ? 1000 : 0;
}

int __wrap_clock_gettime(clockid_t clock, struct timespec *t)
{
	if (clock != CLOCK_MONOTONIC)
		broken("deadlines are kept by the clock that nobody sets");
	t->tv_sec = (time_t)(run.now / 1000);
	t->tv_nsec = (long)(run.now % 1000 * 1000000);
	return 0;
}
