/* The descriptors that a process has opened; closed ones stay for a while, to be used by mistake. */
#define _GNU_SOURCE
#include "fuzzer.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/syscall.h>
#include <unistd.h>

#define POOL 24 /* of each kind; what a new one displaces is closed */
#define FIRST_OF_UVFIO 512

static int pool[KINDS][POOL];
static _Atomic unsigned count[KINDS];

enum kind any_kind(void)
{
	return (enum kind)below(KINDS);
}

void remember(int fd, enum kind kind)
{
	if (fd < 0) return;
	unsigned place = atomic_fetch_add(&count[kind], 1);
	bool is_full = place >= POOL;
	if (is_full) place = (unsigned)below(POOL);
	int displaced = pool[kind][place];
	pool[kind][place] = fd;
	if (is_full && displaced != fd && displaced > 2) call(SYS_close, displaced);
}

int any_fd(enum kind kind)
{
	static const int edges[] = { -1, -2, AT_FDCWD, INT_MAX, INT_MIN, 1023, 1024, 4095, 4096, 65536 };
	if (kind == ANY || chance(10)) kind = any_kind();
	unsigned known = count[kind] < POOL ? count[kind] : POOL;
	if (known > 0 && chance(95)) return pool[kind][below(known)];
	switch (below(4)) {
	case 0: return PICK(edges);
	case 1: return (int)below(24);
	default: return FIRST_OF_UVFIO + (int)below(24);
	}
}

/* After exec: what there was is still there, of kinds unknown. */
void find_descriptors(void)
{
	for (int fd = 3; fd < FIRST_OF_UVFIO + 64; fd++) {
		if (fd == 64) fd = FIRST_OF_UVFIO;
		if (call(SYS_fcntl, fd, F_GETFD) >= 0) remember(fd, any_kind());
	}
}
