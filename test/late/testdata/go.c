/* In the place of Go's object: addresses in constant and in other data, a number, and one that the
 * loader alone can fill in. */
#include <stddef.h>

extern char **environ;
static int it[2];
/* Another library may have its own, so that the compiler looks at what is there. */
extern void *const constants[];
void *const constants[] = { &it[0], &it[1], NULL };
static struct {
	void *volatile it, *volatile own;
	volatile long number;
	void *volatile named;
} data = { &it, &data, 7, &environ };

/* Whether all of it is there. */
int complete(void)
{
	return constants[0] == &it[0] && constants[1] == &it[1] && constants[2] == NULL &&
		data.it == &it && data.own == &data && data.number == 7 && data.named == &environ;
}
