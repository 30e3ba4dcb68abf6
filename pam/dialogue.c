/*
 * The host's side of a login: has motpd or a worker judge, answers what they ask, and keeps the
 * clock on them. This is the only code of ours that runs in the host with data in its hands, so it
 * decides nothing: it carries bounded messages between PAM and the verifier.
 */
#define _GNU_SOURCE
#include "dialogue.h"
#include "account.h"
#include "clock.h"
#include "failure.h"
#include "options.h"
#include "request.h"
#include "resident.h"
#include "wire.h"
#include "worker.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syslog.h>
#include <unistd.h>

#include <security/pam_ext.h>
#include <security/pam_modules.h>

/* How long a verifier may work in all, in ms. The time that a person takes to type does not
 * count. */
enum { DEADLINE = 10000 };

/* How long the last words of a worker are waited for, in ms. */
enum { LAST_WORDS = 1000 };

/* How often motpd may ask the person in one login. */
enum { QUESTIONS_MAX = 16 };

/* How many motpds in a row may end while they are asked. */
enum { TRIES = 3 };

/* One login. */
struct login {
	pam_handle_t *pamh;
	const char *user;
	int flags, argc;
	const char **argv;
	struct motp_line line;
	struct answer answer; /* what the person has typed last */
	struct account account;
	int64_t budget; /* what is left of the verifier's time, in ms */
	int result;
};

/* Who judges. */
struct verifier {
	int socket;
	const struct worker *worker; /* NULL if it is motpd */
};

/* Why there is no verdict. */
enum trouble { NONE, DIED, STALLED, BABBLED, LOST };

/* The reason for the log. */
static const char *reason_for(enum trouble why, const struct verifier *v)
{
	static const char *const reasons[][2] = {
		[DIED] = { "worker-died", "motpd-died" },
		[STALLED] = { "worker-stalled", "motpd-stalled" },
		[BABBLED] = { "worker-babbled", "motpd-babbled" },
		[LOST] = { "worker-lost", "motpd-lost" },
	};

	return reasons[why][v->worker == NULL];
}

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

/* Asks the person. On PAM_SUCCESS *answer is theirs, to be wiped and freed by the caller. A worker
 * that waits leaves the host its SIGCHLD meanwhile. */
static int converse(const pam_handle_t *pamh, const struct worker *waiting, const char *prompt,
		    char **answer)
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
	if (waiting != NULL)
		motp_worker_release();
	code = conv->conv(1, &msgs, &resp, conv->appdata_ptr);
	if (waiting != NULL)
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
		code = converse(pamh, v->worker, text, &answer);
		sent = send_answer(v->socket, code, answer);
		wipe_free(answer);
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
	case WIRE_LOG:
		if (m->len < 2 || m->bytes[1] > LOG_DEBUG || (text = take_text(m, 2)) == NULL)
			return BABBLED;
		pam_syslog(pamh, m->bytes[1], "%s", text);
		sent = 0;
		break;
	default:
		return BABBLED;
	}
	wipe_free(text);
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

/* Talks with a verifier until its last word. Without trouble l->result is set, or there is a
 * question of motpd's. */
