/* The verifier at the other side of the module, which does what the fuzzer's bytes say: a worker,
 * in the place of pam/worker.c, or a motpd, in that of pam/resident.c. It looks at what the host
 * sends. */
#define _GNU_SOURCE
#include "script.h"
#include "../../../../pam/resident.h"
#include "../../../../pam/wire.h"
#include "../../../../pam/worker.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* How often motpd may ask in one login. */
enum { QUESTIONS = 16 };

/* The steps. The bytes of a step follow its number. */
enum { RAW, PROMPT, GET_TOK, SET_TOK, LOG, VERDICT, PAUSE, END, ASK, SHOW, STEPS };

/* What one text of a message may take. */
enum { ROOM = LONGEST - 16 };

static void put_text(struct packet *p, size_t room)
{
	static char text[LONGEST];
	size_t n = next_text(text, room);

	p->bytes[p->len++] = (unsigned char)n;
	p->bytes[p->len++] = (unsigned char)(n >> 8);
	memcpy(p->bytes + p->len, text, n);
	p->len += n;
	memset(text, 0, n);
}

static void hand_over(const struct packet *p)
{
	if (__real_send(run.worker, p->bytes, p->len,
	    MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)p->len)
		run.sent = true;
}

static void end_worker(void)
{
	close(run.worker);
	run.worker = -1;
	run.ended = true;
}

void worker_acts(void)
{
	static struct packet p;

	if (run.sent || run.ended || run.wait > 0)
		return;
	if (run.next >= run.end) {
		run.wait = ~0U; /* it stalls */
		return;
	}
	p.len = 0;
	switch (next_byte() % STEPS) {
	case RAW:
		p.len = next_text((char *)p.bytes, sizeof(p.bytes));
		break;
	case PROMPT:
		p.bytes[p.len++] = WIRE_PROMPT;
		put_text(&p, ROOM);
		break;
	case GET_TOK:
		p.bytes[p.len++] = WIRE_GET_TOK;
		break;
	case SET_TOK:
		p.bytes[p.len++] = WIRE_SET_TOK;
		put_text(&p, ROOM);
		break;
	case LOG:
		p.bytes[p.len++] = WIRE_LOG;
		p.bytes[p.len++] = (unsigned char)next_byte();
		put_text(&p, ROOM);
		break;
	case SHOW:
		p.bytes[p.len++] = WIRE_SHOW;
		p.bytes[p.len++] = (unsigned char)next_byte();
		put_text(&p, ROOM);
		break;
	case VERDICT:
		p.bytes[p.len++] = WIRE_VERDICT;
		for (int i = 0; i < 6; i++)
			p.bytes[p.len++] = (unsigned char)next_byte();
		put_text(&p, ROOM);
		break;
	case ASK:
		p.bytes[p.len++] = WIRE_ASK;
		put_text(&p, ROOM / 2);
		put_text(&p, ROOM / 2);
		break;
	case PAUSE:
		run.wait = 20 * next_byte();
		return;
	default:
		end_worker();
		return;
	}
	if (p.len > 0) /* an empty packet reads like an end */
		hand_over(&p);
	memset(p.bytes, 0, p.len);
}

/* The fields of a request: an answer, a ticket, four items, and behind a number an account. */
enum { ANSWER_FIELD, TICKET_FIELD, LOOKUP = 6, REQUEST_FIELDS = 8 };

/* What the person typed before there was a worker stands in the request. */
static void check_first_answer(const unsigned char *b, size_t at, size_t n)
{
	if (b[4] == 0) {
		if (b[5] != 0 || n != WIRE_ABSENT)
			broken("without a question there is no answer");
		return;
	}
	if (b[4] != 1 || b[5] != (unsigned char)run.conv_code)
		broken("a request has the conversation's code");
	if (b[5] != PAM_SUCCESS) {
		if (n != WIRE_ABSENT)
			broken("a conversation that failed has no answer");
	} else if (strlen(run.conv_answer) > FIELD_MAX) {
		if (n != WIRE_TOO_LONG)
			broken("no part of an answer that is too long is passed on");
	} else if (n != strlen(run.conv_answer) || memcmp(b + at, run.conv_answer, n) != 0) {
		broken("an answer is what the person typed");
	}
}

