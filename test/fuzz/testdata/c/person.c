/* The person at the prompt, who answers what the fuzzer's bytes say, and looks at what is shown. */
#include "script.h"
#include "../../../../pam/wire.h"

#include <stdlib.h>
#include <string.h>

/* What is shown is what the verifier has sent, and what the person answers to that is lost. */
static int look(const struct pam_message *msg, struct pam_response **resp)
{
	const unsigned char *sent = run.last.bytes;
	unsigned how = next_byte();

	if (sent[0] != WIRE_SHOW || msg->msg_style != sent[1] ||
	    strlen(msg->msg) + 4 != run.last.len ||
	    memcmp(msg->msg, sent + 4, run.last.len - 4) != 0)
		broken("what is shown is what the verifier has sent");
	if (how % 4 == 0) {
		*resp = (void *)1; /* not to be looked at */
		return how == 0 ? -1 : PAM_CONV_ERR;
	}
	*resp = how % 4 == 1 ? NULL : calloc(1, sizeof(**resp));
	if (*resp != NULL && how % 4 == 2)
		(*resp)->resp = calloc(1, 2);
	return PAM_SUCCESS;
}

int converse(int n, const struct pam_message **msg, struct pam_response **resp, void *data)
{
	struct answer *a;
	unsigned how;
	char *copy;

	(void)data;
	if (n == 1 && run.held == 0 && msg[0]->msg_style != PAM_PROMPT_ECHO_OFF) {
		run.now += 3600 * 1000;
		return look(msg[0], resp);
	}
	if (n != 1 || msg[0]->msg_style != PAM_PROMPT_ECHO_OFF || strlen(msg[0]->msg) > FIELD_MAX)
		broken("a prompt is one, with echo off");
	if (run.held != 0)
		broken("the host has its SIGCHLD while a person types");
	how = next_byte();
	run.now += 3600 * 1000; /* the person's time is not the worker's */
	run.conv_code = PAM_CONV_ERR;
	switch (how % 8) {
	case 0: /* a failure of its own */
		how = next_byte();
		*resp = (void *)1; /* not to be looked at */
		if (how > PAM_SUCCESS && how < _PAM_RETURN_VALUES && how != PAM_IGNORE &&
		    how != PAM_NEW_AUTHTOK_REQD)
			run.conv_code = (int)how;
		return how == 0 ? -1 : (int)how;
	case 1: /* success, and no answers */
		*resp = NULL;
		return PAM_SUCCESS;
	case 2: /* success, and no text */
		*resp = calloc(1, sizeof(**resp));
		return PAM_SUCCESS;
	default:
		break;
	}
	if (run.n_answers == ANSWERS)
		return PAM_CONV_ERR;
	*resp = calloc(1, sizeof(**resp));
	a = &run.answers[run.n_answers];
	copy = run.copies[run.n_answers];
	copy[next_text(copy, LONGEST - 1)] = '\0';
	a->len = strlen(copy);
	a->text = malloc(a->len + 1);
	if (*resp == NULL || a->text == NULL)
		abort();
	memcpy(a->text, copy, a->len + 1);
	(*resp)->resp = a->text;
	(*resp)->resp_retcode = (int)how;
	run.n_answers++;
	run.conv_answer = copy;
	run.conv_code = PAM_SUCCESS;
	return PAM_SUCCESS;
}
