// storm UID SOCKET SILENT LOOPS is what a user does who wants motpd for himself: so many
// connections that say nothing, and so many processes that connect and leave, in a loop. It says
// "ready" when all have begun, and ends, with its processes, when its standard input does.
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static struct sockaddr_un address = { .sun_family = AF_UNIX };

// attempt connects without waiting for a place in the queue.
static int attempt(void)
{
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return -1;
	if (connect(fd, (const struct sockaddr *)&address, sizeof address) == 0)
		return fd;
	close(fd);
	return -1;
}

// stay keeps so many connections, and makes those anew that motpd has ended.
static void stay(int n)
{
	struct pollfd *fds = calloc((size_t)n, sizeof *fds);

	if (fds == NULL)
		exit(1);
	for (int i = 0; i < n; i++)
		fds[i].fd = -1;
	for (;;) {
		for (int i = 0; i < n; i++) {
			char byte[4096];
			if (fds[i].fd >= 0 && recv(fds[i].fd, byte, sizeof byte, 0) == 0) {
				close(fds[i].fd);
				fds[i].fd = -1;
			}
			if (fds[i].fd < 0)
				fds[i].fd = attempt();
			fds[i].events = POLLIN;
		}
		poll(fds, (nfds_t)n, 10);
	}
}

static void come_and_go(void)
{
	for (;;) {
		int fd = attempt();
		if (fd >= 0)
			close(fd);
	}
}

static void in_a_child(void (*what)(int), int n)
{
	pid_t parent = getpid(), pid = fork();

	if (pid < 0)
		exit(1);
	if (pid > 0)
		return;
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent)
		_exit(1);
	close(STDIN_FILENO);
	if (what != NULL)
		what(n);
	come_and_go();
}

int main(int argc, char **argv)
{
	struct rlimit files = { 4096, 4096 };
	char byte;

	if (argc < 5 || strlen(argv[2]) >= sizeof address.sun_path)
		return 2;
	strcpy(address.sun_path, argv[2]);
	if (setrlimit(RLIMIT_NOFILE, &files) != 0 || setgid((gid_t)atoi(argv[1])) != 0 ||
		setuid((uid_t)atoi(argv[1])) != 0)
		return 1;
	in_a_child(stay, atoi(argv[3]));
	for (int i = 0; i < atoi(argv[4]); i++)
		in_a_child(NULL, 0);
	puts("ready");
	fflush(stdout);
	return read(STDIN_FILENO, &byte, 1) == 0 ? 0 : 1;
}
