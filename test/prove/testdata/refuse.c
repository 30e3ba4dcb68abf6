// refuse runs a program to which the kernel refuses, for good, to make processes or threads: refuse
// processes|threads PROGRAM...
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <linux/filter.h>
#include <linux/seccomp.h>

#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define RETURN(value) BPF_STMT(BPF_RET | BPF_K, (value))
#define REFUSE(error) RETURN(SECCOMP_RET_ERRNO | ((error) & SECCOMP_RET_DATA))
#define IF_NOT(value, skip) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (value), 0, (skip))

int main(int argc, char **argv)
{
	struct sock_filter processes[] = {
		LOAD(nr), IF_NOT(SYS_clone, 1), REFUSE(EPERM), IF_NOT(SYS_clone3, 1), REFUSE(EPERM),
#ifdef SYS_fork
		IF_NOT(SYS_fork, 1), REFUSE(EPERM), IF_NOT(SYS_vfork, 1), REFUSE(EPERM),
#endif
		RETURN(SECCOMP_RET_ALLOW),
	};
	// The flags of clone3 are in memory, where a filter cannot look; libc then takes clone.
	struct sock_filter threads[] = {
		LOAD(nr), IF_NOT(SYS_clone3, 1), REFUSE(ENOSYS), IF_NOT(SYS_clone, 3),
		LOAD(args[0]), BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, CLONE_THREAD, 0, 1),
		REFUSE(EPERM),
		RETURN(SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { sizeof processes / sizeof *processes, processes };

	if (argc < 3)
		return 2;
	if (strcmp(argv[1], "threads") == 0)
		program = (struct sock_fprog){ sizeof threads / sizeof *threads, threads };
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0) {
		perror("refuse: seccomp");
		return 1;
	}
	execvp(argv[2], argv + 2);
	perror("refuse: exec");
	return 1;
}
