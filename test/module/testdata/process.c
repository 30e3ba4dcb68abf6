// What the host does to itself as a process: threads, signals, children, limits and user ids.
#define _GNU_SOURCE
#include "process.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile sig_atomic_t calls;
static struct sigaction sigchld_set;

void die(const char *what)
{
	fprintf(stderr, "host: %s: %s\n", what, strerror(errno));
	_exit(99);
}

// spin keeps the allocator's locks and a processor busy, as a server does.
static void *spin(void *data)
{
	volatile unsigned long sum = 0;

	(void)data;
	for (;;) {
		char *block = malloc(64 + sum % 4096);
		if (block == NULL)
			die("malloc");
		memset(block, 1, 64);
		for (int i = 0; i < 2000; i++)
			sum += (unsigned long)i;
		free(block);
	}
	return NULL;
}

// reap takes every child there is, as some servers do in a thread of their own.
static void *reap(void *data)
{
	(void)data;
	for (;;)
		if (waitpid(-1, NULL, 0) < 0)
			usleep(200); // no child at the moment
	return NULL;
}

static void thread(void *(*body)(void *))
{
	pthread_t t;

	if ((errno = pthread_create(&t, NULL, body, NULL)) != 0)
		die("pthread_create");
	pthread_detach(t);
}

static void count_child(int sig)
{
	(void)sig;
	calls++;
}

static void reap_child(int sig)
{
	int saved = errno;

	(void)sig;
	calls++;
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
	errno = saved;
}

void set_sigchld(const char *how)
{
	struct sigaction sa;

	memset(&sa, 0, sizeof sa);
	sigemptyset(&sa.sa_mask);
	sigaddset(&sa.sa_mask, SIGUSR2);
	sa.sa_handler = SIG_DFL;
	if (strcmp(how, "ignore") == 0)
		sa.sa_handler = SIG_IGN;
	else if (strcmp(how, "nowait") == 0)
		sa.sa_flags = SA_NOCLDWAIT;
	else if (strcmp(how, "count") == 0)
		sa.sa_handler = count_child, sa.sa_flags = SA_RESTART | SA_NOCLDSTOP;
	else if (strcmp(how, "reap") == 0)
		sa.sa_handler = reap_child;
	else if (strcmp(how, "default") != 0)
		die(how);
	if (sigaction(SIGCHLD, &sa, NULL) != 0 || sigaction(SIGCHLD, NULL, &sigchld_set) != 0)
		die("sigaction");
}

int sigchld_unchanged(void)
{
	struct sigaction now;

	if (sigaction(SIGCHLD, NULL, &now) != 0)
		die("sigaction");
	return now.sa_handler == sigchld_set.sa_handler && now.sa_flags == sigchld_set.sa_flags &&
	       sigismember(&now.sa_mask, SIGUSR2) == sigismember(&sigchld_set.sa_mask, SIGUSR2);
}

void block_signals(void)
{
	sigset_t set;

	sigfillset(&set);
	if (pthread_sigmask(SIG_BLOCK, &set, NULL) != 0)
		die("sigmask");
	signal(SIGPIPE, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
}

void limit(const char *what, rlim_t n)
{
	struct rlimit r = { n, n };
	int resource = strcmp(what, "nproc") == 0    ? RLIMIT_NPROC
		       : strcmp(what, "nofile") == 0 ? RLIMIT_NOFILE
		       : strcmp(what, "fsize") == 0  ? RLIMIT_FSIZE
		       : strcmp(what, "as") == 0     ? RLIMIT_AS
		       : strcmp(what, "data") == 0   ? RLIMIT_DATA
						     : -1;

	if (resource < 0)
		die(what);
	if (setrlimit((__rlimit_resource_t)resource, &r) != 0)
		die("setrlimit");
}

// become_setuid makes this the setuid-root program of a plain user, without the
// two capabilities that would exempt it from the user's RLIMIT_NPROC.
void become_setuid(uid_t user)
{
	struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct caps[2];

	if (setresuid(user, 0, 0) != 0)
		die("setresuid");
	if (syscall(SYS_capget, &header, caps) != 0)
		die("capget");
	for (int i = 0; i < 2; i++)
		caps[i].inheritable = 0;
	caps[0].permitted &= ~(1u << CAP_SYS_ADMIN | 1u << CAP_SYS_RESOURCE);
	caps[0].effective = caps[0].permitted;
	if (syscall(SYS_capset, &header, caps) != 0)
		die("capset");
}

void become_plain(uid_t user)
{
	if (setgroups(0, NULL) != 0 || setresgid(user, user, user) != 0 ||
	    setresuid(user, user, user) != 0)
		die("setresuid");
}

// fork_here returns in the child, which goes on as the host; the parent waits for it and ends as it
// does.
void fork_here(void)
{
	pid_t child;
	int status;

	fflush(stdout);
	child = fork();
	if (child < 0)
		die("fork");
	if (child == 0)
		return;
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			die("waitpid");
	_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 98);
}

int own_child(void)
{
	pid_t child = fork();

	if (child < 0)
		die("fork");
	if (child == 0)
		for (;;)
			pause();
	return child;
}

int wait_for(pid_t child)
{
	int status;

	if (waitpid(child, &status, 0) != child)
		return -errno;
	return status;
}

void be_busy(int threads)
{
	for (int i = 0; i < threads; i++)
		thread(spin);
}

void reap_everything(void)
{
	thread(reap);
}

int sigchld_calls(void)
{
	return (int)calls;
}
