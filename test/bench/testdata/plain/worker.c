/* See main.go beside this: a worker that is a goroutine in the host. */
#define _GNU_SOURCE
#include "worker.h"

#include <sys/socket.h>
#include <unistd.h>

extern void motpBegin(int fd, unsigned char *request, size_t len);

const bool motp_has_worker = true;

/* no child, so nothing to keep from the host's handler */
void motp_worker_hold(void)
{
}

void motp_worker_release(void)
{
}

int motp_worker_start(struct worker *w, unsigned char *request, size_t len)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
		return -1;
	w->pid = 0;
	w->socket = pair[0];
	motpBegin(pair[1], request, len);
	return 0;
}

void motp_worker_stop(struct worker *w, bool done)
{
	(void)done;
	close(w->socket);
}