/* With the answer to a question of motpd's comes its ticket. */
static void check_ticket(const unsigned char *b, size_t at, size_t n)
{
	if (run.questions == 0 ? n != WIRE_ABSENT :
	    n != strlen(run.ticket) || memcmp(b + at, run.ticket, n) != 0)
		broken("a ticket is what came with the question");
}

bool changes(void)
{
	return run.user_code < GET_USER_FAILS && (run.user_code & CHANGES) != 0;
}

static void check_request(const unsigned char *b, size_t len)
{
	size_t at = 6;
	unsigned fields = 0;

	if ((b[3] & 0x80) != (changes() ? 0x80 : 0))
		broken("a request says which of PAM's calls it is");
	if (changes() && run.questions == 0 && b[4] != 0)
		broken("nobody is asked before a change is judged");
	for (; at + 2 <= len; fields++) {
		size_t n = (size_t)(b[at] | b[at + 1] << 8);

		at += 2;
		if (fields == ANSWER_FIELD)
			check_first_answer(b, at, n);
		if (fields == TICKET_FIELD)
			check_ticket(b, at, n);
		if (fields == LOOKUP) { /* the errno of a lookup that nobody asked for */
			if (n != WIRE_ABSENT || len < at + 2 ||
			    (b[at] | b[at + 1] << 8) != WIRE_ABSENT)
				broken("an account is looked up where that is needed only");
			continue;
		}
		if (n == WIRE_ABSENT || n == WIRE_TOO_LONG)
			continue;
		if (n > FIELD_MAX || memchr(b + at, 0, n) != NULL)
			broken("a field of the request is whole");
		at += n;
	}
	if (at != len || len > REQUEST_MAX || fields < REQUEST_FIELDS ||
	    fields > REQUEST_FIELDS + 3 + run.options % 8)
		broken("a request holds an answer, four items and an account, then options");
}

/* What motpd is sent first. */
static void check_packet(const unsigned char *b, size_t len)
{
	if (len < 2 || len > REQUEST_MAX || b[0] != WIRE_REQUEST || b[1] != WIRE_VERSION)
		broken("what motpd is sent first is a request");
	check_request(b + 2, len - 2);
}

void worker_reads(void)
{
	static struct packet p;
	ssize_t n;
	size_t len;

	if (run.worker < 0)
		return;
	while ((n = __real_recv(run.worker, p.bytes, sizeof(p.bytes), MSG_DONTWAIT)) > 0) {
		if (run.resident && !run.final) {
			check_packet(p.bytes, (size_t)n);
			run.final = true;
			run.requests++;
			memset(p.bytes, 0, (size_t)n);
			continue;
		}
		if (!run.asked)
			broken("an answer comes after a question only");
		run.asked = false;
		if (n < 4 || p.bytes[0] != WIRE_ANSWER)
			broken("what the host sends is an answer");
		len = (size_t)(p.bytes[2] | p.bytes[3] << 8);
		if (len != WIRE_ABSENT && len != WIRE_TOO_LONG &&
		    (len > FIELD_MAX || (size_t)n != 4 + len))
			broken("an answer is well-formed");
		if (run.last.bytes[0] == WIRE_PROMPT) {
			if (p.bytes[1] != (unsigned char)run.conv_code)
				broken("an answer has the conversation's code");
			if (p.bytes[1] != PAM_SUCCESS && len != WIRE_ABSENT)
				broken("a conversation that failed has no answer");
			if (p.bytes[1] == PAM_SUCCESS && len <= FIELD_MAX &&
			    (len != strlen(run.conv_answer) ||
			    	memcmp(p.bytes + 4, run.conv_answer, len) != 0))
				broken("an answer is what the person typed");
			if (p.bytes[1] == PAM_SUCCESS && strlen(run.conv_answer) > FIELD_MAX &&
			    len != WIRE_TOO_LONG)
				broken("no part of an answer that is too long is passed on");
		}
		memset(p.bytes, 0, (size_t)n);
	}
}

static bool is_text(const struct packet *p, size_t skip)
{
	size_t n;

	if (p->len < skip + 2)
		return false;
	n = (size_t)(p->bytes[skip] | p->bytes[skip + 1] << 8);
	return n <= FIELD_MAX && p->len == skip + 2 + n &&
		memchr(p->bytes + skip + 2, 0, n) == NULL;
}

