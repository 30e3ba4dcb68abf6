#ifndef MOTP_JUDGE_H
#define MOTP_JUDGE_H

#include <security/pam_modules.h>

/* Runs one authentication: has motpd or a worker judge, and returns the PAM code that it sends.
 * Whatever else happens (nobody to judge, or one who dies, stalls or babbles) is
 * PAM_AUTHINFO_UNAVAIL; PAM_SUCCESS comes from a verdict only. */
int motp_authenticate(pam_handle_t *pamh, int flags, int argc, const char **argv);

/* The same for a change of a password, which is one of the PIN where the line says so. Where it
 * does not, PAM_IGNORE, so that a "password" stack works as if the module were not in it. */
int motp_chauthtok(pam_handle_t *pamh, int flags, int argc, const char **argv);

#endif
