/*
 * Has a login judged: by motpd if it is there, else by a worker, and by nobody else once one of
 * them has the request. What they ask and say goes through dialogue.c.
 */
#define _GNU_SOURCE
#include "judge.h"
#include "dialogue.h"
#include "resident.h"
#include "wire.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* How long a verifier may work in all, in ms. The time that a person takes to type does not
 * count. */
enum { DEADLINE = 10000 };

/* How often motpd may ask the person in one login. */
enum { QUESTIONS_MAX = 16 };

/* How many motpds in a row may end while they are asked. */
enum { TRIES = 3 };

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

/* Asks the person, and keeps what they typed for the next request. */
static void ask(struct login *l, const char *question)
{
	motp_wipe_free(l->answer.text);
	l->answer.text = NULL;
	l->answer.asked = true;
	l->answer.code = motp_converse(l, NULL, question, &l->answer.text);
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
		why = motp_dialogue(l, &v, &said, &question, &ticket);
		close(v.socket);
		v.socket = -1;
		if (why == NONE && question != NULL && asked < QUESTIONS_MAX) {
			if (l->line.enrol)
				l->line.echo =
					false; /* which is for codes, and this may be a PIN */
			ask(l, question);
			motp_wipe_free(l->answer.ticket);
			l->answer.ticket = ticket;
			ticket = NULL;
			if ((v.socket = ask_resident(l, true)) < 0)
				why = LOST;
		} else if (question != NULL) {
			why = BABBLED;
		}
		motp_wipe_free(question);
		motp_wipe_free(ticket);
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
	why = motp_dialogue(l, &v, &said, &none, &none);
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

/* Has a login judged that is set up as far as PAM's call and the line say. */
static int run(struct login *l)
{
	const char *item = NULL;
	char *user;
	int code;

	if (!can_be_judged(l))
		return PAM_SERVICE_ERR;
	/* The host may not know the name yet; then PAM asks for it. */
	code = pam_get_user(l->pamh, &item, NULL);
	if (code != PAM_SUCCESS || item == NULL) {
		motp_log_failure(l->pamh, "no-user", 0);
		return motp_conversation_code(code);
	}
	user = strdup(item); /* the item is the host's, and may be another at the end */
	if (user == NULL) {
		motp_log_failure(l->pamh, "no-worker", errno);
		return PAM_AUTHINFO_UNAVAIL;
	}
	l->user = user;
	if (l->line.prompt != NULL)
		ask(l, l->line.prompt);
	/* Where a line may let somebody pass who is not in the table, every spelling of an account
	 * counts. Nobody else's login need wait for a directory; and no verifier, whose time it is
	 * not. */
	if (l->line.account)
		l->account.lookup = motp_account_name(user, &l->account.own);
	code = judge(l);
	motp_wipe_free(l->answer.text);
	motp_wipe_free(l->answer.ticket);
	free(l->account.own);
	motp_wipe_free(user);
	return code;
}

/* A login of which nothing is known yet but PAM's call. The flags are the host's but for ours. */
static struct login begin(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	return (struct login){
		.pamh = pamh,
		.flags = (uint32_t)flags & ~WIRE_CHAUTHTOK,
		.argc = argc,
		.argv = argv,
		.line = motp_read_line(argc, argv),
		.budget = DEADLINE,
		.result = PAM_AUTHINFO_UNAVAIL,
		.account = { .lookup = WIRE_ABSENT },
	};
}

int motp_authenticate(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	struct login l = begin(pamh, flags, argc, argv);

	return run(&l);
}

/* Where a line keeps that there is a PIN to change: PAM hands each line's arguments over in the
 * same place for as long as its handle lives. */
static void name_of_mark(const char **argv, char *name, size_t size)
{
	snprintf(name, size, "pam_motp:%p", (const void *)argv);
}

/* Keeps what the first of the two calls came to, and holds the second against it. One that passes
 * over a user then whom the first has not passed over would have the modules below change the
 * password, whom the first call did not come to: they have not asked for the old one. */
static int kept_promise(pam_handle_t *pamh, int flags, const char **argv, int code)
{
	char name[64];
	const void *mark = NULL;

	name_of_mark(argv, name, sizeof(name));
	if (((unsigned int)flags & PAM_PRELIM_CHECK) != 0) {
		void *now = code == PAM_SUCCESS ? pamh : NULL;

		return pam_set_data(pamh, name, now, NULL) == PAM_SUCCESS ? code : PAM_BUF_ERR;
	}
	if (code != PAM_IGNORE || pam_get_data(pamh, name, &mark) != PAM_SUCCESS || mark == NULL)
		return code;
	motp_log_detail(pamh, "new-pin",
			"the user had a PIN to change a moment ago, and has none now: nothing "
			"is changed");
	return PAM_AUTHTOK_ERR;
}

int motp_chauthtok(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	struct login l = begin(pamh, flags, argc, argv);

	if (!l.line.change_pin)
		return PAM_IGNORE;
	l.flags |= WIRE_CHAUTHTOK;
	l.line.prompt = NULL; /* what to ask, and whether, the verifier says */
	l.line.account = false;
	l.line.echo = false; /* which is for codes */
	return kept_promise(pamh, flags, argv, run(&l));
}
