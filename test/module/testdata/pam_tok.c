// pam_tok is a PAM module for the tests: it does to PAM_AUTHTOK what the
// modules around pam_motp do, which an application may not do itself.
//
//   set=TEXT     store TEXT as PAM_AUTHTOK
//   dump=PATH    write PAM_AUTHTOK, or "(none)", to PATH
//   return=N     the code to return; PAM_IGNORE unless given
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <security/pam_modules.h>

static int answer(pam_handle_t *pamh, int argc, const char **argv)
{
	int code = PAM_IGNORE;

	for (int i = 0; i < argc; i++) {
		if (strncmp(argv[i], "set=", 4) == 0) {
			if (pam_set_item(pamh, PAM_AUTHTOK, argv[i] + 4) != PAM_SUCCESS)
				return PAM_ABORT;
		} else if (strncmp(argv[i], "dump=", 5) == 0) {
			const void *token = NULL;
			FILE *f = fopen(argv[i] + 5, "we");
			if (f == NULL)
				return PAM_ABORT;
			if (pam_get_item(pamh, PAM_AUTHTOK, &token) != PAM_SUCCESS || token == NULL)
				token = "(none)";
			fputs(token, f);
			if (fclose(f) != 0)
				return PAM_ABORT;
		} else if (strncmp(argv[i], "return=", 7) == 0) {
			code = atoi(argv[i] + 7);
		} else {
			return PAM_ABORT;
		}
	}
	return code;
}

#define ENTRY(name)                                                                   \
	int name(pam_handle_t *pamh, int flags, int argc, const char **argv);         \
	int name(pam_handle_t *pamh, int flags, int argc, const char **argv)          \
	{                                                                             \
		(void)flags;                                                          \
		return answer(pamh, argc, argv);                                      \
	}

ENTRY(pam_sm_authenticate)
ENTRY(pam_sm_setcred)
ENTRY(pam_sm_acct_mgmt)
ENTRY(pam_sm_open_session)
ENTRY(pam_sm_close_session)
ENTRY(pam_sm_chauthtok)
