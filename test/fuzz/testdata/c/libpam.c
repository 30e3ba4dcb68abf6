/* As much of a libpam as the module needs, so that nothing else runs in the fuzzed process. */
#define _GNU_SOURCE
#include "script.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <security/pam_ext.h>

static const char *name(unsigned missing, const char *usual)
{
	static char strange[] = "x result=accepted\n\x1b[2J\xff y";
	static char endless[3000];

	if (run.items & missing)
		return NULL;
	if ((run.items & BAD_NAMES) == 0)
		return usual;
	if (missing == NO_TTY) {
		memset(endless, 'a', sizeof(endless) - 1);
		return endless;
	}
	return strange;
}

int pam_get_user(pam_handle_t *pamh, const char **user, const char *prompt)
{
	(void)pamh, (void)prompt;
	*user = name(0, "alice");
	return run.user_code < 0x80 ? PAM_SUCCESS : (int)(run.user_code - 0x80);
}

int pam_get_item(const pam_handle_t *pamh, int item, const void **value)
{
	static struct pam_conv conv;
	unsigned how;

	(void)pamh;
	if (fails(CALL_GET_ITEM, &how)) {
		run.another |= item == PAM_USER;
		if (item == PAM_USER && how % 4 == 3) {
			*value = how % 8 == 3 ? NULL : "alice2";
			return PAM_SUCCESS;
		}
		return how % 2 ? PAM_BAD_ITEM : PAM_PERM_DENIED;
	}
	switch (item) {
	case PAM_USER:
		*value = name(0, "alice");
		break;
	case PAM_SERVICE:
		*value = name(NO_SERVICE, "sshd");
		break;
	case PAM_RHOST:
		*value = name(NO_RHOST, "192.0.2.7");
		break;
	case PAM_TTY:
		*value = name(NO_TTY, "ssh");
		break;
	case PAM_AUTHTOK:
		*value = run.items & NO_TOKEN ? NULL : TOKEN;
		break;
	case PAM_CONV:
		conv.conv = run.items & NO_CONV_FUNCTION ? NULL : converse;
		*value = run.items & NO_CONV ? NULL : &conv;
		break;
	default:
		broken("only six items are asked for");
	}
	return PAM_SUCCESS;
}

int pam_set_item(pam_handle_t *pamh, int item, const void *value)
{
	unsigned how;

	(void)pamh;
	if (item != PAM_AUTHTOK || value == NULL)
		broken("only a password is set");
	return fails(CALL_SET_ITEM, &how) ? PAM_BUF_ERR : PAM_SUCCESS;
}

/* Of two calls of a change of a PIN, the first has kept nothing. */
int pam_set_data(pam_handle_t *pamh, const char *name, void *data,
		 void (*cleanup)(pam_handle_t *pamh, void *data, int status))
{
	(void)pamh, (void)name, (void)data, (void)cleanup;
	return PAM_SUCCESS;
}

int pam_get_data(const pam_handle_t *pamh, const char *name, const void **data)
{
	(void)pamh, (void)name, (void)data;
	return PAM_NO_MODULE_DATA;
}

int pam_fail_delay(pam_handle_t *pamh, unsigned usec)
{
	(void)pamh;
	run.delay = usec;
	return PAM_SUCCESS;
}

void pam_syslog(const pam_handle_t *pamh, int priority, const char *format, ...)
{
	char line[2048];
	va_list ap;
	int n, pairs = 0, want = 4;
	const char *detail;

	(void)pamh;
	va_start(ap, format);
	n = vsnprintf(line, sizeof(line), format, ap);
	va_end(ap);
	if (priority < 0 || priority > 7 || n < 0 || (size_t)n >= sizeof(line))
		broken("a line has a priority and a length that syslog takes");
	pairs = strcmp(format, "%s") == 0 ? -1 : 0;
	/* the worker's own lines are its own business */
	for (const char *s = line; pairs >= 0 && *s != '\0'; s++) {
		pairs += *s == '=';
		if (!isprint((unsigned char)*s))
			broken("a line of the host's holds printable characters only");
	}
	detail = strstr(line, " detail=\"");
	want += strstr(line, " errno=") != NULL;
	want += detail != NULL;
	if (pairs >= 0 && (pairs != want || strncmp(line, "result=denied reason=", 21) != 0))
		broken("nobody can forge a line of the host's");
	if (pairs >= 0 && detail != NULL && strchr(detail + 9, '"') != line + n - 1)
		broken("a detail is quoted, and the last of a line");
	explicit_bzero(line, sizeof(line)); /* what is left on the stack is to be the module's */
}
