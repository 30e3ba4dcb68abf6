/* Loads a library and says whether go.c's data is complete before and after late relocation, which
 * is done twice, and whether other data was complete from the beginning. */
#include <dlfcn.h>
#include <stdio.h>

int main(int argc, char **argv)
{
	void *library = dlopen(argv[argc - 1], RTLD_NOW);
	int (*complete)(void), (*others)(void), (*relocate)(void);
	int before, first, second;

	if (library == NULL) {
		puts(dlerror());
		return 1;
	}
	*(void **)&complete = dlsym(library, "complete");
	*(void **)&others = dlsym(library, "others");
	*(void **)&relocate = dlsym(library, "motp_late_relocate");
	before = complete();
	first = relocate();
	second = relocate();
	printf("before %d, relocated %d %d, after %d, others %d\n", before, first, second,
	       complete(), others());
	return 0;
}
