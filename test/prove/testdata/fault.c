// fault makes one system call of a login go wrong. It watches a PAM application that is about to
// authenticate somebody, as a debugger does, counts the calls that it or its worker makes, and
// kills the process before one of them or has one fail.
//
//   fault [old] host|worker PID list                   prints the calls' names
//   fault [old] host|worker PID kill NAME N            SIGKILL instead of the Nth call of this name
//   fault [old] host|worker PID fail NAME N ERRNO      that call is not made and fails
//   fault [old] host|worker PID every NAME ERRNO       all calls of this name fail
//
// With "old" as the first argument of all, the file system of the process is one without nameless
// files: O_TMPFILE fails, beside the rest.
//
// "host" is process PID alone, "worker" are its children and their threads, counted together. It
// prints "ready" when it watches, and "hit NAME" for what it did; it is ended by killing it, which
// sets the processes free.
//
// strace can do this too, but counts for each thread of host and worker by itself, so that one
// number means several calls.
#define _GNU_SOURCE
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
	CALL(readlinkat), CALL(faccessat), CALL(ioctl),
	CALL(exit_group), CALL(eventfd2), CALL(epoll_create1), CALL(epoll_ctl), CALL(pipe2),
#ifdef SYS_open
	CALL(open), CALL(stat), CALL(access), CALL(poll), CALL(fork), CALL(vfork), CALL(dup2),
	CALL(readlink), CALL(link), CALL(unlink), CALL(mkdir), CALL(arch_prctl),
#endif
	NOISE(futex), NOISE(nanosleep), NOISE(clock_nanosleep), NOISE(sched_yield),
	NOISE(rt_sigreturn), NOISE(restart_syscall), NOISE(getpid), NOISE(gettid),
	NOISE(tgkill), NOISE(epoll_pwait), NOISE(clock_gettime), NOISE(exit), NOISE(getuid),
};

static pid_t host, worker;
static int watch_host, old;
static const char *what;
static long nth, count; // nth is 0 for every
static const char *name_wanted;
static int error;
static struct {
	pid_t tid; // 0 for a free place
	int error;
} failing[64]; // threads whose call is not made

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
static int of_harness(pid_t tid, const struct ptrace_syscall_info *info)
{
	return tid == host && ((info->entry.nr == SYS_read && info->entry.args[0] == 0) ||
		(info->entry.nr == SYS_write && info->entry.args[0] == 1));
}

static void fail_call(pid_t tid, int with)
{
	for (size_t i = 0; i < sizeof failing / sizeof *failing; i++)
		if (failing[i].tid == 0) {
			failing[i].tid = tid;
			failing[i].error = with;
			with_registers(tid, 1, 0);
			return;
		}
}

static void entered(pid_t tid, const struct ptrace_syscall_info *info)
{
	int counts;
	const char *name = look_up((long long)info->entry.nr, &counts);

	if (of_harness(tid, info) || !counts)
		return;
	if (old && info->entry.nr == SYS_openat && (info->entry.args[2] & O_TMPFILE) == O_TMPFILE)
		fail_call(tid, EOPNOTSUPP);
	if (strcmp(what, "list") == 0) {
		printf("%s\n", name);
		return;
	}
	if (strcmp(name, name_wanted) != 0 || (++count != nth && nth != 0))
		return;
	printf("hit %s\n", name);
	if (strcmp(what, "kill") == 0) {
		kill(tid == host ? host : worker, SIGKILL);
		return;
	}
	fail_call(tid, error);
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
	ptrace(tid == host && !watch_host ? PTRACE_CONT : PTRACE_SYSCALL, tid, 0, (long)sig);
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
	if (ptrace(PTRACE_SEIZE, host, 0, options) != 0)
		die("seize");
	// The host sleeps in read(0). Woken once, it shows its calls from there on.
	if (watch_host && ptrace(PTRACE_INTERRUPT, host, 0, 0) != 0)
		die("interrupt");
	if (watch_host) {
		if (waitpid(host, &status, __WALL) != host || !WIFSTOPPED(status))
			die("stop");
		ptrace(PTRACE_SYSCALL, host, 0, 0);
	}
	puts("ready");
	while ((tid = waitpid(-1, &status, __WALL)) > 0) {
		if (worker == 0 && tid != host)
			worker = tid; // the first is the process itself
		if (WIFSTOPPED(status))
			stopped(tid, status);
	}
	return 0;
}
