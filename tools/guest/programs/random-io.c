/*
 * Reads or writes random blocks of a disk, past all caches, and prints how many were done in a second.
 *
 *   random-io read|write DISK BLOCK_BYTES DEPTH SECONDS
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/aio_abi.h>
#include <linux/fs.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define MAX_DEPTH 256

static void check(int ok, const char *what)
{
	if (ok) return;
	fprintf(stderr, "%s: %s\n", what, strerror(errno));
	exit(1);
}

static double now(void)
{
	struct timespec time;
	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec + time.tv_nsec / 1e9;
}

/** xorshift: the same blocks in each run. */
static uint64_t random_number(void)
{
	static uint64_t state = 88172645463325252ull;
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

int main(int argc, char **argv)
{
	check(argc == 6, "usage: random-io read|write DISK BLOCK_BYTES DEPTH SECONDS");
	int is_write = !strcmp(argv[1], "write");
	size_t block = atol(argv[3]);
	int depth = atoi(argv[4]);
	double seconds = atof(argv[5]);
	int disk = open(argv[2], (is_write ? O_RDWR : O_RDONLY) | O_DIRECT);
	check(disk >= 0, argv[2]);
	uint64_t size;
	check(ioctl(disk, BLKGETSIZE64, &size) == 0, "size");
	check(depth > 0 && depth <= MAX_DEPTH, "depth");

	aio_context_t context = 0;
	check(syscall(SYS_io_setup, depth, &context) == 0, "io_setup");
	static struct iocb requests[MAX_DEPTH];
	static struct io_event done[MAX_DEPTH];
	struct iocb *ready[MAX_DEPTH];
	for (int i = 0; i < depth; i++) {
		void *data = NULL;
		check(posix_memalign(&data, 4096, block) == 0, "memory");
		memset(data, i + 1, block);
		requests[i] = (struct iocb){
			.aio_data = i, .aio_lio_opcode = is_write ? IOCB_CMD_PWRITE : IOCB_CMD_PREAD,
			.aio_fildes = disk, .aio_buf = (uintptr_t)data, .aio_nbytes = block,
		};
		ready[i] = &requests[i];
	}

	double start = now(), end = start;
	long operations = 0;
	for (int count = depth; end < start + seconds; end = now()) {
		for (int i = 0; i < count; i++) ready[i]->aio_offset = random_number() % (size / block) * block;
		check(syscall(SYS_io_submit, context, count, ready) == count, "io_submit");
		count = syscall(SYS_io_getevents, context, 1, depth, done, NULL);
		check(count > 0, "io_getevents");
		for (int i = 0; i < count; i++) {
			check(done[i].res == (long)block, "transfer");
			ready[i] = &requests[done[i].data];
		}
		operations += count;
	}
	printf("%.0f\n", operations / (end - start));
	return 0;
}
