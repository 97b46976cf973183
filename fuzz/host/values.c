/* Random values: mostly plausible, often on an edge, sometimes anything. */
#define _GNU_SOURCE
#include "fuzzer.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define WINDOW_SIZE (16u << 20)
#define ARENA_SIZE (2u << 20)
#define READ_ONLY_PAGES 4
#define ABSENT_PAGES 4

static __thread uint64_t state;
static char *arena, *window;

uint64_t mix(uint64_t seed, uint64_t number)
{
	uint64_t z = seed + (number + 1) * 0x9e3779b97f4a7c15u;
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

void seed_random(uint64_t seed)
{
	state = seed;
}

uint64_t random64(void)
{
	state += 0x9e3779b97f4a7c15u;
	return mix(state, 0);
}

uint64_t below(uint64_t limit)
{
	return random64() % limit;
}

bool chance(unsigned percent)
{
	return below(100) < percent;
}

uint64_t any_number(void)
{
	static const uint64_t edges[] = {
		0, 1, 2, 3, 4, 7, 8, 16, 20, 24, 28, 32, 40, 64, 255, 256, 4095, 4096, 4097, 65535, 65536,
		0x7fffffff, 0x80000000, 0xffffffff, 0x100000000, 0x7fffffffffffffff, 0x8000000000000000, -1ull,
		-4096ull, 0xfffffffe, 0xfee00000, 0xfffffffffffff000,
	};
	switch (below(4)) {
	case 0: return below(16);
	case 1: return 1ull << below(64);
	case 2: return random64() >> below(64);
	default: return PICK(edges);
	}
}

uint64_t any_length(void)
{
	if (chance(70)) return 1ull << below(4);
	return chance(60) ? below(8192) : any_number();
}

/* In a VFIO device file region i begins at i << 40. */
uint64_t any_offset(void)
{
	uint64_t region = below(10) << 40;
	switch (below(6)) {
	case 0: return any_number();
	case 1: return region + (below(64) << 2);
	case 2: return (7ull << 40) + below(300);
	case 3: return region + any_number();
	case 4: return below(256);
	default: return region + below(0x200000);
	}
}

/* Few pages, so that mappings meet: mostly below 16 MiB, around the edges of windows otherwise. */
uint64_t any_iova(void)
{
	switch (below(8)) {
	case 0: return any_number();
	case 1: return 0xfee00000u - PAGE * below(4);
	case 2: return (1ull << 39) - PAGE * below(4);
	case 3: return below(0x1000000);
	default: return PAGE * below(4096);
	}
}

void make_arena(void)
{
	size_t size = ARENA_SIZE + (READ_ONLY_PAGES + ABSENT_PAGES) * PAGE;
	int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
	arena = mmap(NULL, size, PROT_READ | PROT_WRITE, flags, -1, 0);
	window = mmap(NULL, WINDOW_SIZE, PROT_NONE, flags, -1, 0);
	if (arena == MAP_FAILED || window == MAP_FAILED) abort();
	mprotect(arena + ARENA_SIZE, READ_ONLY_PAGES * PAGE, PROT_READ);
	mprotect(arena + ARENA_SIZE + READ_ONLY_PAGES * PAGE, ABSENT_PAGES * PAGE, PROT_NONE);
}

void *good_pointer(void)
{
	return arena + 64 * below(ARENA_SIZE / 64 - 2 * PAGE / 64);
}

uintptr_t window_address(void)
{
	return (uintptr_t)window + PAGE * below(WINDOW_SIZE / PAGE - 512);
}

/* Nothing here is memory in which the fuzzer keeps anything: calls may write to it. */
uintptr_t any_pointer(void)
{
	static const uint64_t nowhere[] = {
		0, 1, 8, 4095, 4096, 0xdead000, 0x7ffffffff000, 0x7fffffffeff8, 0x800000000000, 0xffff800000000000,
		0xffffffffff600000, 0xffffffff80000000, 0xfffffffffffff000, -8ull, -1ull, 0xfffff000, 0xfffffff8,
	};
	uintptr_t end = (uintptr_t)arena + ARENA_SIZE;
	switch (below(10)) {
	case 0: return (uintptr_t)PICK(nowhere);
	case 1: return end + below(READ_ONLY_PAGES * PAGE);
	case 2: return end - below(64);
	case 3: return end + READ_ONLY_PAGES * PAGE - below(64);
	case 4: return window_address() + below(PAGE);
	case 5: return (uintptr_t)arena + PAGE * (1 + below(64)) - below(32);
	default: return (uintptr_t)good_pointer();
	}
}

void *placed(const void *data, size_t size)
{
	void *place = good_pointer();
	memcpy(place, data, size);
	return chance(4) ? (void *)any_pointer() : place;
}
