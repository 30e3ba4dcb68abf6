#ifndef MOTP_ACCOUNT_H
#define MOTP_ACCOUNT_H

/* Looks up what the system itself calls the account that somebody names: a directory may know
 * alice as Alice, EXAMPLE\alice and alice@example.com, too. Returns 0, with *own a string to be
 * freed, or NULL if there is no such account; or an errno if that cannot be said. */
int motp_account_name(const char *user, char **own);

#endif
