/*
 * Does for motpd what systemd does: holds its two sockets, descriptors 3 and 4, and starts it when
 * somebody connects. "activate program" reads lines: behind "arm" it waits for a connection, and
 * says which process it has started; behind "end" it ends that, and says its status.
 */
#define _GNU_SOURCE
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static pid_t start(char *program)
{
	pid_t parent = getpid(), pid = fork();
	char own[32], sockets[] = "LISTEN_FDS=2";
	char *argv[] = { program, NULL }, *envp[] = { own, sockets, NULL };

	if (pid != 0)
		return pid;
	snprintf(own, sizeof(own), "LISTEN_PID=%d", getpid());
	if (prctl(PR_SET_PDEATHSIG, SIGTERM) == 0 && getppid() == parent && dup2(2, 1) == 1)
		execve(program, argv, envp);
	_exit(127);
}

/* Waits for a connection. Returns false if whoever started this program has gone. */
static int connection(void)
{
	struct pollfd p[] = { { .fd = 3, .events = POLLIN },
			      { .fd = 4, .events = POLLIN },
			      { .fd = 0, .events = POLLIN } };

	return poll(p, 3, -1) > 0 && (p[0].revents | p[1].revents) != 0;
}

static int end(pid_t pid)
{
	int status;

	if (kill(pid, SIGTERM) != 0 || waitpid(pid, &status, 0) != pid)
		return 255;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 255;
}

int main(int argc, char **argv)
{
	char line[32];
	pid_t pid = -1;

	while (argc == 2 && fgets(line, sizeof(line), stdin) != NULL) {
		if (strcmp(line, "arm\n") == 0) {
			if (!connection())
				return 0;
			if ((pid = start(argv[1])) < 0)
				return 1;
			printf("%d\n", pid);
		} else if (strcmp(line, "end\n") == 0) {
			printf("%d\n", end(pid));
			pid = -1;
		}
		fflush(stdout);
	}
	if (pid > 0)
		end(pid);
	return argc == 2 ? 0 : 2;
}
