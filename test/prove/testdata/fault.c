// fault makes one system call of a login go wrong. It watches a PAM application that is about to
// authenticate somebody, as a debugger does, counts the calls that it or its worker makes, and
// kills the process before one of them or has one fail.
//
//   fault [old] WHO PID list                   prints the calls' names
//   fault [old] WHO PID kill NAME N            SIGKILL instead of the Nth call of this name
//   fault [old] WHO PID fail NAME N ERRNO      that call is not made and fails
//   fault [old] WHO PID every NAME ERRNO       all calls of this name fail
//
// With "old" as the first argument of all, the file system of the process is one without nameless
// files: O_TMPFILE fails, beside the rest.
//
// WHO is "host" for process PID alone, "worker" for its children and their threads, counted
// together, or "motpd" for process PID with all its threads. It prints "ready" when it watches, and
// "hit NAME" for what it did; it is ended by killing it, which sets the processes free.
//
// strace can do this too, but counts for each thread of host and worker by itself, so that one
// number means several calls.
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <elf.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>
#include <linux/ptrace.h>

static const struct {
	long long number;
	const char *name;
	int counts; // 0: goes on between two threads, at random, or cannot fail
} calls[] = {
#define CALL(name) { SYS_##name, #name, 1 }
#define NOISE(name) { SYS_##name, #name, 0 }
	CALL(openat), CALL(openat2), CALL(read), CALL(write), CALL(pread64), CALL(pwrite64),
	CALL(fdatasync), CALL(fsync), CALL(flock), CALL(linkat), CALL(renameat2),
	CALL(unlinkat), CALL(fstat), CALL(newfstatat), CALL(fcntl), CALL(close), CALL(lseek),
	CALL(getdents64), CALL(mmap), CALL(munmap), CALL(mprotect),
	CALL(madvise), CALL(brk), CALL(clone), CALL(clone3), CALL(socketpair), CALL(socket),
	CALL(connect), CALL(sendto), CALL(sendmsg), CALL(recvfrom),
	CALL(recvmsg), CALL(ppoll), CALL(wait4), CALL(kill), CALL(setresuid), CALL(prctl),
	CALL(prlimit64), CALL(dup3), CALL(close_range),
	CALL(umask), CALL(getppid), CALL(geteuid), CALL(rt_sigaction), CALL(rt_sigprocmask),
	CALL(sigaltstack), CALL(sched_setaffinity),
	CALL(sched_getaffinity), CALL(set_robust_list), CALL(rseq), CALL(uname), CALL(getrandom),
	CALL(readlinkat), CALL(faccessat), CALL(ioctl), CALL(accept4), CALL(getsockopt),
	CALL(setsockopt), CALL(shutdown), CALL(writev), CALL(sched_setattr),
	CALL(exit_group), CALL(eventfd2), CALL(epoll_create1), CALL(epoll_ctl), CALL(pipe2),
#ifdef SYS_open
	CALL(open), CALL(stat), CALL(access), CALL(poll), CALL(fork), CALL(vfork), CALL(dup2),
	CALL(readlink), CALL(link), CALL(unlink), CALL(mkdir), CALL(arch_prctl),
#endif
	NOISE(futex), NOISE(nanosleep), NOISE(clock_nanosleep), NOISE(sched_yield),
	NOISE(rt_sigreturn), NOISE(restart_syscall), NOISE(getpid), NOISE(gettid),
	NOISE(tgkill), NOISE(epoll_pwait), NOISE(clock_gettime), NOISE(exit), NOISE(getuid),
};

static pid_t host;
static int watch_host, watch_motpd, old;
static const char *what;
static long nth, count; // nth is 0 for every
static const char *name_wanted;
static int error;
static struct {
	pid_t tid; // 0 for a free place
	int error;
} failing[64]; // threads whose call is not made
static struct {
	pid_t tid;
	int shown;
} resident[256]; // motpd's threads from before, and whether they have shown a call

static void die(const char *why)
{
	fprintf(stderr, "fault: %s: %s\n", why, strerror(errno));
	exit(1);
}

static const char *look_up(long long number, int *counts)
{
	for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
		if (calls[i].number == number) {
			*counts = calls[i].counts;
			return calls[i].name;
		}
	static char text[32];
	snprintf(text, sizeof text, "call-%lld", number);
	*counts = 1;
	return text;
}

// skip_call has the kernel make no call; give_result says what the caller gets for it.
#if defined __x86_64__
static void with_registers(pid_t tid, int skip, long result)
{
	struct user_regs_struct r;

	if (ptrace(PTRACE_GETREGS, tid, 0, &r) != 0)
		return; // it was killed
	if (skip)
		r.orig_rax = (unsigned long long)-1;
	else
		r.rax = (unsigned long long)result;
	ptrace(PTRACE_SETREGS, tid, 0, &r);
}
#elif defined __aarch64__
static void with_registers(pid_t tid, int skip, long result)
{
	struct user_regs_struct r;
	int none = -1;
	struct iovec number = { &none, sizeof none }, all = { &r, sizeof r };

	if (skip) {
		ptrace(PTRACE_SETREGSET, tid, NT_ARM_SYSTEM_CALL, &number);
		return;
	}
	if (ptrace(PTRACE_GETREGSET, tid, NT_PRSTATUS, &all) != 0)
		return;
	r.regs[0] = (unsigned long long)result;
	ptrace(PTRACE_SETREGSET, tid, NT_PRSTATUS, &all);
}
#else
#error "no way to change a system call on this processor"
#endif

