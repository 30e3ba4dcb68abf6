#ifndef MOTP_FAILURE_H
#define MOTP_FAILURE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include <security/pam_modules.h>

/* The beginning of what a worker said that is no message: Go's last words, as a rule. */
struct babble {
	unsigned char text[256];
	size_t len;
	bool late; /* there were messages before, so that it had room to start */
};

/* Adds to what was said, as much as there is room for. */
void motp_babble_add(struct babble *said, const unsigned char *text, size_t len);

/* Writes one line for an attempt that ended without the worker's word; err is an errno or 0. */
void motp_log_failure(const pam_handle_t *pamh, const char *reason, int err);

/* The same with a text of ours, in which there is no quotation mark and no end of a line. */
void motp_log_detail(const pam_handle_t *pamh, const char *reason, const char *detail);

/* The same for a worker that was lost: what it said last, and which limit it died of, as far as
 * can be told. The worker must not have been reaped yet. */
void motp_log_lost(const pam_handle_t *pamh, const char *reason, pid_t worker,
		   const struct babble *said);

#endif
