/*
 * Carries messages between PAM and a verifier: asks the person, hands out items, writes log lines,
 * and takes the verdict, with the clock on the verifier. This is the only code of ours that runs in
 * the host with data in its hands, so it decides nothing; judge.c says who does.
 */
#define _GNU_SOURCE
#include "dialogue.h"
#include "clock.h"
#include "wire.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syslog.h>

#include <security/pam_ext.h>

/* How long the last words of a worker are waited for, in ms. */
enum { LAST_WORDS = 1000 };

struct message {
	unsigned char bytes[MESSAGE_MAX];
	size_t len;
};

/* What the worker's message holds behind skip bytes: one field that ends with the packet, copied
 * out as a string. NULL if it is not so. */
static char *take_text(const struct message *m, size_t skip)
{
	size_t n;

	if (m->len < skip + 2)
		return NULL;
	n = motp_get_number(m->bytes + skip, 2);
	if (n > FIELD_MAX || m->len != skip + 2 + n || memchr(m->bytes + skip + 2, '\0', n) != NULL)
		return NULL;
	return strndup((const char *)m->bytes + skip + 2, n);
}

void motp_wipe_free(char *s)
{
	if (s != NULL) {
		explicit_bzero(s, strlen(s));
		free(s);
	}
}

int motp_conversation_code(int code)
{
	if (code <= PAM_SUCCESS || code >= _PAM_RETURN_VALUES || code == PAM_IGNORE ||
	    code == PAM_NEW_AUTHTOK_REQD)
		return PAM_CONV_ERR;
	return code;
}

/* Has the program put one message to the person. A worker that waits leaves the host its SIGCHLD
 * meanwhile. */
static int converse(const pam_handle_t *pamh, const struct worker *waiting,
		    const struct pam_message *msg, struct pam_response **resp)
{
	const void *item = NULL;
	const struct pam_conv *conv;
	int code;

	*resp = NULL;
	if (pam_get_item(pamh, PAM_CONV, &item) != PAM_SUCCESS || item == NULL)
		return PAM_CONV_ERR;
	conv = item;
	if (conv->conv == NULL)
		return PAM_CONV_ERR;
	if (waiting != NULL)
		motp_worker_release();
	code = conv->conv(1, &msg, resp, conv->appdata_ptr);
	if (waiting != NULL)
		motp_worker_hold();
	return code;
}

int motp_converse(const struct login *l, const struct worker *waiting, const char *prompt,
		  char **answer)
{
	const struct pam_message msg = {
		.msg_style = l->line.echo ? PAM_PROMPT_ECHO_ON : PAM_PROMPT_ECHO_OFF,
		.msg = prompt,
	};
	struct pam_response *resp;
	int code = converse(l->pamh, waiting, &msg, &resp);

	*answer = NULL;
	if (code != PAM_SUCCESS)
		return motp_conversation_code(code); /* resp is not ours to look at */
	if (resp == NULL)
		return PAM_CONV_ERR;
	*answer = resp->resp;
	free(resp);
	return *answer != NULL ? PAM_SUCCESS : PAM_CONV_ERR;
}

/* Shows the person a text. Whether that worked is of no matter: a program need not show any. */
static void show(const pam_handle_t *pamh, const struct worker *waiting, int style,
		 const char *text)
{
	const struct pam_message msg = { .msg_style = style, .msg = text };
	struct pam_response *resp;

	if (converse(pamh, waiting, &msg, &resp) == PAM_SUCCESS && resp != NULL) {
		motp_wipe_free(resp->resp); /* there should be none */
		free(resp);
	}
}

static int send_answer(int socket, int code, const char *text)
{
	/* no larger: a thread of the host's may have a small stack */
	unsigned char bytes[4 + FIELD_MAX];
	struct buffer b = { .bytes = bytes, .size = sizeof(bytes) };
	ssize_t n;

	motp_put_number(&b, WIRE_ANSWER, 1);
	motp_put_number(&b, (uint32_t)code, 1);
	motp_put_field(&b, text);
	while ((n = send(socket, b.bytes, b.len, MSG_NOSIGNAL)) < 0 && errno == EINTR)
		;
	explicit_bzero(b.bytes, b.len);
	return n == (ssize_t)b.len ? 0 : -1;
}

/* Waits for the verifier's next message. *budget, in ms, is what is left of its time and is
 * reduced by what it took. */
static enum trouble receive(int socket, struct message *m, int64_t *budget)
{
	int64_t start = motp_now(), left;

