/*
 * The log lines that the host writes by itself: of attempts that ended without the worker's word.
 * The user's name is not in them, since only the worker knows whether it is a user's, or a
 * password that was typed into the wrong field.
 */
#define _GNU_SOURCE
#include "failure.h"

#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syslog.h>

#include <security/pam_ext.h>

/* A text that grows; what does not fit is left out. */
struct line {
	char text[1536];
	size_t len;
};

static void put(struct line *l, const char *s)
{
	while (*s != '\0' && l->len < sizeof(l->text) - 1)
		l->text[l->len++] = *s++;
	l->text[l->len] = '\0';
}

/* Puts a text that may be anything in such a form that it ends no line, field or quotation. */
static void put_quoted(struct line *l, const unsigned char *s, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		char as[8];

		if (s[i] == '\n')
			snprintf(as, sizeof(as), "\\n");
		else if (s[i] < ' ' || s[i] > '~' || strchr("\"\\=", s[i]) != NULL)
			snprintf(as, sizeof(as), "\\x%02x", s[i]);
		else
			snprintf(as, sizeof(as), "%c", s[i]);
		put(l, as);
	}
}

static void put_origin(struct line *l, const pam_handle_t *pamh)
{
	const void *item = NULL;
	const unsigned char *s;
	char rhost[64];
	size_t i;

	if (pam_get_item(pamh, PAM_RHOST, &item) != PAM_SUCCESS || item == NULL) {
		put(l, "-");
		return;
	}
	s = item;
	for (i = 0; i < sizeof(rhost) - 1 && s[i] != '\0'; i++) {
		bool plain = isascii(s[i]) && (isalnum(s[i]) || strchr(".:-_%", s[i]) != NULL);

		rhost[i] = plain ? (char)s[i] : '?';
	}
	rhost[i] = '\0';
	put(l, rhost);
}

static void begin(struct line *l, const pam_handle_t *pamh, const char *reason)
{
	l->len = 0;
	put(l, "reason=");
	put(l, reason);
	put(l, " user=? rhost=");
	put_origin(l, pamh);
}

void motp_log_failure(const pam_handle_t *pamh, const char *reason, int err)
{
	struct line l;
	char number[32];

	begin(&l, pamh, reason);
	if (err != 0) {
		snprintf(number, sizeof(number), " errno=%d", err);
		put(&l, number);
	}
	pam_syslog(pamh, LOG_ERR, "result=denied %s", l.text);
}

void motp_log_detail(const pam_handle_t *pamh, const char *reason, const char *detail)
{
	struct line l;

	begin(&l, pamh, reason);
	pam_syslog(pamh, LOG_ERR, "result=denied %s detail=\"%s\"", l.text, detail);
}

void motp_babble_add(struct babble *said, const unsigned char *text, size_t len)
{
	if (len > sizeof(said->text) - said->len)
		len = sizeof(said->text) - said->len;
	memcpy(said->text + said->len, text, len);
	said->len += len;
}

/* The limit of memory that a worker has in force, where that is too low for Go. */
static const char *limit_of(pid_t worker, rlim_t *limit)
{
	/* Go takes 0.8 GB of addresses, and 0.1 of data, most of which it never touches, on top of
	 * what the host has already. Where there is room for much more, the worker died of
	 * something else. */
	static const struct {
		int kind;
		const char *name;
		rlim_t enough;
	} kinds[] = {
		{ RLIMIT_AS, "RLIMIT_AS", (rlim_t)4 << 30 },
		{ RLIMIT_DATA, "RLIMIT_DATA", (rlim_t)1 << 30 },
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		struct rlimit lim;

		/* The worker has raised its own as far as it may: see lift_limits(). If somebody
		 * has reaped it, what it may have had at most is this process's hard limit. */
		if (prlimit(worker, kinds[i].kind, NULL, &lim) != 0) {
			if (getrlimit(kinds[i].kind, &lim) != 0)
				continue;
			lim.rlim_cur = lim.rlim_max;
		}
		if (lim.rlim_cur != RLIM_INFINITY && lim.rlim_cur < kinds[i].enough) {
			*limit = lim.rlim_cur;
			return kinds[i].name;
		}
	}
	return NULL;
}

void motp_log_lost(const pam_handle_t *pamh, const char *reason, pid_t worker,
		   const struct babble *said)
{
	rlim_t limit = 0;
	const char *name = !said->late || said->len > 0 ? limit_of(worker, &limit) : NULL;
	struct line l;
	char text[320];

	begin(&l, pamh, name != NULL ? "memory-limit" : reason);
	if (name != NULL || said->len > 0)
		put(&l, " detail=\"");
	if (name != NULL) {
		snprintf(text, sizeof(text),
			 "this program may have %ju bytes of memory (%s), and the module's worker "
			 "needs 1 GiB of addresses beside it: raise the limit or lift it (ulimit "
			 "-v, LimitAS and LimitDATA of a systemd unit, vsz_limit of dovecot)",
			 (uintmax_t)limit, name);
		put(&l, text);
		put(&l, "; ");
		put(&l, reason);
	}
	if (said->len > 0) {
		put(&l, name != NULL ? ": " : "");
		put_quoted(&l, said->text, said->len);
	}
	if (name != NULL || said->len > 0)
		put(&l, "\"");
	pam_syslog(pamh, LOG_ERR, "result=denied %s", l.text);
	explicit_bzero(&l, sizeof(l));
}