// of_harness: the program that plays the host talks with the prover on descriptors 0 and 1. That is
// no part of a login.
static int of_harness(const struct ptrace_syscall_info *info)
{
	return watch_host && ((info->entry.nr == SYS_read && info->entry.args[0] == 0) ||
		(info->entry.nr == SYS_write && info->entry.args[0] == 1));
}

// of_before: a thread that was woken to be watched makes the call again in which it waits.
static int of_before(pid_t tid)
{
	for (size_t i = 0; i < sizeof resident / sizeof *resident; i++)
		if (resident[i].tid == tid)
			return !resident[i].shown++;
	return 0;
}

static void fail_call(pid_t tid, int with, int made_anyway)
{
	for (size_t i = 0; i < sizeof failing / sizeof *failing; i++)
		if (failing[i].tid == 0) {
			failing[i].tid = tid;
			failing[i].error = with;
			if (!made_anyway)
				with_registers(tid, 1, 0);
			return;
		}
}

static void entered(pid_t tid, const struct ptrace_syscall_info *info)
{
	int counts;
	const char *name = look_up((long long)info->entry.nr, &counts);

	if (of_harness(info) || of_before(tid) || !counts)
		return;
	if (old && info->entry.nr == SYS_openat && (info->entry.args[2] & O_TMPFILE) == O_TMPFILE)
		fail_call(tid, EOPNOTSUPP, 0);
	if (strcmp(what, "list") == 0) {
		printf("%s\n", name);
		return;
	}
	if (strcmp(name, name_wanted) != 0 || (++count != nth && nth != 0))
		return;
	if (strcmp(what, "kill") == 0)
		kill(tid, SIGKILL); // a thread's process, all of it: there may be several workers
	printf("hit %s\n", name); // when it is done: this program may be ended at any time
	if (strcmp(what, "kill") == 0)
		return;
	// close() closes, whatever it says.
	fail_call(tid, error, info->entry.nr == SYS_close);
}

static void left(pid_t tid)
{
	for (size_t i = 0; i < sizeof failing / sizeof *failing; i++)
		if (failing[i].tid == tid) {
			failing[i].tid = 0;
			with_registers(tid, 0, -failing[i].error);
		}
}

static void stopped(pid_t tid, int status)
{
	int event = status >> 16, sig = WSTOPSIG(status);
	struct ptrace_syscall_info info;

	if (sig == (SIGTRAP | 0x80)) {
		if (ptrace(PTRACE_GET_SYSCALL_INFO, tid, sizeof info, &info) > 0) {
			if (info.op == PTRACE_SYSCALL_INFO_ENTRY)
				entered(tid, &info);
			else if (info.op == PTRACE_SYSCALL_INFO_EXIT)
				left(tid);
		}
		sig = 0;
	} else if (event != 0) {
		sig = 0;
	}
	// A host whose worker is watched runs free between its forks.
	ptrace(tid == host && !watch_host && !watch_motpd ? PTRACE_CONT : PTRACE_SYSCALL, tid, 0,
		(long)sig);
}

// wake has a thread that sleeps in a call show its calls from there on.
static void wake(pid_t tid)
{
	int status;

	if (ptrace(PTRACE_INTERRUPT, tid, 0, 0) != 0)
		die("interrupt");
	if (waitpid(tid, &status, __WALL) != tid || !WIFSTOPPED(status))
		die("stop");
	ptrace(PTRACE_SYSCALL, tid, 0, 0);
}

// seize_threads watches all threads of a process. One that begins meanwhile is watched already if
// its parent is, and else found the next time.
static void seize_threads(pid_t pid, long options)
{
	char path[64];
	size_t n = 0;

	snprintf(path, sizeof path, "/proc/%d/task", pid);
	for (int found = 1; found;) {
		DIR *tasks = opendir(path);
		struct dirent *d;

		if (tasks == NULL)
			die(path);
		found = 0;
		while ((d = readdir(tasks)) != NULL) {
			pid_t tid = atoi(d->d_name);
			if (tid == 0 || ptrace(PTRACE_SEIZE, tid, 0, options) != 0)
				continue;
			if (n == sizeof resident / sizeof *resident)
				die("too many threads");
			resident[n++].tid = tid;
			found = 1;
		}
		closedir(tasks);
	}
	if (n == 0)
		die("seize");
	for (size_t i = 0; i < n; i++)
		wake(resident[i].tid);
}

int main(int argc, char **argv)
{
	long options = PTRACE_O_TRACESYSGOOD;
	int status;
	pid_t tid;

	old = argc > 1 && strcmp(argv[1], "old") == 0;
	argc -= old;
	argv += old;
	if (argc < 4)
		return 2;
	watch_host = strcmp(argv[1], "host") == 0;
	watch_motpd = strcmp(argv[1], "motpd") == 0;
	host = atoi(argv[2]);
	what = argv[3];
	if (strcmp(what, "list") != 0 && argc < 6)
		return 2;
	if (argc > 4)
		name_wanted = argv[4];
	if (strcmp(what, "kill") == 0 || strcmp(what, "fail") == 0)
		nth = atol(argv[5]);
	if (strcmp(what, "kill") != 0)
		error = atoi(argv[argc - 1]);
	setvbuf(stdout, NULL, _IOLBF, 0);

	if (!watch_host)
		options |= PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE;
	if (watch_motpd)
		seize_threads(host, options);
	else if (ptrace(PTRACE_SEIZE, host, 0, options) != 0)
		die("seize");
	if (watch_host)
		wake(host); // it sleeps in read(0)
	puts("ready");
	while ((tid = waitpid(-1, &status, __WALL)) > 0) {
		if (WIFSTOPPED(status))
			stopped(tid, status);
	}
	return 0;
}
