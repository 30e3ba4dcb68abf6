#ifndef MOTP_OPTIONS_H
#define MOTP_OPTIONS_H

#include <stdbool.h>

/* Who may judge. */
enum motp_way {
	MOTP_AUTO,   /* motpd, or a worker where it does not answer */
	MOTP_ALWAYS, /* motpd */
	MOTP_NEVER,  /* a worker */
};

/* What a line's options say to the host itself. Whether they are right at all is the verifier's to
 * say: where anything is unclear here, the host leaves it to that. */
struct motp_line {
	/* What the host asks the person before it has anybody judge; NULL if it must be told. */
	const char *prompt;
	enum motp_way way;
	/* Whether the account's own name is wanted. */
	bool account;
	/* Whether codes are shown as they are typed. Passwords never are. */
	bool echo;
	/* Whether the line is for changes of a PIN, too. */
	bool change_pin;
	/* Whether who was invited may set a token up: then a further question may be for a PIN. */
	bool enrol;
	/* Why it must be a worker: "motpd=never", or the name of an option; or NULL. */
	const char *by_worker;
};

struct motp_line motp_read_line(int argc, const char **argv);

#endif
