/*
 * Runs logins and measures them: for each line "service user code" on its input it runs pamtester
 * with the code on its input, and answers with a line "exit-status wall-nanoseconds
 * cpu-microseconds max-rss-kilobytes", the last two of pamtester and the children it waited for. In
 * C since it must be small: the kernel counts the memory of whoever starts a program as that
 * program's, and a large one takes longer to fork.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static long long now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static long long microseconds(struct timeval t)
{
	return t.tv_sec * 1000000LL + t.tv_usec;
}

static int login(const char *program, char *service, char *user, const char *code)
{
	char operation[] = "authenticate", name[] = "pamtester";
	char *argv[] = { name, service, user, operation, NULL }, *envp[] = { NULL };
	posix_spawn_file_actions_t files;
	struct rusage used;
	int in[2], status;
	long long start, end;
	pid_t pid;

	if (pipe2(in, O_CLOEXEC) != 0 || dprintf(in[1], "%s\n", code) < 0 || close(in[1]) != 0)
		return -1;
	if (posix_spawn_file_actions_init(&files) != 0 ||
	    posix_spawn_file_actions_adddup2(&files, in[0], 0) != 0 ||
	    posix_spawn_file_actions_addopen(&files, 1, "/dev/null", O_WRONLY, 0) != 0 ||
	    posix_spawn_file_actions_adddup2(&files, 1, 2) != 0)
		return -1;
	start = now();
	if (posix_spawn(&pid, program, &files, NULL, argv, envp) != 0 ||
	    wait4(pid, &status, 0, &used) != pid)
		return -1;
	end = now();
	close(in[0]);
	posix_spawn_file_actions_destroy(&files);
	printf("%d %lld %lld %ld\n", WIFEXITED(status) ? WEXITSTATUS(status) : 255, end - start,
		microseconds(used.ru_utime) + microseconds(used.ru_stime), used.ru_maxrss);
	return fflush(stdout);
}

int main(int argc, char **argv)
{
	char line[1024], service[256], user[256], code[256];

	while (argc == 2 && fgets(line, sizeof(line), stdin) != NULL)
		if (sscanf(line, "%255s %255s %255s", service, user, code) != 3 ||
		    login(argv[1], service, user, code) != 0)
			return 1;
	return argc == 2 ? 0 : 2;
}
