/*
 * Starts and ends the worker, and starts Go in it. Everything here is about one promise: the host
 * stays as it was. No thread, signal handler, descriptor or child of ours is left in it, and Go's
 * runtime exists only behind fork(), in a process that ends with _exit().
 */
#define _GNU_SOURCE
#include "worker.h"
#include "descriptor.h"
#include "late.h"

#include <errno.h>
#include <malloc.h>
#include <poll.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* How long the host waits for the end of a worker, in ms: one that has sent its verdict is about to
 * end, however busy the machine is; one that was killed may hang in a disk for ever. */
enum { END_WAIT = 5000, REAP_WAIT = 1000 };

const bool motp_has_worker = true;

/* Go's initializers, gathered by deferred.ld. Strong references: without that script the library
 * does not link. */
typedef void (*go_init)(int argc, char **argv, char **envp);
extern const go_init motp_go_init_start[] __attribute__((visibility("hidden")));
extern const go_init motp_go_init_end[] __attribute__((visibility("hidden")));

/* Stands in for runtime/cgo's x_cgo_sigaction, by the linker's --wrap. Go looks at every signal as
 * it starts, and runtime/cgo asks libc of each of the 64 bits of each mask whether it is set: a
 * twelfth of a login, for sanitizers, which a worker has none of. Told EINVAL, Go makes the system
 * call itself, as it does for the signals that libc keeps. A library that is linked without the
 * option does not call this. */
int32_t __wrap_x_cgo_sigaction(intptr_t sig, const void *new, void *old);
int32_t __wrap_x_cgo_sigaction(intptr_t sig, const void *new, void *old)
{
	(void)sig, (void)new, (void)old;
	return EINVAL;
}

/* Starts the Go runtime in this process. It reads argc, argv, the environment and the auxiliary
 * vector from one block, as the kernel lays it out for a new program, so it gets such a block:
 * nothing of the host's arguments or environment reaches it, GODEBUG included. Sound because the
 * block is static (Go keeps pointers into it) and this runs once, in a process with no other use
 * for its threads. */
static void start_go(void)
{
	static char name[] = "pam_motp";
	static char one_thread[] = "GOMAXPROCS=1"; /* one login, one goroutine */
	static char no_collector[] = "GOGC=off";   /* the process lives for one login */
	/* nor does anyone ask who allocated what */
	static char no_profile[] = "GODEBUG=memprofilerate=0";
	static struct {
		char *argv[2];
		char *env[4];
		unsigned long aux[16];
	} block;
	static const unsigned long wanted[] = { AT_PAGESZ, AT_RANDOM, AT_HWCAP, AT_HWCAP2,
						AT_SYSINFO_EHDR };
	size_t n = 0;

	block.argv[0] = name;
	block.env[0] = one_thread;
	block.env[1] = no_collector;
	block.env[2] = no_profile;
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		block.aux[n++] = wanted[i];
		block.aux[n++] = getauxval(wanted[i]);
	}
	block.aux[n++] = AT_SECURE; /* Go prints no traceback */
	block.aux[n++] = 1;
	block.aux[n] = AT_NULL;
	for (const go_init *f = motp_go_init_start; f != motp_go_init_end; f++)
		(*f)(1, block.argv, block.env);
}

/* Limits that the host was started with are not meant for a worker: Go reserves address space that
 * it never touches, and a record is written whole or not at all. Root may raise them; anybody else
 * gets what there is. */
static void lift_limits(void)
{
	static const int kinds[] = { RLIMIT_AS, RLIMIT_DATA, RLIMIT_FSIZE, RLIMIT_CPU };
	const struct rlimit none = { RLIM_INFINITY, RLIM_INFINITY };

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		struct rlimit lim;

		if (setrlimit(kinds[i], &none) == 0 || getrlimit(kinds[i], &lim) != 0)
			continue;
		lim.rlim_cur = lim.rlim_max;
		setrlimit(kinds[i], &lim);
	}
}

