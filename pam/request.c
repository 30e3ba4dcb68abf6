/* The request of a login, as wire.h has it. */
#define _GNU_SOURCE
#include "request.h"

#include <string.h>

void motp_put_number(struct buffer *b, uint32_t v, size_t size)
{
	for (size_t i = 0; i < size; i++)
		b->bytes[b->len++] = (unsigned char)(v >> (8 * i));
}

uint32_t motp_get_number(const unsigned char *p, size_t size)
{
	uint32_t v = 0;

	for (size_t i = 0; i < size; i++)
		v |= (uint32_t)p[i] << (8 * i);
	return v;
}

void motp_put_field(struct buffer *b, const char *s)
{
	size_t n = s != NULL ? strnlen(s, FIELD_MAX + 1) : 0;

	if (s == NULL) {
		motp_put_number(b, WIRE_ABSENT, 2);
	} else if (n > FIELD_MAX || b->len + 2 + n > b->size) {
		motp_put_number(b, WIRE_TOO_LONG, 2);
	} else {
		motp_put_number(b, (uint32_t)n, 2);
		memcpy(b->bytes + b->len, s, n);
		b->len += n;
	}
}

static void put_item(struct buffer *b, const pam_handle_t *pamh, int item)
{
	const void *value = NULL;

	if (pam_get_item(pamh, item, &value) != PAM_SUCCESS)
		value = NULL;
	motp_put_field(b, value);
}

void motp_put_request(struct buffer *b, const pam_handle_t *pamh, const char *user, uint32_t flags,
		      const struct answer *answer, const struct account *account, int argc,
		      const char **argv)
{
	motp_put_number(b, flags, 4);
	motp_put_number(b, answer->asked, 1);
	motp_put_number(b, (uint32_t)answer->code, 1);
	motp_put_field(b, answer->text);
	motp_put_field(b, answer->ticket);
	put_item(b, pamh, PAM_SERVICE);
	motp_put_field(b, user);
	put_item(b, pamh, PAM_RHOST);
	put_item(b, pamh, PAM_TTY);
	motp_put_number(b, (uint32_t)account->lookup, 2);
	motp_put_field(b, account->own);
	/* One that there is no room for is marked as too long: no option is lost without a word. */
	b->size -= 2;
	for (int i = 0; i < argc && b->len <= b->size; i++)
		motp_put_field(b, argv[i]);
	b->size += 2;
}
