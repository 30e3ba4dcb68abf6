/* The host waits for HELLO by a clock of the test's own: what motp_resident_connect() takes off the
 * login's time is what has passed. Each argument is a case: whether it must be motpd (0 or 1), when
 * it begins to listen, and how long after that it says HELLO, in ms. Printed are whether there is a
 * connection, what has passed, and what is left of ten seconds. */
#include "../../../../pam/descriptor.h"
#include "../../../../pam/resident.h"
#include "../../../../pam/wire.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>

static int64_t now, listens, speaks;

int __wrap_clock_gettime(clockid_t clock, struct timespec *t)
{
	(void)clock;
	t->tv_sec = now / 1000;
	t->tv_nsec = now % 1000 * 1000000;
	return 0;
}

int __wrap_lstat(const char *path, struct stat *st)
{
	(void)path;
	now += 3;
	if (now < listens) {
		errno = ENOENT;
		return -1;
	}
	memset(st, 0, sizeof(*st));
	st->st_mode = S_IFSOCK;
	return 0;
}

int __wrap_stat(const char *path, struct stat *st) /* the folder, which is there */
{
	(void)path;
	(void)st;
	return 0;
}

int __wrap_socket(int domain, int type, int protocol)
{
	(void)domain, (void)type, (void)protocol;
	return 100;
}

int motp_above_standard(int fd)
{
	return fd;
}

int __wrap_connect(int fd, const struct sockaddr *a, socklen_t len)
{
	(void)fd, (void)a, (void)len;
	speaks += now;
	return 0;
}

int __wrap_getsockopt(int fd, int level, int name, void *value, socklen_t *len)
{
	(void)fd, (void)level, (void)name;
	memset(value, 0, *len); /* root's number */
	return 0;
}

int __wrap_close(int fd)
{
	(void)fd;
	return 0;
}

int __wrap_poll(struct pollfd *p, nfds_t n, int ms)
{
	(void)p;
	if (n == 0 || now + ms < speaks) {
		now += ms;
		return 0;
	}
	now = now > speaks ? now : speaks;
	return 1;
}

ssize_t __wrap_recv(int fd, void *b, size_t n, int flags)
{
	const unsigned char hello[] = { WIRE_HELLO, WIRE_VERSION, WIRE_VERSION };

	(void)fd, (void)n, (void)flags;
	if (now < speaks) {
		errno = EAGAIN;
		return -1;
	}
	memcpy(b, hello, sizeof(hello));
	return sizeof(hello);
}

int main(int argc, char **argv)
{
	if (argc != 4)
		return 2;
	listens = atoll(argv[2]);
	speaks = atoll(argv[3]);
	int64_t budget = 10000;
	const int fd = motp_resident_connect(atoi(argv[1]) != 0, &budget);

	printf("%s %lld %lld\n", fd >= 0 ? "there" : "away", (long long)now, (long long)budget);
	return 0;
}
