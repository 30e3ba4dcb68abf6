/*
 * The host's side of a login: starts the worker, answers what it asks, and keeps the clock on it.
 * This is the only code of ours that runs in the host with data in its hands, so it decides
 * nothing: it carries bounded messages between PAM and the worker.
 */
#define _GNU_SOURCE
#include "dialogue.h"
#include "account.h"
#include "failure.h"
#include "wire.h"
#include "worker.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syslog.h>
#include <time.h>
#include <unistd.h>

#include <security/pam_ext.h>
#include <security/pam_modules.h>

/* How long a worker may work in all, in ms. The time that a person takes to type does not count. */
enum { WORKER_DEADLINE = 10000 };

/* How long the last words of a worker are waited for, in ms. */
enum { LAST_WORDS = 1000 };

struct buffer {
	unsigned char *bytes;
	size_t len, size;
};

struct message {
	unsigned char bytes[MESSAGE_MAX];
	size_t len;
};

static void put_number(struct buffer *b, uint32_t v, size_t size)
{
	for (size_t i = 0; i < size; i++)
		b->bytes[b->len++] = (unsigned char)(v >> (8 * i));
}

static uint32_t get_number(const unsigned char *p, size_t size)
{
	uint32_t v = 0;

	for (size_t i = 0; i < size; i++)
		v |= (uint32_t)p[i] << (8 * i);
	return v;
}

/* Appends s as a field. What is longer than a field may be is marked so, and nothing of it is
 * passed. */
static void put_field(struct buffer *b, const char *s)
{
	size_t n = s != NULL ? strnlen(s, FIELD_MAX + 1) : 0;

	if (s == NULL) {
		put_number(b, WIRE_ABSENT, 2);
	} else if (n > FIELD_MAX || b->len + 2 + n > b->size) {
		put_number(b, WIRE_TOO_LONG, 2);
	} else {
		put_number(b, (uint32_t)n, 2);
		memcpy(b->bytes + b->len, s, n);
		b->len += n;
	}
}

static void put_item(struct buffer *b, const pam_handle_t *pamh, int item)
{
	const void *value = NULL;

	if (pam_get_item(pamh, item, &value) != PAM_SUCCESS)
		value = NULL;
	put_field(b, value);
}

/* Appends what the system calls the user's account, if that is asked for. */
static void put_account(struct buffer *b, const char *user, bool asked)
{
	char *own = NULL;
	int err = asked ? motp_account_name(user, &own) : WIRE_ABSENT;

	put_number(b, (uint32_t)err, 2);
	put_field(b, own);
	free(own);
}

/* Whether a line may let somebody pass who is not in the table, for which every spelling of an
 * account counts. Nobody else's login need wait for a directory. */
static bool needs_account(int argc, const char **argv)
{
	for (int i = 0; i < argc; i++)
		if (strcmp(argv[i], "nullok") == 0 ||
		    strncmp(argv[i], "nullok=", strlen("nullok=")) == 0)
			return true;
	return false;
}

/* What the worker's message holds behind skip bytes: one field that ends with the packet, copied
 * out as a string. NULL if it is not so. */
static char *take_text(const struct message *m, size_t skip)
{
	size_t n;

	if (m->len < skip + 2)
		return NULL;
	n = get_number(m->bytes + skip, 2);
	if (n > FIELD_MAX || m->len != skip + 2 + n || memchr(m->bytes + skip + 2, '\0', n) != NULL)
		return NULL;
	return strndup((const char *)m->bytes + skip + 2, n);
}

static void wipe_free(char *s)
{
	if (s != NULL) {
		explicit_bzero(s, strlen(s));
		free(s);
	}
}

/* A conversation may fail with a code of its own, which is passed on, but for those that would open
 * a stack: success, ignore, "password expired", which the plain controls take for success, and
 * numbers that are no code. */
static int conversation_code(int code)
{
	if (code <= PAM_SUCCESS || code >= _PAM_RETURN_VALUES || code == PAM_IGNORE ||
	    code == PAM_NEW_AUTHTOK_REQD)
		return PAM_CONV_ERR;
	return code;
}

