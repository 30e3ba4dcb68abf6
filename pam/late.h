#ifndef MOTP_LATE_H
#define MOTP_LATE_H

/* Puts addresses into Go's data where the build took that off the loader, and nothing where it did
 * not. For the worker: once, before Go starts, while the process has one thread. Returns 0, or -1
 * with errno if memory cannot be made writable or read-only again, and Go must not run then. */
int motp_late_relocate(void);

/* For the host, before it forks a worker. One that logs in a second time will do so often: it does
 * the work once, for all the workers to come. Where it cannot, each of them does it. */
void motp_late_share(void);

#endif
