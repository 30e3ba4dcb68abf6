#ifndef MOTP_RESIDENT_H
#define MOTP_RESIDENT_H

#include <stdbool.h>
#include <stdint.h>

/* Connects to motpd. Returns a socket on which it has said HELLO, in a version that this module
 * speaks; or -1 with errno if there is none that may be trusted, within a second. insist is for
 * those who have nobody else to ask: they wait longer, and try again while motpd starts, or has its
 * hands full. Never longer than the budget, in ms, which is reduced by what it took. */
int motp_resident_connect(bool insist, int64_t *budget);

/* Where motpd listens for this process, for a log line. */
const char *motp_resident_path(void);

#endif
