// host is a PAM application that does what it is told on stdin, one command a
// line, and answers "ok NUMBER..." on stdout. In between it says "prompt STYLE
// HEX" for each message of the conversation and reads the reply to it. Text is
// in hex both ways, so that every byte can be sent.
//
// It is C, since the tests look at what a module leaves behind in a process:
// threads, signals, descriptors and children, of which a Go program has its own.
#define _GNU_SOURCE
#include "process.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>
#include <security/pam_appl.h>

static pam_handle_t *pamh;
static unsigned fail_delay;

static void say(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vprintf(format, ap);
	va_end(ap);
	putchar('\n');
	if (fflush(stdout) != 0)
		die("stdout");
}

static char *read_line(void)
{
	char *line = NULL;
	size_t size = 0;
	ssize_t n = getline(&line, &size, stdin);

	if (n <= 0)
		_exit(0); // the test is done with this host
	if (line[n - 1] == '\n')
		line[n - 1] = '\0';
	return line;
}

static int digit(char c)
{
	return c <= '9' ? c - '0' : c - 'a' + 10;
}

static char *from_hex(const char *hex)
{
	size_t n = strlen(hex) / 2;
	char *text = malloc(n + 1);

	if (text == NULL)
		die("malloc");
	for (size_t i = 0; i < n; i++)
		text[i] = (char)(digit(hex[2 * i]) << 4 | digit(hex[2 * i + 1]));
	text[n] = '\0';
	return text;
}

static char *to_hex(const char *text)
{
	size_t n = strlen(text);
	char *hex = malloc(2 * n + 1);

	if (hex == NULL)
		die("malloc");
	for (size_t i = 0; i < n; i++)
		sprintf(hex + 2 * i, "%02x", (unsigned char)text[i]);
	hex[2 * n] = '\0';
	return hex;
}

// converse asks the test for each answer.
static int converse(int n, const struct pam_message **msg, struct pam_response **resp, void *data)
{
	struct pam_response *answers = calloc((size_t)n, sizeof *answers);
	int code = PAM_SUCCESS;

	(void)data;
	if (answers == NULL)
		return PAM_BUF_ERR;
	for (int i = 0; i < n && code == PAM_SUCCESS; i++) {
		char *hex = to_hex(msg[i]->msg != NULL ? msg[i]->msg : "");
		say("prompt %d %s", msg[i]->msg_style, hex);
		free(hex);

		char *line = read_line();
		if (strncmp(line, "answer ", 7) == 0) {
			answers[i].resp = from_hex(line + 7);
		} else if (strncmp(line, "fail ", 5) == 0) {
			code = atoi(line + 5);
		} else if (strcmp(line, "null") == 0) {
			// Success without answers: against the contract, and seen in real hosts.
			free(answers);
			free(line);
			*resp = NULL;
			return PAM_SUCCESS;
		} else if (strcmp(line, "nullresp") != 0) {
			die(line);
		}
		free(line);
	}
	if (code != PAM_SUCCESS) {
		for (int i = 0; i < n; i++)
			free(answers[i].resp);
		free(answers);
		return code;
	}
	*resp = answers;
	return PAM_SUCCESS;
}

static void note_delay(int code, unsigned usec, void *data)
{
	(void)code;
	(void)data;
	fail_delay = usec;
}

static int start(const char *confdir, const char *service, const char *user,
	const struct pam_conv *conv, pam_handle_t **h)
{
	union {
		void (*call)(int, unsigned, void *);
		const void *item;
	} delay = { .call = note_delay };
	int code = pam_start_confdir(service, user, conv, confdir, h);

	// With this item libpam reports the delay instead of sleeping it.
	if (code == PAM_SUCCESS)
		code = pam_set_item(*h, PAM_FAIL_DELAY, delay.item);
	return code;
}

// A login that needs nobody to talk to, for many at once.
struct login {
	const char *confdir, *service;
	char *user, *code;
	int result;
};

static int converse_alone(int n, const struct pam_message **msg,
	struct pam_response **resp, void *data)
{
	struct login *l = data;

	*resp = calloc((size_t)n, sizeof **resp);
	if (*resp == NULL)
		return PAM_BUF_ERR;
	for (int i = 0; i < n; i++)
		if (msg[i]->msg_style == PAM_PROMPT_ECHO_OFF)
			(*resp)[i].resp = strdup(l->code);
	return PAM_SUCCESS;
}