	while ((left = *budget - (motp_now() - start)) > 0) {
		struct pollfd p = { .fd = socket, .events = POLLIN };
		int ready = poll(&p, 1, (int)left);
		ssize_t n;

		if (ready == 0 || (ready < 0 && errno == EINTR))
			continue;
		if (ready < 0)
			return LOST;
		/* MSG_TRUNC: the packet's real length, so that a longer one is not taken for its
		 * beginning */
		n = recv(socket, m->bytes, sizeof(m->bytes), MSG_DONTWAIT | MSG_TRUNC);
		if (n < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (n <= 0)
			return DIED;
		*budget -= motp_now() - start;
		m->len = (size_t)n <= sizeof(m->bytes) ? (size_t)n : sizeof(m->bytes);
		return (size_t)n <= sizeof(m->bytes) ? NONE : BABBLED;
	}
	return STALLED;
}

/* Does what a question asks and sends the answer. Returns why it could not. */
static enum trouble answer_question(const struct login *l, const struct verifier *v,
				    const struct message *m)
{
	pam_handle_t *pamh = l->pamh;
	char *text = NULL, *answer = NULL;
	const void *item = NULL;
	int code = PAM_SYSTEM_ERR, sent;

	switch (m->bytes[0]) {
	case WIRE_PROMPT:
		/* motpd must not: nobody's typing may keep a connection to it */
		if (v->worker == NULL || (text = take_text(m, 1)) == NULL)
			return BABBLED;
		code = motp_converse(l, v->worker, text, &answer);
		sent = send_answer(v->socket, code, answer);
		motp_wipe_free(answer);
		break;
	case WIRE_GET_TOK:
		if (m->len != 1)
			return BABBLED;
		code = pam_get_item(pamh, PAM_AUTHTOK, &item);
		sent = send_answer(v->socket, code, code == PAM_SUCCESS ? item : NULL);
		break;
	case WIRE_SET_TOK:
		if ((text = take_text(m, 1)) == NULL)
			return BABBLED;
		code = pam_set_item(pamh, PAM_AUTHTOK, text);
		sent = send_answer(v->socket, code, NULL);
		break;
	case WIRE_GET_ACCOUNT:
		if (m->len != 1)
			return BABBLED;
		code = motp_account_name(l->user, &answer);
		sent = send_answer(v->socket, code, answer);
		free(answer);
		break;
	case WIRE_SHOW:
		if (m->len < 2 || (m->bytes[1] != PAM_ERROR_MSG && m->bytes[1] != PAM_TEXT_INFO) ||
		    (text = take_text(m, 2)) == NULL)
			return BABBLED;
		show(pamh, v->worker, m->bytes[1], text);
		sent = 0;
		break;
	case WIRE_LOG:
		if (m->len < 2 || m->bytes[1] > LOG_DEBUG || (text = take_text(m, 2)) == NULL)
			return BABBLED;
		pam_syslog(pamh, m->bytes[1], "%s", text);
		sent = 0;
		break;
	default:
		return BABBLED;
	}
	motp_wipe_free(text);
	return sent == 0 ? NONE : DIED;
}

/* Whether the host still has the user that was judged. Its conversation may have set another, whom
 * later modules and the host itself would then take for the one who was let in. */
static bool same_user(const pam_handle_t *pamh, const char *user)
{
	const void *item = NULL;

	return pam_get_item(pamh, PAM_USER, &item) == PAM_SUCCESS && item != NULL &&
	       strcmp(item, user) == 0;
}

/* Carries out the verdict. Its code is in l->result. */
static enum trouble take_verdict(struct login *l, const struct message *m)
{
	char *line;

	if (m->len < 7 || m->bytes[1] >= _PAM_RETURN_VALUES || m->bytes[6] > LOG_DEBUG ||
	    (line = take_text(m, 7)) == NULL)
		return BABBLED;
	if (!same_user(l->pamh, l->user)) {
		motp_log_failure(l->pamh, "user-changed", 0);
		l->result = PAM_AUTH_ERR;
	} else {
		if (line[0] != '\0') /* else motpd has written it */
			pam_syslog(l->pamh, m->bytes[6], "%s", line);
		l->result = m->bytes[1];
	}
	free(line);
	if (motp_get_number(m->bytes + 2, 4) != 0)
		pam_fail_delay(l->pamh, motp_get_number(m->bytes + 2, 4));
	return NONE;
}

/* Takes the question out of motpd's last word, and the ticket to come again with. */
static enum trouble take_question(const struct message *m, char **question, char **ticket)
{
	size_t n = m->len >= 3 ? motp_get_number(m->bytes + 1, 2) : FIELD_MAX + 1;
	struct message text = { .len = 0 };

	if (n > FIELD_MAX || m->len < 3 + n)
		return BABBLED;
	memcpy(text.bytes, m->bytes, 3 + n);
	text.len = 3 + n;
	*question = take_text(&text, 1);
	*ticket = take_text(m, 3 + n);
	return *question != NULL && *ticket != NULL ? NONE : BABBLED;
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

enum trouble motp_dialogue(struct login *l, const struct verifier *v, struct babble *said,
			   char **question, char **ticket)
{
	struct message m = { .len = 0 };
	enum trouble why;

	do {
		m.len = 0;
		why = receive(v->socket, &m, &l->budget);
		if (why == NONE && m.bytes[0] == WIRE_VERDICT)
			return take_verdict(l, &m);
		if (why == NONE && m.bytes[0] == WIRE_ASK && v->worker == NULL)
			return take_question(&m, question, ticket);
		said->late |= why == NONE && m.bytes[0] >= WIRE_LOWEST;
		if (why == NONE)
			why = answer_question(l, v, &m);
		if (why != NONE)
			hear_out(v->socket, &m, l->budget, said);
		explicit_bzero(m.bytes, m.len); /* SET_TOK holds a code */
	} while (why == NONE);
	return why;
}
