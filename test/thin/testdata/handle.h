/* What host.c and its libpam know of a login. */
#ifndef HANDLE_H
#define HANDLE_H

#include <security/pam_appl.h>

enum { ITEMS = 16 };

struct pam_handle {
	const void *items[ITEMS];
	char **answers; /* that a person gives, one after the other */
};

#endif