static void *login_alone(void *data)
{
	struct login *l = data;
	struct pam_conv conv = { converse_alone, l };
	pam_handle_t *h = NULL;

	l->result = start(l->confdir, l->service, l->user, &conv, &h);
	if (l->result == PAM_SUCCESS)
		l->result = pam_authenticate(h, 0);
	if (h != NULL)
		pam_end(h, l->result);
	return NULL;
}

static void parallel(const char *confdir, const char *service, int n)
{
	struct login logins[n];
	pthread_t threads[n];

	for (int i = 0; i < n; i++) {
		char *line = read_line();
		char *space = strchr(line, ' ');
		if (space == NULL)
			die("no code");
		*space = '\0';
		logins[i] = (struct login){ confdir, service, from_hex(line),
			from_hex(space + 1), -1 };
		free(line);
	}
	for (int i = 0; i < n; i++)
		if ((errno = pthread_create(&threads[i], NULL, login_alone, &logins[i])) != 0)
			die("pthread_create");
	for (int i = 0; i < n; i++)
		pthread_join(threads[i], NULL);
	printf("ok");
	for (int i = 0; i < n; i++) {
		printf(" %d", logins[i].result);
		free(logins[i].user);
		free(logins[i].code);
	}
	say("");
}

/* What is done to the process, for the module to find. Returns whether c is one of these. */
static bool prepare(const char *c, char **word)
{
	int arg = atoi(word[1]);

	if (strcmp(c, "busy") == 0)
		be_busy(arg);
	else if (strcmp(c, "reaper") == 0)
		reap_everything();
	else if (strcmp(c, "sigchld") == 0)
		set_sigchld(word[1]);
	else if (strcmp(c, "block") == 0)
		block_signals();
	else if (strcmp(c, "limit") == 0)
		limit(word[1], strtoul(word[2], NULL, 10));
	else if (strcmp(c, "setuid") == 0)
		become_setuid((uid_t)arg);
	else if (strcmp(c, "plain") == 0)
		become_plain((uid_t)arg);
	else
		return false;
	say("ok 0");
	return true;
}

static void obey(char *line)
{
	static const struct pam_conv conv = { converse, NULL };
	char *word[4] = { "", "", "", "" };
	int n = 0;

	for (char *w = strtok(line, " "); w != NULL && n < 4; w = strtok(NULL, " "))
		word[n++] = w;
	const char *c = word[0];
	int arg = atoi(word[1]);

	if (strcmp(c, "start") == 0) {
		// "x" and hex, so that it may be empty
		char *user = n > 3 ? from_hex(word[3] + 1) : NULL;
		say("ok %d", start(word[1], word[2], user, &conv, &pamh));
		free(user);
	} else if (strcmp(c, "item") == 0) {
		char *value = from_hex(word[2]);
		say("ok %d", pam_set_item(pamh, arg, value));
		free(value);
	} else if (strcmp(c, "auth") == 0) {
		fail_delay = 0;
		say("ok %d", pam_authenticate(pamh, arg));
	} else if (strcmp(c, "change") == 0) {
		fail_delay = 0;
		say("ok %d", pam_chauthtok(pamh, arg));
	} else if (strcmp(c, "setcred") == 0) {
		say("ok %d", pam_setcred(pamh, arg));
	} else if (strcmp(c, "delay") == 0) {
		say("ok %u", fail_delay);
	} else if (strcmp(c, "end") == 0) {
		say("ok %d", pam_end(pamh, PAM_SUCCESS));
		pamh = NULL;
	} else if (strcmp(c, "fork") == 0) {
		fork_here();
		say("ok %d", (int)getpid());
	} else if (strcmp(c, "parallel") == 0) {
		parallel(word[1], word[2], atoi(word[3]));
	} else if (strcmp(c, "sigchld?") == 0) {
		say("ok %d %d", sigchld_unchanged(), sigchld_calls());
	} else if (strcmp(c, "open") == 0) {
		say("ok %d", open(word[1], O_RDONLY)); // without O_CLOEXEC, on purpose
	} else if (strcmp(c, "child") == 0) {
		say("ok %d", own_child());
	} else if (strcmp(c, "wait") == 0) {
		say("ok %d", wait_for(arg));
	} else if (!prepare(c, word)) {
		die(c);
	}
}

int main(void)
{
	// What a parallel test happened to have open when this one was started is not looked at.
	if (close_range(3, ~0u, 0) != 0)
		die("close_range");
	// The connection to the log is the host's, and there before anything is counted.
	openlog("host", LOG_NDELAY, LOG_AUTH);
	set_sigchld("default");
	for (;;) {
		char *line = read_line();
		obey(line);
		free(line);
	}
}
