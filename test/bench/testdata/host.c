/*
 * A host that logs somebody in and says what it has become: "host service user code" prints a line
 * "stage threads caught-signals descriptors children rss-kilobytes written-kilobytes" at the start
 * and after pam_end. What is written is memory that is this process's alone. As hosts do, it has
 * the system's log open before.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <security/pam_appl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <syslog.h>

static void value(const char *file, const char *key, char *to, size_t size)
{
	char line[256];
	FILE *f = fopen(file, "r");

	snprintf(to, size, "?");
	while (f != NULL && fgets(line, sizeof(line), f) != NULL)
		if (strncmp(line, key, strlen(key)) == 0)
			snprintf(to, size, "%s", strtok(line + strlen(key), " \t\n"));
	if (f != NULL)
		fclose(f);
}

/* Descriptors that are open, but the one that counts them. */
static int descriptors(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int n = -3; /* ".", "..", and dir */

	while (dir != NULL && readdir(dir) != NULL)
		n++;
	if (dir != NULL)
		closedir(dir);
	return n;
}

/* Whether there is a child, alive or not waited for. */
static int children(void)
{
	siginfo_t info;

	return waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0 || errno != ECHILD;
}

static void report(const char *stage)
{
	char threads[32], caught[32], rss[32], written[32];

	value("/proc/self/status", "Threads:", threads, sizeof(threads));
	value("/proc/self/status", "SigCgt:", caught, sizeof(caught));
	value("/proc/self/smaps_rollup", "Rss:", rss, sizeof(rss));
	value("/proc/self/smaps_rollup", "Private_Dirty:", written, sizeof(written));
	printf("%s %s %s %d %d %s %s\n", stage, threads, caught, descriptors(), children(), rss,
	       written);
}

static int converse(int n, const struct pam_message **msg, struct pam_response **resp, void *code)
{
	(void)msg;
	*resp = calloc((size_t)n, sizeof(**resp));
	if (*resp == NULL)
		return PAM_BUF_ERR;
	(*resp)[0].resp = strdup(code);
	return PAM_SUCCESS;
}

int main(int argc, char **argv)
{
	struct pam_conv conv = { converse, NULL };
	pam_handle_t *pamh = NULL;
	int result;

	if (argc != 4)
		return 2;
	conv.appdata_ptr = argv[3];
	openlog("host", LOG_NDELAY, LOG_AUTH);
	report("start"); /* twice: the first time stdio fetches its own memory */
	report("start");
	if (pam_start(argv[1], argv[2], &conv, &pamh) != PAM_SUCCESS)
		return 1;
	result = pam_authenticate(pamh, 0);
	if (pam_end(pamh, result) != PAM_SUCCESS)
		return 1;
	report("end");
	return result == PAM_SUCCESS ? 0 : 1;
}
