/*
 * A driver that takes descriptors back as soon as they are written: spins on the last bit of each, and gives it to
 * the device again at once, as DPDK's do. Counts what it finds overwritten when the device is done.
 *
 *   descriptor-driver FILE MILLISECONDS
 *
 * Words of the file's first page are for taking turns: 0 (1: the device's turn, 2: the driver's, 3: the end), and
 * the first and the number of the descriptors. They are in the second page, of 16 bytes each.
 */
#include <fcntl.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>

#define RING 128
#define BURST 64
#define SPINS 1000
#define FREE 0xabcd
#define DONE 1

static int64_t now_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void give(volatile uint32_t *descriptor)
{
	descriptor[0] = FREE;
	descriptor[1] = 0;
	descriptor[3] = 0;
	descriptor[2] = 0;
}

int main(int argc, char **argv)
{
	if (argc != 3) return 1;
	int fd = open(argv[1], O_RDWR);
	char *memory = mmap(NULL, 0x2000, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (memory == MAP_FAILED) return 1;
	_Atomic uint32_t *turn = (void *)memory;
	volatile uint32_t *place = (void *)(memory + 4);
	volatile uint32_t *ring = (void *)(memory + 0x1000);
	int64_t end = now_ms() + atoi(argv[2]);
	long bursts = 0, overwritten = 0;
	for (; now_ms() < end; bursts++) {
		uint32_t count = rand() % BURST + 1, first = rand() % BURST;
		for (int i = 0; i < RING; i++) give(ring + 4 * i);
		place[0] = first;
		place[1] = count;
		atomic_store(turn, 1);
		for (uint32_t i = first; i < first + count; i++) {
			volatile uint32_t *descriptor = ring + 4 * i;
			for (int spins = 0; !(descriptor[2] & DONE); spins++)
				if (spins > SPINS) sched_yield();
			give(descriptor);
		}
		for (int spins = 0; atomic_load(turn) != 2; spins++)
			if (spins > SPINS) sched_yield();
		for (int i = 0; i < RING; i++)
			if (ring[4 * i] != FREE || ring[4 * i + 2] != 0) overwritten++;
	}
	atomic_store(turn, 3);
	printf("%ld %ld\n", bursts, overwritten);
	return 0;
}