/* Asks the person. On PAM_SUCCESS *answer is theirs, to be wiped and freed by the caller. */
static int converse(const pam_handle_t *pamh, const char *prompt, char **answer)
{
	const struct pam_message msg = { .msg_style = PAM_PROMPT_ECHO_OFF, .msg = prompt };
	const struct pam_message *msgs = &msg;
	struct pam_response *resp = NULL;
	const void *item = NULL;
	const struct pam_conv *conv;
	int code;

	*answer = NULL;
	if (pam_get_item(pamh, PAM_CONV, &item) != PAM_SUCCESS || item == NULL)
		return PAM_CONV_ERR;
	conv = item;
	if (conv->conv == NULL)
		return PAM_CONV_ERR;
	motp_worker_release();
	code = conv->conv(1, &msgs, &resp, conv->appdata_ptr);
	motp_worker_hold();
	if (code != PAM_SUCCESS)
		return conversation_code(code); /* resp is not ours to look at */
	if (resp == NULL)
		return PAM_CONV_ERR;
	*answer = resp->resp;
	free(resp);
	return *answer != NULL ? PAM_SUCCESS : PAM_CONV_ERR;
}

static int send_answer(int socket, int code, const char *text)
{
	/* no larger: a thread of the host's may have a small stack */
	unsigned char bytes[4 + FIELD_MAX];
	struct buffer b = { .bytes = bytes, .size = sizeof(bytes) };
	ssize_t n;

	put_number(&b, WIRE_ANSWER, 1);
	put_number(&b, (uint32_t)code, 1);
	put_field(&b, text);
	while ((n = send(socket, b.bytes, b.len, MSG_NOSIGNAL)) < 0 && errno == EINTR)
		;
	explicit_bzero(b.bytes, b.len);
	return n == (ssize_t)b.len ? 0 : -1;
}

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Waits for the worker's next message. *budget, in ms, is what is left of its time and is reduced
 * by what it took. NULL, or why there is none. */
