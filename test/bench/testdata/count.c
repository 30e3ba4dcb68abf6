/*
 * Loaded before libc where callgrind counts a login's instructions. The worker's count begins at
 * its fork, so that what the host did before is not counted twice; and nobody is killed, since a
 * worker that has answered still has to write its count.
 *
 * What differs from run to run for no reason of the login's is kept out. Go lays out its heap by
 * the random bytes that the kernel gives a program, and in about every fourth run has to look for a
 * second place, in 75,000 instructions: here the bytes are always the same. And Go's monitor, which
 * in a worker first looks after ten milliseconds, when a login is over, would do so dozens of times
 * while callgrind takes seconds: it sleeps a thousand times as long.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/types.h>
#include <valgrind/callgrind.h>

pid_t fork(void)
{
	static pid_t (*next)(void);
	pid_t pid;

	if (next == NULL)
		*(void **)&next = dlsym(RTLD_NEXT, "fork");
	pid = next();
	if (pid == 0)
		CALLGRIND_ZERO_STATS;
	return pid;
}

int kill(pid_t pid, int sig)
{
	(void)pid, (void)sig;
	return 0;
}

unsigned long getauxval(unsigned long type)
{
	static unsigned long (*next)(unsigned long);
	static unsigned char bytes[16] = "chosen by chance";

	if (type == AT_RANDOM)
		return (unsigned long)bytes;
	if (next == NULL)
		*(void **)&next = dlsym(RTLD_NEXT, "getauxval");
	return next(type);
}

int prctl(int option, ...)
{
	static int (*next)(int, ...);
	unsigned long arg[4];
	va_list list;

	va_start(list, option);
	for (int i = 0; i < 4; i++)
		arg[i] = va_arg(list, unsigned long);
	va_end(list);
	if (option == PR_SET_TIMERSLACK)
		arg[0] *= 1000;
	if (next == NULL)
		*(void **)&next = dlsym(RTLD_NEXT, "prctl");
	return next(option, arg[0], arg[1], arg[2], arg[3]);
}
