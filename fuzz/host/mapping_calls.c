/* Mappings of BARs: made, moved, cut, touched, taken away. */
#define _GNU_SOURCE
#include "fuzzer.h"

#include <setjmp.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#define WINDOW_PAGES 512

static __thread sigjmp_buf *landing;

void leave_fault(void)
{
	if (landing != NULL) siglongjmp(*landing, 1);
}

static void touch(uintptr_t address)
{
	volatile uint32_t *registers = (volatile uint32_t *)address;
	sigjmp_buf here;
	landing = &here;
	if (sigsetjmp(here, 1) == 0) {
		for (int i = 0; i < 8; i++) {
			if (chance(50)) registers[below(64)] = (uint32_t)any_number();
			else (void)registers[below(64)];
		}
	}
	landing = NULL;
}

/* Where the kernel likes, and gone again at once: nothing else may come to lie there. */
static void map_anywhere(int64_t length, int64_t protection, uint64_t offset)
{
	long at = call(MMAP, 0, length, protection, MAP_SHARED, any_fd(DEVICE), MMAP_OFFSET(offset));
	if (at < 0 && at > -4096) return;
	if (length <= (int64_t)(PAGE * WINDOW_PAGES)) touch((uintptr_t)at);
	call(SYS_munmap, at, length);
}

void random_mapping_call(void)
{
	/* MAP_FIXED goes to the window only, and not beyond it. */
	int64_t at = AT(window_address());
	int64_t length = (int64_t)(PAGE << below(10));
	int64_t protection = chance(70) ? PROT_READ | PROT_WRITE : (int64_t)below(8);
	uint64_t offset = chance(80) ? (below(8) << 40) + PAGE * below(chance(70) ? 1 : 300) : any_offset();
	int64_t type = chance(85) ? MAP_SHARED : (int64_t)below(4);
	switch (below(9)) {
	case 0: case 1: case 2: call(MMAP, at, length, protection, type | MAP_FIXED, any_fd(DEVICE), MMAP_OFFSET(offset)); break;
	case 3: map_anywhere((int64_t)(chance(70) ? (uint64_t)length : any_length()), protection, offset); break;
	case 4: call(SYS_mprotect, at, length, (int64_t)below(4)); break;
	case 5: call(SYS_mremap, at, length, (int64_t)(PAGE << below(10)), MREMAP_MAYMOVE | MREMAP_FIXED, AT(window_address())); break;
	case 6: call(MMAP, at, length, PROT_READ | PROT_WRITE, MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS, -1, 0); break;
	default: touch((uintptr_t)at);
	}
}
