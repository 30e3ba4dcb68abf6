#ifndef MOTP_WORKER_H
#define MOTP_WORKER_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Whether this module has workers: that of "make thin" has none. */
extern const bool motp_has_worker;

/* A worker: a forked child that runs the Go side and talks over socket. */
struct worker {
	pid_t pid;
	int socket; /* this side's end, SOCK_SEQPACKET */
};

/* Starts a worker that acts on request. Returns 0, or -1 with errno; then there is nothing to
 * stop. */
int motp_worker_start(struct worker *w, unsigned char *request, size_t len);

/* In the worker, once: what motp_worker_start() was given. */
unsigned char *motp_worker_request(size_t *len);

/* Give the host its SIGCHLD back for a while, and take it again: around what may last, like a
 * conversation. */
void motp_worker_release(void);
void motp_worker_hold(void);

/* Ends the worker, which has sent its verdict (done) or lost the right to, and reaps it. */
void motp_worker_stop(struct worker *w, bool done);

#endif