static enum trouble hold_dialogue(struct login *l, const struct verifier *v, struct babble *said,
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

/* Asks the person, and keeps what they typed for the next request. */
static void ask(struct login *l, const char *question)
{
	wipe_free(l->answer.text);
	l->answer.text = NULL;
	l->answer.asked = true;
	l->answer.code = converse(l->pamh, NULL, question, &l->answer.text);
}

static void put_request(const struct login *l, struct buffer *b)
{
	motp_put_request(b, l->pamh, l->user, l->flags, &l->answer, &l->account, l->argc, l->argv);
}

/* Sends the request. What could not be sent has not been received by anybody. */
static bool send_request(const struct login *l, int socket)
{
	unsigned char bytes[REQUEST_MAX];
	struct buffer b = { .bytes = bytes, .size = sizeof(bytes) };
	ssize_t n;

	motp_put_number(&b, WIRE_REQUEST, 1);
	motp_put_number(&b, WIRE_VERSION, 1);
	put_request(l, &b);
	while ((n = send(socket, b.bytes, b.len, MSG_NOSIGNAL | MSG_DONTWAIT)) < 0 &&
	       errno == EINTR)
		;
	explicit_bzero(b.bytes, b.len);
	return n == (ssize_t)b.len;
}

/* Connects to motpd and sends the request. From then on nobody else may judge. A motpd that has
 * ended behind HELLO takes no more: where it must be motpd, it is asked of the next one. Returns a
 * socket, or -1 with errno. */
static int ask_resident(struct login *l, bool insist)
{
	for (int tries = 1;; tries++) {
		int saved, fd = motp_resident_connect(insist, &l->budget);

		if (fd < 0 || send_request(l, fd))
			return fd;
		saved = errno;
		close(fd);
		errno = saved;
		if (!insist || (saved != EPIPE && saved != ECONNRESET) || tries == TRIES)
			return -1;
	}
}

/* Has motpd judge, which has the request. It asks no questions on a connection: it ends with the
 * question, and the answer comes on the next one. */
static int judged_by_resident(struct login *l, int socket)
{
	struct verifier v = { .socket = socket };
	char *question, *ticket;
	struct babble said = { .len = 0 };
	enum trouble why = NONE;

	for (int asked = 0; v.socket >= 0; asked++) {
		question = NULL;
		ticket = NULL;
		why = hold_dialogue(l, &v, &said, &question, &ticket);
		close(v.socket);
		v.socket = -1;
		if (why == NONE && question != NULL && asked < QUESTIONS_MAX) {
			ask(l, question);
			wipe_free(l->answer.ticket);
			l->answer.ticket = ticket;
			ticket = NULL;
			if ((v.socket = ask_resident(l, true)) < 0)
				why = LOST;
		} else if (question != NULL) {
			why = BABBLED;
		}
		wipe_free(question);
		wipe_free(ticket);
	}
	explicit_bzero(&said, sizeof(said));
	if (why == NONE)
		return l->result;
	motp_log_failure(l->pamh, reason_for(why, &v), 0);
	return PAM_AUTHINFO_UNAVAIL;
}

/* Has a worker judge. */
static int judged_by_worker(struct login *l)
{
	unsigned char bytes[REQUEST_MAX];
	struct buffer request = { .bytes = bytes, .size = sizeof(bytes) };
	struct babble said = { .len = 0 };
	char *none = NULL;
	struct verifier v;
	struct worker w;
	enum trouble why;

	put_request(l, &request);
	if (motp_worker_start(&w, request.bytes, request.len) != 0) {
		motp_log_failure(l->pamh, "no-worker", errno);
		explicit_bzero(bytes, request.len);
		return PAM_AUTHINFO_UNAVAIL;
	}
	explicit_bzero(bytes, request.len); /* the worker has a copy of its own */
	v = (struct verifier){ .socket = w.socket, .worker = &w };
	why = hold_dialogue(l, &v, &said, &none, &none);
	if (why != NONE)
		motp_log_lost(l->pamh, reason_for(why, &v), w.pid, &said);
	explicit_bzero(&said, sizeof(said));
	motp_worker_stop(&w, why == NONE);
	return why == NONE ? l->result : PAM_AUTHINFO_UNAVAIL;
}

/* Says that motpd, which alone may judge, does not, and what to do. */
static void log_no_motpd(const pam_handle_t *pamh, int err)
{
	char detail[256];

	snprintf(detail, sizeof(detail),
		 "motpd does not answer at %s (errno %d), and nobody else may judge: systemctl "
		 "enable --now motpd.socket, or motpd --check",
		 motp_resident_path(), err);
	motp_log_detail(pamh, "no-motpd", detail);
}

/* Has motpd judge if it is there, else a worker. Only root can read what a worker must read, so
 * anybody else has motpd alone. */
static int judge(struct login *l)
{
	int socket = -1;

	if (l->line.way != MOTP_NEVER)
		socket = ask_resident(l, l->line.way == MOTP_ALWAYS || geteuid() != 0);
	if (socket >= 0)
		return judged_by_resident(l, socket);
	if (l->line.way == MOTP_ALWAYS) {
		log_no_motpd(l->pamh, errno);
		return PAM_AUTHINFO_UNAVAIL;
	}
	return judged_by_worker(l);
}

/* Holds a line against a module without workers, which leaves it all to motpd, or refuses. */
static bool can_be_judged(struct login *l)
{
	char detail[256];

	if (motp_has_worker)
		return true;
	if (l->line.way != MOTP_NEVER) {
		l->line.way = MOTP_ALWAYS;
		return true;
	}
	snprintf(detail, sizeof(detail),
		 "%s: only a worker could do that, and this pam_motp.so was built without (make "
		 "thin): take the option off the line, or install the full module",
		 l->line.by_worker);
	motp_log_detail(l->pamh, "bad-option", detail);
	return false;
}

int motp_authenticate(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	struct login l = {
		.pamh = pamh,
		.flags = flags,
		.argc = argc,
		.argv = argv,
		.line = motp_read_line(argc, argv),
		.budget = DEADLINE,
		.result = PAM_AUTHINFO_UNAVAIL,
		.account = { .lookup = WIRE_ABSENT },
	};
	const char *item = NULL;
	char *user;
	int code;

	if (!can_be_judged(&l))
		return PAM_SERVICE_ERR;
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
	l.user = user;
	if (l.line.prompt != NULL)
		ask(&l, l.line.prompt);
	/* Where a line may let somebody pass who is not in the table, every spelling of an account
	 * counts. Nobody else's login need wait for a directory; and no verifier, whose time it is
	 * not. */
	if (l.line.account)
		l.account.lookup = motp_account_name(user, &l.account.own);
	code = judge(&l);
	wipe_free(l.answer.text);
	wipe_free(l.answer.ticket);
	free(l.account.own);
	wipe_free(user);
	return code;
}
