/*
 * What the host itself must know of the options of its line: whether to ask the person first, whom
 * to have judge, whether to look the account up, and whether PINs are changed.
 */
#include "options.h"

#include <stddef.h>
#include <string.h>

#define DEFAULT_TABLE "/etc/security/motp.conf"
#define DEFAULT_RECORDS "/var/lib/motp"
#define DEFAULT_PROMPT "OTP: "
#define PROMPT_CODE_LAST "Password and code: "
#define PROMPT_CODE_FIRST "Code and password: "

/* The options that leave it at one prompt, first of all. With any other the host must be told what
 * to do: an earlier module's password may do, or the option is a mistake, and nobody is asked.
 * Those that end in "=" take a value, which is checked below. A test holds this list against the
 * options that the verifier knows. */
static const char *const asks_first[] = {
	"prompt=",
	"motpd=",
	"nullok",
	"set_pass",
	"not_set_pass",
	"nodelay",
	"debug",
	"no_warn",
	"echo",
	"forward_pass",
	"forward_pass=code-first",
	"change_pin",
	"enrol",
};

/* The longest prompt: what pam/login takes. */
enum { PROMPT_MAX = 256 };

/* The value of an option that begins with name, "prompt=" for one; or NULL. */
static const char *value_of(const char *option, const char *name)
{
	size_t n = strlen(name);

	return strncmp(option, name, n) == 0 ? option + n : NULL;
}

/* A text that the verifier takes for a prompt, too. */
static bool good_prompt(const char *text)
{
	size_t n = strnlen(text, PROMPT_MAX + 1);

	if (n == 0 || n > PROMPT_MAX)
		return false;
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)text[i] < ' ' || text[i] == 0x7f)
			return false;
	return true;
}

static bool read_way(const char *text, enum motp_way *way)
{
	if (strcmp(text, "auto") == 0)
		*way = MOTP_AUTO;
	else if (strcmp(text, "always") == 0)
		*way = MOTP_ALWAYS;
	else if (strcmp(text, "never") == 0)
		*way = MOTP_NEVER;
	else
		return false;
	return true;
}

/* The name of an option that names another table or folder than motpd's; NULL for any other. */
static const char *elsewhere(const char *option)
{
	static const struct {
		const char *name, *path;
	} places[] = {
		{ "conf=", DEFAULT_TABLE },
		{ "users=", DEFAULT_TABLE },
		{ "state=", DEFAULT_RECORDS },
		{ "cache=", DEFAULT_RECORDS },
	};

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		const char *value = value_of(option, places[i].name);

		if (value != NULL && strcmp(value, places[i].path) != 0)
			return places[i].name;
	}
	return NULL;
}

static bool leaves_one_prompt(const char *option)
{
	for (size_t i = 0; i < sizeof(asks_first) / sizeof(asks_first[0]); i++) {
		const char *name = asks_first[i];

		if (name[strlen(name) - 1] == '=' ? value_of(option, name) != NULL
						  : strcmp(option, name) == 0)
			return true;
	}
	return false;
}

struct motp_line motp_read_line(int argc, const char **argv)
{
	struct motp_line line = { .prompt = DEFAULT_PROMPT, .way = MOTP_AUTO };
	const char *prompt = NULL, *usual = DEFAULT_PROMPT, *value, *away = NULL, *place;
	bool told = false, password = false;

	for (int i = 0; i < argc; i++) {
		told |= !leaves_one_prompt(argv[i]);
		if ((place = elsewhere(argv[i])) != NULL)
			away = place;
		line.account |=
			strcmp(argv[i], "nullok") == 0 || value_of(argv[i], "nullok=") != NULL;
		line.account |= value_of(argv[i], "exempt=") != NULL;
		line.echo |= strcmp(argv[i], "echo") == 0;
		/* who is not in the table types a password there */
		password |= strcmp(argv[i], "nullok") == 0;
		if (strncmp(argv[i], "forward_pass", strlen("forward_pass")) == 0) {
			password = true;
			usual = strcmp(argv[i], "forward_pass") == 0 ? PROMPT_CODE_LAST
								     : PROMPT_CODE_FIRST;
		}
		line.enrol |= strcmp(argv[i], "enrol") == 0;
		line.change_pin |= strcmp(argv[i], "change_pin") == 0;
		if ((value = value_of(argv[i], "prompt=")) != NULL) {
			told |= !good_prompt(value);
			prompt = value;
		}
		if ((value = value_of(argv[i], "motpd=")) != NULL)
			told |= !read_way(value, &line.way);
	}
	if (prompt == NULL)
		prompt = usual;
	line.echo &= !password;
	line.prompt = told ? NULL : prompt;
	if (away != NULL)
		line.way = MOTP_NEVER;
	if (line.way == MOTP_NEVER)
		line.by_worker = away != NULL ? away : "motpd=never";
	return line;
}
