#ifndef MOTP_REQUEST_H
#define MOTP_REQUEST_H

#include "options.h"
#include "wire.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <security/pam_modules.h>

/* A packet that grows. */
struct buffer {
	unsigned char *bytes;
	size_t len, size;
};

void motp_put_number(struct buffer *b, uint32_t v, size_t size);
uint32_t motp_get_number(const unsigned char *p, size_t size);

/* Appends s as a field, or that it is not set. What is longer than a field may be is marked so, and
 * nothing of it is passed. */
void motp_put_field(struct buffer *b, const char *s);

/* What the person was asked, if anything. */
struct answer {
	bool asked;
	int code;     /* of the conversation */
	char *text;   /* if that succeeded */
	char *ticket; /* that came with the question, if motpd asked it */
};

/* What the system calls the user's account. */
struct account {
	int lookup; /* the errno of looking that up, 0 if it worked, or WIRE_ABSENT if nobody did */
	char *own;  /* NULL if there is no such account */
};

/* Writes the request of a login: what PAM knows of it, and the answer. */
void motp_put_request(struct buffer *b, const pam_handle_t *pamh, const char *user, uint32_t flags,
		      const struct answer *answer, const struct account *account, int argc,
		      const char **argv);

#endif
