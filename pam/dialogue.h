#ifndef MOTP_DIALOGUE_H
#define MOTP_DIALOGUE_H

#include "account.h"
#include "failure.h"
#include "options.h"
#include "request.h"
#include "worker.h"

#include <stdint.h>

#include <security/pam_modules.h>

/* One login. */
struct login {
	pam_handle_t *pamh;
	const char *user;
	uint32_t flags; /* of PAM's call, and which it is */
	int argc;
	const char **argv;
	struct motp_line line;
	struct answer answer; /* what the person has typed last */
	struct account account;
	int64_t budget; /* what is left of the verifier's time, in ms */
	int result;
};

/* Who judges. */
struct verifier {
	int socket;
	const struct worker *worker; /* NULL if it is motpd */
};

/* Why there is no verdict. */
enum trouble { NONE, DIED, STALLED, BABBLED, LOST };

/* Talks with a verifier until its last word: does for it what only the host can (prompt, items,
 * log). Without trouble l->result is set, or there is a question of motpd's, with the ticket to
 * come again with. */
enum trouble motp_dialogue(struct login *l, const struct verifier *v, struct babble *said,
			   char **question, char **ticket);

/* Asks the person. On PAM_SUCCESS *answer is theirs, to be wiped and freed by the caller. A worker
 * that waits leaves the host its SIGCHLD meanwhile. */
int motp_converse(const struct login *l, const struct worker *waiting, const char *prompt,
		  char **answer);

/* A conversation may fail with a code of its own, which is passed on, but for those that would open
 * a stack: success, ignore, "password expired", which the plain controls take for success, and
 * numbers that are no code. */
int motp_conversation_code(int code);

void motp_wipe_free(char *s);

#endif
