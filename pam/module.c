/*
 * The module's entry points: what PAM calls, and the only symbols the library exports.
 * Authentication and changes of a PIN are decided by motpd or by a worker process (judge.c,
 * dialogue.c); all else has a fixed answer. Go never runs in the process that is in here.
 */
#include "judge.h"

#include <security/pam_modules.h>

PAM_EXTERN int pam_sm_authenticate(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	return motp_authenticate(pamh, flags, argc, argv);
}

/* Credentials, accounts and sessions are other modules' business. They are answered with success,
 * so that one "auth" line has its counterparts wherever an administrator lists the module; sshd and
 * sudo call some of these in other processes than authenticate. */
PAM_EXTERN int pam_sm_setcred(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	(void)pamh, (void)flags, (void)argc, (void)argv;
	return PAM_SUCCESS;
}

PAM_EXTERN int pam_sm_acct_mgmt(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	(void)pamh, (void)flags, (void)argc, (void)argv;
	return PAM_SUCCESS;
}

PAM_EXTERN int pam_sm_open_session(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	(void)pamh, (void)flags, (void)argc, (void)argv;
	return PAM_SUCCESS;
}

PAM_EXTERN int pam_sm_close_session(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	(void)pamh, (void)flags, (void)argc, (void)argv;
	return PAM_SUCCESS;
}

PAM_EXTERN int pam_sm_chauthtok(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	return motp_chauthtok(pamh, flags, argc, argv);
}
