// The memory that DMA is measured on, and memcpy in it for comparison. Prints where its memory is; then, for each
// line "SIZE COUNT" on standard input, copies COUNT times SIZE bytes, out of a window of memory to a fixed place,
// and prints the nanoseconds a copy. The memory is private; with the argument "huge" in huge pages, where the kernel
// has them; with "shared" that of a memfd.

#define _GNU_SOURCE
#include <stdio.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define WINDOW (16u << 20)
#define LARGEST (1u << 20)
#define HUGE_PAGE (2u << 20)

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e9 + t.tv_nsec;
}

int main(int argc, char **argv)
{
	size_t size, count;
	int huge = argc > 1 && strcmp(argv[1], "huge") == 0;
	int file = argc > 1 && !huge ? memfd_create(argv[1], 0) : -1;
	int flags = file >= 0 ? MAP_SHARED : MAP_PRIVATE | MAP_ANONYMOUS;
	char *window, *place;

	if (file >= 0 && ftruncate(file, WINDOW + LARGEST + HUGE_PAGE) != 0)
		return 1;
	window = mmap(NULL, WINDOW + LARGEST + HUGE_PAGE, PROT_READ | PROT_WRITE, flags, file, 0);
	if (window == MAP_FAILED)
		return 1;
	window += -(uintptr_t)window & (HUGE_PAGE - 1);
	if (huge)
		madvise(window, WINDOW, MADV_HUGEPAGE);
	place = window + WINDOW;
	memset(window, 1, WINDOW + LARGEST);
	printf("%lu\n", (unsigned long)(uintptr_t)window);
	fflush(stdout);
	while (scanf("%zu %zu", &size, &count) == 2) {
		double start = now();
		size_t at = 0;

		for (size_t i = 0; i < count; i++) {
			memcpy(place, window + at, size);
			__asm__ volatile("" : : "r"(place) : "memory");
			at = at + 2 * size > WINDOW ? 0 : at + size;
		}
		printf("%f\n", (now() - start) / count);
		fflush(stdout);
	}
	return 0;
}
