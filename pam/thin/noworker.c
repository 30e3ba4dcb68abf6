/*
 * What stands in the place of worker.c in the module of "make thin", for hosts where motpd always
 * runs and for a libc that cannot load a Go library: there are no workers. judge.c asks for
 * none; where it did, the login would be refused.
 */
#include "../worker.h"

#include <errno.h>

const bool motp_has_worker = false;

int motp_worker_start(struct worker *w, unsigned char *request, size_t len)
{
	(void)w, (void)request, (void)len;
	errno = ENOSYS;
	return -1;
}

void motp_worker_release(void)
{
}

void motp_worker_hold(void)
{
}

void motp_worker_stop(struct worker *w, bool done)
{
	(void)w, (void)done;
}
