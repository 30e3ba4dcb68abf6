#ifndef MOTP_DIALOGUE_H
#define MOTP_DIALOGUE_H

#include <security/pam_modules.h>

/* Runs one authentication: has motpd or a worker judge, does for it what only the host can (prompt,
 * items, log), and returns the PAM code that it sends. Whatever else happens (nobody to judge, or
 * one who dies, stalls or babbles) is PAM_AUTHINFO_UNAVAIL; PAM_SUCCESS comes from a verdict
 * only. */
int motp_authenticate(pam_handle_t *pamh, int flags, int argc, const char **argv);

#endif