static const char *receive(int socket, struct message *m, int64_t *budget)
{
	int64_t start = now_ms(), left;

	while ((left = *budget - (now_ms() - start)) > 0) {
		struct pollfd p = { .fd = socket, .events = POLLIN };
		int ready = poll(&p, 1, (int)left);
		ssize_t n;

		if (ready == 0 || (ready < 0 && errno == EINTR))
			continue;
		if (ready < 0)
			return "worker-lost";
		/* MSG_TRUNC: the packet's real length, so that a longer one is not taken for its
		 * beginning */
		n = recv(socket, m->bytes, sizeof(m->bytes), MSG_DONTWAIT | MSG_TRUNC);
		if (n < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (n <= 0)
			return "worker-died";
		*budget -= now_ms() - start;
		m->len = (size_t)n <= sizeof(m->bytes) ? (size_t)n : sizeof(m->bytes);
		return (size_t)n <= sizeof(m->bytes) ? NULL : "worker-babbled";
	}
	return "worker-stalled";
}

/* Does what a question asks and sends the answer. Returns why it could not, or NULL. */
static const char *answer_question(pam_handle_t *pamh, int socket, const struct message *m)
{
	char *text = NULL, *answer = NULL;
	const void *item = NULL;
	int code = PAM_SYSTEM_ERR, sent;

	switch (m->bytes[0]) {
	case WIRE_PROMPT:
		if ((text = take_text(m, 1)) == NULL)
			return "worker-babbled";
		code = converse(pamh, text, &answer);
		sent = send_answer(socket, code, answer);
		wipe_free(answer);
		break;
	case WIRE_GET_TOK:
		if (m->len != 1)
			return "worker-babbled";
		code = pam_get_item(pamh, PAM_AUTHTOK, &item);
		sent = send_answer(socket, code, code == PAM_SUCCESS ? item : NULL);
		break;
	case WIRE_SET_TOK:
		if ((text = take_text(m, 1)) == NULL)
			return "worker-babbled";
		code = pam_set_item(pamh, PAM_AUTHTOK, text);
		sent = send_answer(socket, code, NULL);
		break;
	case WIRE_LOG:
		if (m->len < 2 || m->bytes[1] > LOG_DEBUG || (text = take_text(m, 2)) == NULL)
			return "worker-babbled";
		pam_syslog(pamh, m->bytes[1], "%s", text);
		sent = 0;
		break;
	default:
		return "worker-babbled";
	}
	wipe_free(text);
	return sent == 0 ? NULL : "worker-died";
}

/* Whether the host still has the user that was judged. Its conversation may have set another, whom
 * later modules and the host itself would then take for the one who was let in. */
static bool same_user(const pam_handle_t *pamh, const char *user)
{
	const void *item = NULL;

	return pam_get_item(pamh, PAM_USER, &item) == PAM_SUCCESS &&
	       item != NULL && strcmp(item, user) == 0;
}

/* Carries out the verdict on a user. Returns why it is none, or NULL and its code in *result. */
static const char *take_verdict(pam_handle_t *pamh, const char *user, const struct message *m,
				int *result)
{
	char *line;

	if (m->len < 7 || m->bytes[1] >= _PAM_RETURN_VALUES || m->bytes[6] > LOG_DEBUG ||
	    (line = take_text(m, 7)) == NULL)
		return "worker-babbled";
	if (!same_user(pamh, user)) {
		motp_log_failure(pamh, "user-changed", 0);
		*result = PAM_AUTH_ERR;
	} else {
		pam_syslog(pamh, m->bytes[6], "%s", line);
		*result = m->bytes[1];
	}
	free(line);
	if (get_number(m->bytes + 2, 4) != 0)
		pam_fail_delay(pamh, get_number(m->bytes + 2, 4));
	return NULL;
}

/* Hears a worker out that has said something else than a message. Its last words come in pieces. A
 * message that is malformed is not kept: it may hold a code. */
static void hear_out(int socket, struct message *m, int64_t budget, struct babble *said)
{
	if (budget > LAST_WORDS)
		budget = LAST_WORDS;
	while (m->len > 0 && m->bytes[0] < WIRE_LOWEST && said->len < sizeof(said->text)) {
		motp_babble_add(said, m->bytes, m->len);
		explicit_bzero(m->bytes, m->len);
		m->len = 0;
		receive(socket, m, &budget);
	}
}

/* Talks with the worker until its verdict. Returns NULL with *result set, or why there is no
 * verdict. */
static const char *hold_dialogue(pam_handle_t *pamh, const char *user, int socket, int *result,
				 struct babble *said)
{
	struct message m = { .len = 0 };
	int64_t budget = WORKER_DEADLINE;
	const char *trouble;

	do {
		m.len = 0;
		trouble = receive(socket, &m, &budget);
		if (trouble == NULL && m.bytes[0] == WIRE_VERDICT)
			return take_verdict(pamh, user, &m, result);
		said->late |= trouble == NULL && m.bytes[0] >= WIRE_LOWEST;
		if (trouble == NULL)
			trouble = answer_question(pamh, socket, &m);
		if (trouble != NULL)
			hear_out(socket, &m, budget, said);
		explicit_bzero(m.bytes, m.len); /* SET_TOK holds a code */
	} while (trouble == NULL);
	return trouble;
}

/* Has a worker judge the user whom a request names. */
static int judge(pam_handle_t *pamh, const char *user, const struct buffer *request)
{
	int result = PAM_AUTHINFO_UNAVAIL;
	struct babble said = { .len = 0 };
	const char *trouble;
	struct worker w;

	if (motp_worker_start(&w, request->bytes, request->len) != 0) {
		motp_log_failure(pamh, "no-worker", errno);
		return PAM_AUTHINFO_UNAVAIL;
	}
	trouble = hold_dialogue(pamh, user, w.socket, &result, &said);
	if (trouble != NULL)
		motp_log_lost(pamh, trouble, w.pid, &said);
	explicit_bzero(&said, sizeof(said));
	motp_worker_stop(&w, trouble == NULL);
	return trouble == NULL ? result : PAM_AUTHINFO_UNAVAIL;
}

int motp_authenticate(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	unsigned char bytes[REQUEST_MAX];
	struct buffer request = { .bytes = bytes, .size = sizeof(bytes) };
	const char *item = NULL;
	char *user;
	int code;

	/* The host may not know the name yet; then PAM asks for it. */
	code = pam_get_user(pamh, &item, NULL);
	if (code != PAM_SUCCESS || item == NULL) {
		motp_log_failure(pamh, "no-user", 0);
		return conversation_code(code);
	}
	user = strdup(item); /* the item is the host's, and may be another at the end */
	if (user == NULL) {
		motp_log_failure(pamh, "no-worker", errno);
		return PAM_AUTHINFO_UNAVAIL;
	}

	put_number(&request, (uint32_t)flags, 4);
	put_item(&request, pamh, PAM_SERVICE);
	put_field(&request, user);
	put_item(&request, pamh, PAM_RHOST);
	put_item(&request, pamh, PAM_TTY);
	put_account(&request, user, needs_account(argc, argv));
	for (int i = 0; i < argc && request.len + 2 <= request.size; i++)
		put_field(&request, argv[i]);

	code = judge(pamh, user, &request);
	wipe_free(user);
	return code;
}
