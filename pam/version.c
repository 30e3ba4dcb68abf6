/*
 * The module's version, in an ELF note: "motp doctor" reads it from the file, without loading the
 * library into anything, and compares it with its own. The Makefile gives the same version to both.
 */
#include <elf.h>

#ifndef MOTP_VERSION
#define MOTP_VERSION "" /* not built by the Makefile */
#endif

#define NOTE_NAME "motp"
#define NOTE_TYPE 1 /* a version, as text that ends with a zero byte */

/* Linkers keep sections of this name, referred to or not. */
static const struct {
	Elf64_Nhdr header; /* the same on 32-bit machines: three words */
	char name[(sizeof(NOTE_NAME) + 3) / 4 * 4];
	char version[(sizeof(MOTP_VERSION) + 3) / 4 * 4];
} note __attribute__((section(".note.motp"), aligned(4), used)) = {
	{ sizeof(NOTE_NAME), sizeof(MOTP_VERSION), NOTE_TYPE }, NOTE_NAME, MOTP_VERSION,
};
