/* As much of a libpam as the module needs, for a libc that this machine has none for. It prints
 * what it is told. */
#include "handle.h"

#include <stdarg.h>
#include <stdio.h>

#include <security/pam_ext.h>
#include <security/pam_modules.h>

int pam_get_item(const pam_handle_t *pamh, int item, const void **value)
{
	if (item < 0 || item >= ITEMS)
		return PAM_BAD_ITEM;
	*value = pamh->items[item];
	return PAM_SUCCESS;
}

int pam_set_item(pam_handle_t *pamh, int item, const void *value)
{
	(void)pamh;
	printf("item %d: %s\n", item, (const char *)value);
	return PAM_SUCCESS;
}

int pam_get_user(pam_handle_t *pamh, const char **user, const char *prompt)
{
	(void)prompt;
	*user = pamh->items[PAM_USER];
	return *user != NULL ? PAM_SUCCESS : PAM_CONV_ERR;
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

int pam_fail_delay(pam_handle_t *pamh, unsigned int microseconds)
{
	(void)pamh;
	printf("delay %u\n", microseconds);
	return PAM_SUCCESS;
}

void pam_syslog(const pam_handle_t *pamh, int priority, const char *format, ...)
{
	va_list args;

	(void)pamh;
	printf("log %d: ", priority);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	printf("\n");
}
