/* The measured loops, shared by client.c and responder.c. */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#define BENCH_IOCTL 0x3b64 /* VFIO_GET_API_VERSION: _IO(';', 100) */

static double now_ns(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e9 + t.tv_nsec;
}

static void print_result(const char *name, double ns, int failed, const char *after)
{
	if (failed) printf("\"%s\": null%s", name, after);
	else printf("\"%s\": %.1f%s", name, ns, after);
}

/* ioctls go to `path`, opened here, or `fd` where that is >= 0; preads to `device`, or the same where it is < 0. */
static int run_loops(long calls, const char *path, int fd, int device)
{
	double start, ioctl_ns = 0, pread_ns = 0, open_ns = 0;
	int ioctl_failed = 0, pread_failed = 0, open_failed = 0;
	uint32_t word;

	if (fd < 0) fd = open(path, O_RDWR);
	if (device < 0) device = fd;
	for (int i = 0; i < 1000; i++) if (ioctl(fd, BENCH_IOCTL, 0) < 0) ioctl_failed = 1;
	if (!ioctl_failed) {
		start = now_ns();
		for (long i = 0; i < calls; i++) ioctl(fd, BENCH_IOCTL, i);
		ioctl_ns = (now_ns() - start) / calls;
	}
	for (int i = 0; i < 1000; i++) if (pread(device, &word, 4, 0) < 0) pread_failed = 1;
	if (!pread_failed) {
		start = now_ns();
		for (long i = 0; i < calls; i++) if (pread(device, &word, 4, 0) < 0) pread_failed = 1;
		pread_ns = (now_ns() - start) / calls;
	}
	long opens = calls / 4;
	start = now_ns();
	for (long i = 0; i < opens; i++) {
		int opened = open(path, O_RDWR);
		if (opened < 0) { open_failed = 1; break; }
		close(opened);
	}
	open_ns = (now_ns() - start) / opens;

	printf("{\"calls\": %ld, ", calls);
	print_result("ioctl", ioctl_ns, ioctl_failed, ", ");
	print_result("pread", pread_ns, pread_failed, ", ");
	print_result("openClose", open_ns, open_failed, "}\n");
	return 0;
}
