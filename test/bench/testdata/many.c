/*
 * A host that logs in many: "many service" reads lines "user code", and answers each with PAM's
 * result, a number. It is one process, as motpd has it to do with where hosts stay.
 */
#include <security/pam_appl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int converse(int n, const struct pam_message **msg, struct pam_response **resp, void *code)
{
	(void)msg;
	*resp = calloc((size_t)n, sizeof(**resp));
	if (*resp == NULL)
		return PAM_BUF_ERR;
	(*resp)[0].resp = strdup(code);
	return PAM_SUCCESS;
}

static int login(const char *service, const char *user, char *code)
{
	struct pam_conv conv = { converse, code };
	pam_handle_t *pamh = NULL;
	int result = pam_start(service, user, &conv, &pamh);

	if (result != PAM_SUCCESS)
		return result;
	result = pam_authenticate(pamh, 0);
	return pam_end(pamh, result) == PAM_SUCCESS ? result : PAM_ABORT;
}

int main(int argc, char **argv)
{
	char line[1024], user[256], code[256];

	while (argc == 2 && fgets(line, sizeof(line), stdin) != NULL) {
		if (sscanf(line, "%255s %255s", user, code) != 2)
			return 1;
		printf("%d\n", login(argv[1], user, code));
		fflush(stdout);
	}
	return argc == 2 ? 0 : 2;
}
