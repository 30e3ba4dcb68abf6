// A kernel that lets nobody give pages the rights in MOTP_TEST_REFUSE, to be loaded before libc.
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

int mprotect(void *start, size_t length, int rights)
{
	const char *refused = getenv("MOTP_TEST_REFUSE");

	if (refused != NULL && atoi(refused) == rights) {
		errno = EACCES;
		return -1;
	}
	return (int)syscall(SYS_mprotect, start, length, rights);
}
