#ifndef MOTP_CLOCK_H
#define MOTP_CLOCK_H

#include <stdint.h>
#include <time.h>

/* The time in ms, of a clock that nobody sets. */
static inline int64_t motp_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

#endif
