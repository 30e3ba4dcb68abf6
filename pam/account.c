/*
 * The account's own name. It is looked up in the host, and not in the worker, which has no
 * environment, no locale, and none of the directories' libraries.
 */
#define _GNU_SOURCE
#include "account.h"

#include <errno.h>
#include <limits.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>

/* An entry of passwd takes a few hundred bytes. What takes more than the most is no person's. */
enum { ENTRY_FIRST = 2048, ENTRY_MOST = 128 * 1024 };

/* What the wire has room for. The kernel has none above 133. */
enum { ERRNO_MOST = 255 };

/* Looks an account up in size bytes, and leaves nothing of its entry in memory. */
static int look_up(const char *user, size_t size, char **own)
{
	struct passwd entry, *found = NULL;
	char *bytes = malloc(size);
	int err;

	if (bytes == NULL)
		return ENOMEM;
	/* not getpwnam(), whose answer a host may be holding in its hands */
	while ((err = getpwnam_r(user, &entry, bytes, size, &found)) == EINTR)
		;
	if (err == 0 && found != NULL) {
		*own = strdup(found->pw_name);
		err = *own != NULL ? 0 : ENOMEM;
	}
	explicit_bzero(bytes, size); /* it may hold a password's hash */
	free(bytes);
	return err;
}

int motp_account_name(const char *user, char **own)
{
	int err = ERANGE;

	*own = NULL;
	/* No account has such a name: no directory need be bothered with what somebody typed. */
	if (user[0] == '\0' || strnlen(user, LOGIN_NAME_MAX + 1) > LOGIN_NAME_MAX)
		return 0;
	for (size_t size = ENTRY_FIRST; err == ERANGE && size <= ENTRY_MOST; size *= 4)
		err = look_up(user, size, own);
	/* A directory's library may say anything. */
	return err >= 0 && err <= ERRNO_MOST ? err : EIO;
}
