// room DIR PROGRAM [ARGUMENT]... runs a program that finds a site in DIR where motpd's one site is:
// DIR/motp.conf as /etc/security/motp.conf, DIR/state as /var/lib/motp, DIR/run as /run/motp. All
// else is as outside. So many machines, as far as motpd and its hosts can see, are one.
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

static void die(const char *why)
{
	fprintf(stderr, "room: %s: %s\n", why, strerror(errno));
	exit(1);
}

static void show(const char *dir, const char *name, const char *at)
{
	char path[4096];

	snprintf(path, sizeof path, "%s/%s", dir, name);
	if (mount(path, at, NULL, MS_BIND, NULL) != 0)
		die(at);
}

int main(int argc, char **argv)
{
	if (argc < 3)
		return 2;
	if (unshare(CLONE_NEWNS) != 0)
		die("unshare");
	show(argv[1], "state", "/var/lib/motp");
	show(argv[1], "run", "/run/motp");
	show(argv[1], "", "/etc/security");
	execv(argv[2], argv + 2);
	die(argv[2]);
}
