/* Descriptors that are opened in the host. */
#define _GNU_SOURCE
#include "descriptor.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

int motp_above_standard(int fd)
{
	int moved, saved;

	if (fd > 2 || fd < 0)
		return fd;
	moved = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	saved = errno;
	close(fd);
	errno = saved;
	return moved;
}
