#ifndef MOTP_DIALOGUE_H
#define MOTP_DIALOGUE_H

#include <security/pam_modules.h>

/* Runs one authentication: starts a worker, does for it what only the host can (prompt, items,
 * log), and returns the PAM code that the worker sends. Whatever else happens (no worker, a dead,
 * slow or babbling one) is PAM_AUTHINFO_UNAVAIL; PAM_SUCCESS comes from the worker's verdict
 * only. */
int motp_authenticate(pam_handle_t *pamh, int flags, int argc, const char **argv);

#endif
