#ifndef MOTP_JUDGE_H
#define MOTP_JUDGE_H

#include <security/pam_modules.h>

/* Runs one authentication: has motpd or a worker judge, and returns the PAM code that it sends.
 * Whatever else happens (nobody to judge, or one who dies, stalls or babbles) is
 * PAM_AUTHINFO_UNAVAIL; PAM_SUCCESS comes from a verdict only. */
int motp_authenticate(pam_handle_t *pamh, int flags, int argc, const char **argv);

#endif
