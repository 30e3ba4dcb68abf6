/*
 * host MODULE USER RHOST TTY AUTHTOK ANSWERS ANSWER... OPTION...: loads a module, has it judge one
 * login, and prints what came of it. "-" is an item that is not set; ANSWERS is how many follow.
 */
#include "handle.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef int entry(pam_handle_t *pamh, int flags, int argc, const char **argv);

static int person(int n, const struct pam_message **msgs, struct pam_response **resp, void *data)
{
	pam_handle_t *pamh = data;

	(void)n;
	printf("asked: %s\n", msgs[0]->msg);
	if (*pamh->answers == NULL)
		return PAM_CONV_ERR;
	*resp = calloc(1, sizeof(**resp));
	if (*resp == NULL)
		return PAM_BUF_ERR;
	(*resp)->resp = strdup(*pamh->answers++);
	return PAM_SUCCESS;
}

static const char *item(const char *s)
{
	return strcmp(s, "-") == 0 ? NULL : s;
}

int main(int argc, char **argv)
{
	enum { MODULE = 1, USER, RHOST, TTY, AUTHTOK, ANSWERS, FIRST };
	pam_handle_t login = { .items = { NULL } };
	struct pam_conv conv = { .conv = person, .appdata_ptr = &login };
	entry *authenticate;
	char **answers;
	void *module;
	int n;

	if (argc < FIRST || (n = atoi(argv[ANSWERS])) < 0 || n > argc - FIRST)
		return 2;
	answers = calloc((size_t)n + 1, sizeof(*answers));
	if (answers == NULL)
		return 2;
	memcpy(answers, argv + FIRST, (size_t)n * sizeof(*answers));
	login.answers = answers;
	login.items[PAM_SERVICE] = "thin";
	login.items[PAM_USER] = item(argv[USER]);
	login.items[PAM_RHOST] = item(argv[RHOST]);
	login.items[PAM_TTY] = item(argv[TTY]);
	login.items[PAM_AUTHTOK] = item(argv[AUTHTOK]);
	login.items[PAM_CONV] = &conv;

	module = dlopen(argv[MODULE], RTLD_NOW | RTLD_LOCAL);
	if (module == NULL) {
		fprintf(stderr, "%s\n", dlerror());
		return 2;
	}
	*(void **)&authenticate = dlsym(module, "pam_sm_authenticate");
	if (authenticate == NULL)
		return 2;
	argv += FIRST + n;
	n = argc - FIRST - n;
	printf("code %d\n", authenticate(&login, PAM_SILENT, n, (const char **)argv));
	free(answers);
	return 0;
}