/* Makes the start of Go cheap: a third of a login in all. Nothing depends on it, so nothing is
 * checked. */
static void travel_light(void)
{
	cpu_set_t here;
	int cpu = sched_getcpu();

	/* Go's threads hand one job from one to the next; on one processor that wakes no other. */
	if (cpu >= 0 && cpu < CPU_SETSIZE) {
		CPU_ZERO(&here);
		CPU_SET((size_t)cpu, &here);
		sched_setaffinity(0, sizeof(here), &here);
	}
	prctl(PR_SET_TIMERSLACK, 10000000UL); /* 10 ms: Go's monitor need not look every 20 us */
	mallopt(M_ARENA_MAX, 1);              /* no heap of its own for each thread */
}

/* What Go fetches when it has started. */
static struct {
	unsigned char *bytes;
	size_t len;
} request;
static struct rlimit files;

/* While Go starts it may open nothing: it would read the cgroup's processor limit, out of a list of
 * all mounts. */
static void open_nothing(void)
{
	struct rlimit few;

	getrlimit(RLIMIT_NOFILE, &files);
	few = files;
	few.rlim_cur = 3;
	setrlimit(RLIMIT_NOFILE, &few);
}

/* Called by main.go, in a thread of Go's. */
unsigned char *motp_worker_request(size_t *len)
{
	setrlimit(RLIMIT_NOFILE, &files);
	*len = request.len;
	return request.bytes;
}

static void close_from(unsigned int first)
{
	struct rlimit lim;

	if (close_range(first, ~0U, 0) == 0)
		return;
	/* a kernel before 5.9 */
	if (getrlimit(RLIMIT_NOFILE, &lim) != 0 || lim.rlim_cur > 65536)
		lim.rlim_cur = 65536;
	for (unsigned int fd = first; fd < lim.rlim_cur; fd++)
		close((int)fd);
}

/* The child's whole life. All signals are blocked when it begins. */
static _Noreturn void worker_main(int sock, pid_t host)
{
	const struct rlimit no_core = { 0, 0 };
	/* the kernel's own struct sigaction, whose zeros mean SIG_DFL */
	const unsigned long dfl[8] = { 0 };
	sigset_t none;

	/* Behind su and sudo the real user is still the caller, who could then signal this process
	 * and whose process limit would count. First of all, since a change of user clears the
	 * parent-death signal. */
	if (geteuid() == 0 && setresuid(0, 0, 0) != 0)
		_exit(1);
	/* Out of the terminal's reach: ^C at login's prompt must not end the worker, and ^Z under
	 * su not stop it while it holds a record's lock. Fails only for the leader of a group,
	 * which a child just forked is not. */
	if (setsid() < 0)
		_exit(1);
	/* All three standard descriptors are the socket: whatever is printed there by mistake is a
	 * malformed message to the host, a refusal, and never ends up in a file that happens to be
	 * opened as descriptor 2. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != host ||
	    prctl(PR_SET_DUMPABLE, 0) != 0 || setrlimit(RLIMIT_CORE, &no_core) != 0 ||
	    dup2(sock, 0) != 0 || dup2(sock, 1) != 1 || dup2(sock, 2) != 2)
		_exit(1);
	close_from(3);
	umask(077);
	lift_limits();

	/* By the kernel's call, since libc keeps two signals to itself, which a host may have been
	 * started with ignored. KILL and STOP fail. */
	for (int sig = 1; sig < _NSIG; sig++)
		syscall(SYS_rt_sigaction, sig, dfl, NULL, _NSIG / 8);
	sigemptyset(&none);
	if (sigprocmask(SIG_SETMASK, &none, NULL) != 0)
		_exit(1);

	travel_light();
	if (motp_late_relocate() != 0)
		_exit(1);
	open_nothing();
	start_go(); /* in threads of its own, one of which logs in and ends the process */
	for (;;)
		pause();
}

