// clock.so sets the clock of a login: preloaded into a host, it adds the seconds that stand in the
// file $MOTP_CLOCK, a 64-bit number that may change at any time, to the time of day that Go reads
// in the worker.
//
// Go asks neither libc nor, as a rule, the kernel for the time, but the kernel's code that is
// mapped into every process, the vDSO. The worker tells Go where that is, and learns it from libc's
// getauxval. This one names a copy of the vDSO in which the clock's function is replaced.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static volatile int64_t *ahead;
static unsigned char *copy;

static _Noreturn void die(const char *why)
{
	fprintf(stderr, "clock.so: %s\n", why);
	_exit(97);
}

static int clock_gettime_ahead(clockid_t clock, struct timespec *t)
{
	long r = syscall(SYS_clock_gettime, clock, t);

	if (r == 0 && clock == CLOCK_REALTIME)
		t->tv_sec += *ahead;
	return (int)r;
}

// jump writes a jump to the function over the code at this place.
static void jump(unsigned char *at, int (*to)(clockid_t, struct timespec *))
{
#if defined __x86_64__
	// movabs $to, %rax; jmp *%rax
	static const unsigned char code[12] = { 0x48, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xe0 };
	const size_t operand = 2;
#elif defined __aarch64__
	// ldr x16, .+8; br x16
	static const unsigned char code[16] = { 0x50, 0, 0, 0x58, 0, 0x02, 0x1f, 0xd6 };
	const size_t operand = 8;
#else
#error "no jump for this processor"
#endif
	memcpy(at, code, sizeof code);
	memcpy(at + operand, &to, sizeof to);
}

static const ElfW(Dyn) *dynamic(unsigned char *image, size_t *size)
{
	const ElfW(Ehdr) *head = (const void *)image;
	const ElfW(Phdr) *part = (const void *)(image + head->e_phoff);
	const ElfW(Dyn) *found = NULL;

	for (int i = 0; i < head->e_phnum; i++)
		if (part[i].p_type == PT_LOAD)
			*size = part[i].p_offset + part[i].p_memsz;
		else if (part[i].p_type == PT_DYNAMIC)
			found = (const void *)(image + part[i].p_offset);
	return found;
}

// change gives the copy our clock, and hides its other functions: they look for the kernel's data
// beside the original.
static int change(unsigned char *image)
{
	size_t size;
	const char *names = NULL;
	ElfW(Sym) *symbol = NULL;
	int changed = 0;

	for (const ElfW(Dyn) *d = dynamic(image, &size); d->d_tag != DT_NULL; d++)
		if (d->d_tag == DT_STRTAB)
			names = (const char *)image + d->d_un.d_ptr;
		else if (d->d_tag == DT_SYMTAB)
			symbol = (void *)(image + d->d_un.d_ptr);
	if (names == NULL || symbol == NULL)
		return 0;
	// The names come right after the symbols.
	for (; (const char *)(symbol + 1) <= names; symbol++) {
		const char *name = names + symbol->st_name;
		if (strcmp(name, "__vdso_clock_gettime") == 0 ||
		    strcmp(name, "__kernel_clock_gettime") == 0) {
			jump(image + symbol->st_value, clock_gettime_ahead);
			changed++;
		} else {
			symbol->st_shndx = SHN_UNDEF;
		}
	}
	return changed;
}

static unsigned long real_auxval(unsigned long type)
{
	unsigned long (*real)(unsigned long) =
		(unsigned long (*)(unsigned long))dlsym(RTLD_NEXT, "getauxval");

	if (real == NULL)
		die("no getauxval");
	return real(type);
}

__attribute__((constructor)) static void set_up(void)
{
	unsigned char *original = (unsigned char *)real_auxval(AT_SYSINFO_EHDR);
	const char *path = getenv("MOTP_CLOCK");
	size_t size = 0, page = (size_t)sysconf(_SC_PAGESIZE);
	int fd;

	if (original == NULL || path == NULL || (fd = open(path, O_RDONLY | O_CLOEXEC)) < 0)
		die("no vDSO, or no file $MOTP_CLOCK");
	ahead = mmap(NULL, page, PROT_READ, MAP_SHARED, fd, 0);
	close(fd);
	if (dynamic(original, &size) == NULL)
		die("cannot read the vDSO");
	size = (size + page - 1) & ~(page - 1);
	copy = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (ahead == MAP_FAILED || copy == MAP_FAILED)
		die("mmap");
	memcpy(copy, original, size);
	if (change(copy) != 1 || mprotect(copy, size, PROT_READ | PROT_EXEC) != 0)
		die("cannot change the clock");
}

unsigned long getauxval(unsigned long type)
{
	return type == AT_SYSINFO_EHDR ? (unsigned long)copy : real_auxval(type);
}
