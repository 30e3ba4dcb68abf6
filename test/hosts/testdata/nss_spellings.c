/*
 * A source of accounts for nsswitch.conf that knows those of /etc/passwd by more names, as sssd and
 * winbind do: EXAMPLE\alice, alice@example.com, and in other capitals.
 */
#define _GNU_SOURCE
#include <ctype.h>
#include <errno.h>
#include <nss.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>

static const char before[] = "EXAMPLE\\", behind[] = "@example.com";

/* What an account is called that is named like this; false if that is too long. */
static int plain(const char *name, char *own, size_t size)
{
	size_t n, cut = sizeof(behind) - 1;

	if (strncmp(name, before, sizeof(before) - 1) == 0)
		name += sizeof(before) - 1;
	n = strlen(name);
	if (n > cut && strcmp(name + n - cut, behind) == 0)
		n -= cut;
	if (n >= size)
		return 0;
	for (size_t i = 0; i < n; i++)
		own[i] = (char)tolower((unsigned char)name[i]);
	own[n] = '\0';
	return 1;
}

enum nss_status _nss_spellings_getpwnam_r(const char *name, struct passwd *entry, char *bytes,
					  size_t size, int *errnop)
{
	enum nss_status status = NSS_STATUS_NOTFOUND;
	struct passwd *found;
	static char no_password[] = "*";
	char own[64];
	FILE *accounts;
	int err;

	if (!plain(name, own, sizeof(own)) || (accounts = fopen("/etc/passwd", "re")) == NULL)
		return NSS_STATUS_NOTFOUND;
	while ((err = fgetpwent_r(accounts, entry, bytes, size, &found)) == 0 &&
	       strcmp(entry->pw_name, own) != 0)
		;
	if (err == 0) {
		entry->pw_passwd = no_password; /* such accounts are in no /etc/shadow */
		status = NSS_STATUS_SUCCESS;
	} else if (err == ERANGE) {
		*errnop = err;
		status = NSS_STATUS_TRYAGAIN;
	}
	fclose(accounts);
	return status;
}
