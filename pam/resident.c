/*
 * The connection to motpd, the resident verifier. Nothing of the host's is touched on this way: no
 * signal, no child, no thread; one descriptor, which is closed at the end.
 *
 * motpd is trusted because of the place of its socket, in a folder that is root's, and because
 * whoever listens on it is root. It speaks first, so that a socket that accepts and says nothing
 * has been told nothing.
 */
#define _GNU_SOURCE
#include "resident.h"
#include "clock.h"
#include "descriptor.h"
#include "wire.h"

#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* How long motpd has to say HELLO, in ms. Where it must be motpd, as long as a login may last; and
 * how long one is waited for that does not listen, as between two versions, and how often it is
 * tried. One that takes connections and hangs up is about to end: it goes on with what it has
 * begun, and the next one comes behind that. */
enum { HELLO_WAIT = 1000, HELLO_MUST = 8000, START_WAIT = 2000, TRY_AGAIN = 10 };

static const char folder[] = "/run/motp";
static const char for_root[] = "/run/motp/root.sock";
static const char for_others[] = "/run/motp/motpd.sock";

const char *motp_resident_path(void)
{
	return geteuid() == 0 ? for_root : for_others;
}

/* Whether a path is a socket that root has made there, and no link to another. */
static bool is_roots_socket(const char *path)
{
	struct stat st;

	if (lstat(path, &st) != 0)
		return false;
	if (S_ISSOCK(st.st_mode) && st.st_uid == 0)
		return true;
	errno = EPERM;
	return false;
}

/* Whether root listens at the other end: what is asked is who called listen(). */
static bool is_roots_end(int fd)
{
	struct ucred peer;
	socklen_t len = sizeof(peer);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) != 0)
		return false;
	if (len == sizeof(peer) && peer.uid == 0)
		return true;
	errno = EPERM;
	return false;
}

/* Waits until a moment for HELLO in a version of ours. */
static bool hear_hello(int fd, int64_t until)
{
	unsigned char hello[MESSAGE_MAX];
	ssize_t n;

	for (;;) {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		int64_t left = until - motp_now();

		if (left <= 0) {
			errno = ETIMEDOUT;
			return false;
		}
		if (poll(&p, 1, (int)left) < 0 && errno != EINTR)
			return false;
		n = recv(fd, hello, sizeof(hello), MSG_DONTWAIT | MSG_TRUNC);
		if (n >= 0 || (errno != EINTR && errno != EAGAIN))
			break;
	}
	if (n < 0)
		return false;
	if (n == 0) {
		errno = ECONNRESET;
		return false;
	}
	if (n < 3 || n > MESSAGE_MAX || hello[0] != WIRE_HELLO || hello[1] > WIRE_VERSION ||
	    hello[2] < WIRE_VERSION) {
		errno = EPROTO;
		return false;
	}
	return true;
}

/* Tries once. */
static int try_connect(const char *path, int64_t until)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd, saved;

	if (!is_roots_socket(path))
		return -1;
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0 || (fd = motp_above_standard(fd)) < 0)
		return -1;
	memcpy(address.sun_path, path, strlen(path) + 1);
	if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0 &&
	    is_roots_end(fd) && hear_hello(fd, until))
		return fd;
	saved = errno;
	close(fd);
	errno = saved;
	return -1;
}

/* Whether trying again may help: motpd ended before HELLO, its backlog is full, or it does not
 * listen any more, or not yet. */
static bool may_come(int err)
{
	struct stat st;

	return err == ECONNRESET || err == EAGAIN || err == ECONNREFUSED ||
	       (err == ENOENT && stat(folder, &st) == 0);
}

int motp_resident_connect(bool insist, int64_t *budget)
{
	const char *path = motp_resident_path();
	const int64_t began = motp_now(), most = insist ? HELLO_MUST : HELLO_WAIT;
	const int64_t until = began + (*budget < most ? *budget : most);

	for (int64_t seen = began;;) {
		const int fd = try_connect(path, until);
		const int saved = errno;
		const int64_t now = motp_now();

		if (saved == ECONNRESET)
			seen = now;
		if (fd >= 0 || !insist || now >= until || now - seen >= START_WAIT ||
		    !may_come(saved)) {
			*budget -= now - began;
			errno = saved;
			return fd;
		}
		poll(NULL, 0, TRY_AGAIN);
	}
}