/* SIGCHLD is at its default while a worker exists, as pam_unix does for its helper, so that a
 * host's handler neither sees the worker nor reaps it; but not while a person types, when the
 * host's own children may end. A host may run several logins in threads: the first saves the host's
 * disposition and the last restores it. A process that was forked in the middle of one begins to
 * count anew. */
static unsigned int sigchld_users;
static pid_t sigchld_process;
static struct sigaction sigchld_host;

/* The process that is at these three, or 0. No mutex: one that another thread held when the host
 * forked would be held in the child for ever. */
static atomic_int sigchld_owner;

static void lock_sigchld(void)
{
	const int self = (int)getpid();
	int owner = 0;

	while (!atomic_compare_exchange_weak(&sigchld_owner, &owner, self)) {
		if (owner != self)
			/* free, or held by a thread that is not in this process: taken next */
			continue;
		owner = 0;
		sched_yield();
	}
}

static void unlock_sigchld(void)
{
	atomic_store(&sigchld_owner, 0);
}

void motp_worker_hold(void)
{
	const struct sigaction dfl = { .sa_handler = SIG_DFL };

	lock_sigchld();
	if (sigchld_process != getpid())
		sigchld_users = 0;
	sigchld_process = getpid();
	if (sigchld_users++ == 0)
		sigaction(SIGCHLD, &dfl, &sigchld_host);
	unlock_sigchld();
}

void motp_worker_release(void)
{
	lock_sigchld();
	if (--sigchld_users == 0)
		sigaction(SIGCHLD, &sigchld_host, NULL);
	unlock_sigchld();
}

int motp_worker_start(struct worker *w, unsigned char *bytes, size_t len)
{
	int pair[2], saved;
	sigset_t all, before;
	pid_t host = getpid();

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
		return -1;
	pair[0] = motp_above_standard(pair[0]);
	pair[1] = motp_above_standard(pair[1]);
	if (pair[0] < 0 || pair[1] < 0) {
		saved = errno;
		close(pair[0]);
		close(pair[1]);
		errno = saved;
		return -1;
	}
	motp_late_share();
	motp_worker_hold();
	/* No handler of the host's may run in the child before it is reset there. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	/* fork() of a host with threads: the child has one, and libc has put its own locks right.
	 * It calls nothing of the host's. */
	w->pid = fork();
	if (w->pid == 0) {
		request.bytes = bytes;
		request.len = len;
		worker_main(pair[1], host);
	}
	saved = errno;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	close(pair[1]);
	if (w->pid < 0) {
		close(pair[0]);
		motp_worker_release();
		errno = saved;
		return -1;
	}
	w->socket = pair[0];
	return 0;
}

/* Waits for the end of a child, but not for ever: one that hangs in a disk dies when the disk
 * answers, and is left to the host as a zombie. */
static void reap(pid_t pid, int patience)
{
	int fd = (int)syscall(SYS_pidfd_open, pid, 0);
	struct pollfd p = { .fd = fd, .events = POLLIN };

	if (fd >= 0) {
		int ended;

		while ((ended = poll(&p, 1, patience)) < 0 && errno == EINTR)
			;
		close(fd);
		/* where somebody traces it, who hears of its end first, there is nothing to reap
		 * yet */
		while (waitpid(pid, NULL, WNOHANG) == 0 && ended != 0 && patience-- > 0)
			poll(NULL, 0, 1);
	} else { /* a kernel before 5.3 */
		while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
}

void motp_worker_stop(struct worker *w, bool done)
{
	pid_t r;

	close(w->socket);
	/* 0 says that the child exists and nobody has reaped it, so its number is still its own. A
	 * host that reaps every child by waitpid(-1) may have been faster, which is fine: the
	 * verdict did not come this way. */
	while ((r = waitpid(w->pid, NULL, WNOHANG)) < 0 && errno == EINTR)
		;
	if (r == 0) {
		kill(w->pid, SIGKILL);
		reap(w->pid, done ? END_WAIT : REAP_WAIT);
	}
	motp_worker_release();
}
