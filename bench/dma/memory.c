// The memory that DMA is measured on, and memcpy in it for comparison. Prints where its memory is; then, for each
// line "SIZE COUNT" on standard input, copies COUNT times SIZE bytes, out of a window of memory to a fixed place,
// and prints the nanoseconds a copy: by memcpy, and between this process and another one that has such a window, by
// process_vm_readv and process_vm_writev. The memory is private; with the argument "huge" in huge pages, where the
// kernel has them; with "shared" that of a memfd.

#define _GNU_SOURCE
#include <stdio.h>
#include <stdint.h>
#include <string.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/uio.h>
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

enum way { MEMCPY, READV, WRITEV };

static char *window, *place;
static pid_t other;

static void copy(enum way way, size_t at, size_t size)
{
	struct iovec here = { place, size }, there = { window + at, size };

	if (way == MEMCPY) {
		memcpy(place, window + at, size);
		__asm__ volatile("" : : "r"(place) : "memory");
	} else if (way == READV)
		process_vm_readv(other, &here, 1, &there, 1, 0);
	else
		process_vm_writev(other, &here, 1, &there, 1, 0);
}

/* Nanoseconds a copy, through the window. */
static double measure(enum way way, size_t size, size_t count)
{
	double start = now();
	size_t at = 0;

	for (size_t i = 0; i < count; i++) {
		copy(way, at, size);
		at = at + 2 * size > WINDOW ? 0 : at + size;
	}
	return (now() - start) / count;
}

int main(int argc, char **argv)
{
	size_t size, count;
	int huge = argc > 1 && strcmp(argv[1], "huge") == 0;
	int file = argc > 1 && !huge ? memfd_create(argv[1], 0) : -1;
	int flags = file >= 0 ? MAP_SHARED : MAP_PRIVATE | MAP_ANONYMOUS;

	if (file >= 0 && ftruncate(file, WINDOW + LARGEST + HUGE_PAGE) != 0)
		return 1;
	window = mmap(NULL, WINDOW + LARGEST + HUGE_PAGE, PROT_READ | PROT_WRITE, flags, file, 0);
	if (window == MAP_FAILED)
		return 1;
	window += -(uintptr_t)window & (HUGE_PAGE - 1);
	if (huge)
		madvise(window, WINDOW, MADV_HUGEPAGE);
	place = window + WINDOW;
	other = fork();
	memset(window, 1, WINDOW + LARGEST);
	if (other == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			pause();
	}
	printf("%lu\n", (unsigned long)(uintptr_t)window);
	fflush(stdout);
	while (scanf("%zu %zu", &size, &count) == 2) {
		double copied = measure(MEMCPY, size, count);
		double read = measure(READV, size, count);

		printf("%f %f %f\n", copied, read, measure(WRITEV, size, count));
		fflush(stdout);
	}
	return 0;
}
