/*
 * Late relocation. Go's data holds ten thousand addresses, which depend on where the library was
 * loaded. The loader would fill them in for every host, none of which runs Go: at a price of 50
 * pages of the host's own memory, and a tenth of a millisecond. So late.ld sets that data apart,
 * packaging/late takes its relocations out of the loader's list, and the worker does here what the
 * loader would have done. A library that did not go through packaging/late has nothing to do here.
 */
#define _GNU_SOURCE
#include "late.h"

#include <link.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

/* Where packaging/late notes which of the library's relocations are left to do: addresses in it,
 * the second one behind the last. The linker makes both 0. Volatile, since the compiler would take
 * them for 0 as well. */
struct list {
	ElfW(Addr) start, end;
};
__attribute__((section(".motp_late"))) static const volatile struct list motp_late = { 0, 0 };

/* By the linker: the library's first byte, to which its addresses are relative. */
extern const ElfW(Ehdr) __ehdr_start __attribute__((visibility("hidden")));

/* Gives the pages that the loader made read-only these rights; the part of a page at the end was
 * left writable, as the loader does. */
static int protect(int rights)
{
	const uintptr_t base = (uintptr_t)&__ehdr_start;
	const ElfW(Phdr) *p = (const void *)(base + __ehdr_start.e_phoff);
	const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);

	for (size_t i = 0; i < __ehdr_start.e_phnum; i++) {
		const uintptr_t start = (base + p[i].p_vaddr) & ~(page - 1);
		const uintptr_t end = (base + p[i].p_vaddr + p[i].p_memsz) & ~(page - 1);

		if (p[i].p_type == PT_GNU_RELRO && end > start &&
		    mprotect((void *)start, end - start, rights) != 0)
			return -1;
	}
	return 0;
}

/* Whether it is done in this process, or was in the one that forked it. */
static atomic_bool done;

int motp_late_relocate(void)
{
	const uintptr_t base = (uintptr_t)&__ehdr_start;
	const struct list list = { motp_late.start, motp_late.end };
	const ElfW(Rela) *r = (const void *)(base + list.start);
	const ElfW(Rela) *end = (const void *)(base + list.end);

	if (list.start == list.end || atomic_load(&done))
		return 0;
	if (protect(PROT_READ | PROT_WRITE) != 0)
		return -1;
		/* ten thousand times: counting costs as much as relocating */
#pragma GCC unroll 8
	for (; r != end; r++)
		*(ElfW(Addr) *)(base + r->r_offset) = base + (uintptr_t)r->r_addend;
	return protect(PROT_READ);
}

/* Nobody reads Go's data in the host, and it may be relocated any number of times: a worker that
 * another thread forks in the middle does it anew. */
void motp_late_share(void)
{
	static atomic_uint logins;

	if (atomic_fetch_add(&logins, 1) == 1 && motp_late_relocate() == 0)
		atomic_store(&done, true);
}
