/* The fuzzer's bytes, as those who act by them read them: which calls fail, and what comes next. */
#include "script.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct run run;

void broken(const char *promise)
{
	fprintf(stderr, "broken promise: %s\n", promise);
	abort();
}

bool fails(enum call call, unsigned *how)
{
	unsigned n = run.calls[call]++;

	for (size_t i = 0; i < FAULTS; i++)
		if (run.faults[i].call == call && run.faults[i].at % 16 == n) {
			*how = run.faults[i].at / 16;
			return true;
		}
	return false;
}

unsigned next_byte(void)
{
	return run.next < run.end ? *run.next++ : 0;
}

/* A length, then so many bytes as they are; from 0xf0 on a length around the limits, of one
 * letter. */
size_t next_text(char *text, size_t room)
{
	static const size_t edges[16] = { 511, 512, 513, 1022, 1023, 1024, 1025, 1026, 2048, 4080,
		4094, 4095, 4096, 4097, 5000, 8000 };
	size_t n = next_byte();

	if (n >= 0xf0) {
		n = edges[n - 0xf0] < room ? edges[n - 0xf0] : room;
		memset(text, 'x', n);
		return n;
	}
	if (n > (size_t)(run.end - run.next))
		n = (size_t)(run.end - run.next);
	memcpy(text, run.next, n);
	run.next += n;
	return n;
}
