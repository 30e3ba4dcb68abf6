// spy is a PAM application that looks into its own memory. What must not be found there is never in
// it in plain: it comes masked, each byte with one bit flipped, and is compared so. It obeys lines
// on stdin and answers each with one.
//
//   login CONFDIR SERVICE USER ANSWER   "RESULT PROMPTS NANOSECONDS"; ANSWER is masked, in hex
//   search NEEDLE                       where the masked needle is found in plain: "none", or the
//                                       names of mappings
//   keep NEEDLE                         keeps it in plain, so that the search can be seen to find
//                                       something
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <security/pam_appl.h>

enum { MASK = 0x80 };

static char prompts[256];
static const char *masked; // the answer
static struct timespec answered;

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static int digit(char c)
{
	return c <= '9' ? c - '0' : c - 'a' + 10;
}

// Turns hex into bytes, in place.
static size_t from_hex(char *hex)
{
	size_t n = strlen(hex) / 2;

	for (size_t i = 0; i < n; i++)
		hex[i] = (char)(digit(hex[2 * i]) << 4 | digit(hex[2 * i + 1]));
	hex[n] = '\0';
	return n;
}

static int converse(int n, const struct pam_message **msg, struct pam_response **resp, void *data)
{
	size_t len = strlen(masked);

	(void)data;
	*resp = calloc((size_t)n, sizeof **resp);
	if (*resp == NULL)
		return PAM_BUF_ERR;
	for (int i = 0; i < n; i++) {
		size_t used = strlen(prompts);

		snprintf(prompts + used, sizeof prompts - used, "%d[%s]",
			msg[i]->msg_style, msg[i]->msg);
		(*resp)[i].resp = malloc(len + 1);
		if ((*resp)[i].resp == NULL)
			return PAM_BUF_ERR;
		for (size_t k = 0; k < len; k++)
			(*resp)[i].resp[k] = (char)(masked[k] ^ MASK);
		(*resp)[i].resp[len] = '\0';
	}
	clock_gettime(CLOCK_MONOTONIC, &answered);
	return PAM_SUCCESS;
}

static void login(const char *confdir, const char *service, const char *user, char *answer)
{
	static const struct pam_conv conv = { converse, NULL };
	struct timespec done;
	pam_handle_t *h = NULL;
	int code;

	from_hex(answer);
	masked = answer;
	prompts[0] = '\0';
	code = pam_start_confdir(service, user, &conv, confdir, &h);
	if (code == PAM_SUCCESS)
		code = pam_authenticate(h, 0);
	clock_gettime(CLOCK_MONOTONIC, &done);
	if (h != NULL)
		pam_end(h, code);
	printf("%d %s %ld\n", code, prompts[0] != '\0' ? prompts : "-",
	       (done.tv_sec - answered.tv_sec) * 1000000000L + done.tv_nsec - answered.tv_nsec);
}

// Reports whether the needle is in a mapping. It is read piece by piece into a buffer, whose own
// mapping is not looked at.
static int holds(int mem, unsigned long from, unsigned long to, const char *needle, size_t n,
char *piece, size_t size)
{
	for (unsigned long at = from; at < to; at += size - n) {
		ssize_t got = pread(mem, piece, at + size < to ? size : to - at, (off_t)at);

		for (ssize_t i = 0; i + (ssize_t)n <= got; i++) {
			size_t same = 0;

			while (same < n && piece[i + (ssize_t)same] == (char)(needle[same] ^ MASK))
				same++;
			if (same == n)
				return 1;
		}
		if (got <= 0)
			return 0;
	}
	return 0;
}

static void search(char *needle)
{
	enum { SIZE = 1 << 20, LINE = 512 };
	static char piece[SIZE];
	size_t n = from_hex(needle);
	FILE *maps = fopen("/proc/self/maps", "re");
	int mem = open("/proc/self/mem", O_RDONLY | O_CLOEXEC), found = 0;
	char line[LINE];

	if (maps == NULL || mem < 0 || n < 4)
		fail("search");
	while (fgets(line, sizeof line, maps) != NULL) {
		unsigned long from, to, own = (unsigned long)piece;
		char mode[8], name[LINE] = "anonymous";

		if (sscanf(line, "%lx-%lx %7s %*s %*s %*s %511s", &from, &to, mode, name) < 3 ||
		    mode[0] != 'r' || strcmp(name, "[vvar]") == 0)
			continue;
		if (own >= from && own < to) { // around the buffer
			if (holds(mem, from, own, needle, n, piece, SIZE) ||
			    holds(mem, own + SIZE, to, needle, n, piece, SIZE))
				found += printf("%s ", name);
		} else if (holds(mem, from, to, needle, n, piece, SIZE)) {
			found += printf("%s ", name);
		}
	}
	explicit_bzero(piece, sizeof piece);
	fclose(maps);
	close(mem);
	puts(found > 0 ? "" : "none");
}

static void keep(char *needle)
{
	static char *kept;
	size_t n = from_hex(needle);

	kept = malloc(n);
	if (kept == NULL)
		fail("keep");
	for (size_t i = 0; i < n; i++)
		((volatile char *)kept)[i] = (char)(needle[i] ^ MASK);
	puts("kept");
}

int main(void)
{
	char *line = NULL;
	size_t size = 0;

	while (getline(&line, &size, stdin) > 0) {
		char *word[5] = { "", "", "", "", "" };
		int n = 0;

		line[strcspn(line, "\n")] = '\0';
		for (char *w = strtok(line, " "); w != NULL && n < 5; w = strtok(NULL, " "))
			word[n++] = w;
		if (strcmp(word[0], "login") == 0)
			login(word[1], word[2], word[3], word[4]);
		else if (strcmp(word[0], "search") == 0)
			search(word[1]);
		else if (strcmp(word[0], "keep") == 0)
			keep(word[1]);
		else
			fail(word[0]);
		if (fflush(stdout) != 0)
			fail("stdout");
	}
	free(line);
	return 0;
}
