/* Runs the fuzz target on files, for compilers without a fuzzer, and prints what PAM was told. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

extern int last_result;

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		static uint8_t bytes[1 << 16];
		FILE *f = fopen(argv[i], "rbe");
		uint8_t *exact;
		size_t n;

		if (f == NULL) {
			perror(argv[i]);
			return 1;
		}
		n = fread(bytes, 1, sizeof(bytes), f);
		fclose(f);
		exact = malloc(n + 1); /* so that a step behind the end is seen */
		if (exact == NULL)
			return 1;
		for (size_t k = 0; k < n; k++)
			exact[k] = bytes[k];
		fprintf(stderr, "%s\n", argv[i]);
		LLVMFuzzerTestOneInput(exact, n);
		printf("%d\n", last_result);
		free(exact);
	}
	return 0;
}