bool is_verdict(const struct packet *p)
{
	return p->len <= MESSAGE_MAX && p->bytes[0] == WIRE_VERDICT && is_text(p, 7) &&
		p->bytes[1] < _PAM_RETURN_VALUES && p->bytes[6] <= 7;
}

bool is_request(const struct packet *p)
{
	if (p->len > MESSAGE_MAX)
		return false;
	switch (p->bytes[0]) {
	case WIRE_PROMPT:
		return !run.resident && is_text(p, 1);
	case WIRE_SET_TOK:
		return is_text(p, 1);
	case WIRE_GET_TOK:
	case WIRE_GET_ACCOUNT:
		return p->len == 1;
	case WIRE_LOG:
		return is_text(p, 2) && p->bytes[1] <= 7;
	case WIRE_SHOW:
		return is_text(p, 2) &&
			(p->bytes[1] == PAM_ERROR_MSG || p->bytes[1] == PAM_TEXT_INFO);
	default:
		return false;
	}
}

bool is_question(const struct packet *p)
{
	struct packet ticket = { .len = 0 };
	size_t n;

	if (!run.resident || p->len < 3 || p->len > MESSAGE_MAX || p->bytes[0] != WIRE_ASK)
		return false;
	n = (size_t)(p->bytes[1] | p->bytes[2] << 8);
	if (n > FIELD_MAX || p->len < 3 + n || memchr(p->bytes + 3, 0, n) != NULL)
		return false;
	ticket.len = p->len - 2 - n;
	memcpy(ticket.bytes, p->bytes + 2 + n, ticket.len);
	return is_text(&ticket, 1);
}

void end_resident(void)
{
	if (run.resident && run.worker >= 0)
		close(run.worker);
	run.worker = -1;
}

/* In the place of pam/resident.c. */
int motp_resident_connect(bool insist, int64_t *budget)
{
	unsigned how;
	int pair[2];

	if (*budget != 10000 - run.waited)
		broken("motpd is waited for out of the ten seconds");

	if (run.user_code & MOTPD_NEVER)
		broken("motpd is not asked where a worker must judge");
	if (insist != ((run.user_code & (MOTPD_ALWAYS | NOT_ROOT)) != 0 || run.questions > 0))
		broken("motpd is insisted on where nobody else may judge");
	if (run.started)
		broken("a worker that has started is the judge");
	if (run.requests > run.questions)
		broken("a request that was sent is final");
	if (run.questions > QUESTIONS)
		broken("motpd may not ask for ever");
	end_resident();
	if ((run.user_code & MOTPD_THERE) == 0 || fails(CALL_CONNECT, &how)) {
		errno = ENOENT;
		return -1;
	}
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
		abort();
	run.host = pair[0];
	run.worker = pair[1];
	run.resident = true;
	run.final = run.ended = run.sent = run.asked = run.delivered = false;
	run.wait = 0;
	return run.host;
}

const char *motp_resident_path(void)
{
	return "motpd";
}

/* In the place of pam/worker.c. */
const bool motp_has_worker = true;

int motp_worker_start(struct worker *w, unsigned char *request, size_t len)
{
	unsigned how;
	int pair[2];

	if (run.requests > 0)
		broken("a request that motpd has is judged by nobody else");
	if (run.user_code & MOTPD_ALWAYS)
		broken("no worker starts where motpd must judge");
	end_resident();
	run.resident = false;
	run.ended = run.sent = run.asked = run.delivered = false;
	run.wait = 0;
	check_request(request, len);
	if (fails(CALL_START, &how)) {
		errno = how % 2 ? EAGAIN : EMFILE;
		return -1;
	}
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
		abort();
	run.host = w->socket = pair[0];
	run.worker = pair[1];
	w->pid = getpid();
	run.started = true;
	motp_worker_hold();
	return 0;
}

void motp_worker_stop(struct worker *w, bool done)
{
	(void)done;
	if (!run.started || run.stopped || w->socket != run.host)
		broken("a worker is stopped once");
	worker_reads();
	close(run.host);
	if (run.worker >= 0)
		close(run.worker);
	run.stopped = true;
	motp_worker_release();
}

void motp_worker_hold(void)
{
	run.held++;
}

void motp_worker_release(void)
{
	run.held--;
}
