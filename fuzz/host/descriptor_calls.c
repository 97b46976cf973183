/* Calls on descriptors: moving data, duplicating, closing, and changing what is proven to be uvfio's. */
#define _GNU_SOURCE
#include "fuzzer.h"

#include <fcntl.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static void transfer_vector(int fd, uint64_t offset)
{
	static const long reads[] = { SYS_readv, SYS_preadv, SYS_preadv2 };
	static const long writes[] = { SYS_writev, SYS_pwritev, SYS_pwritev2 };
	bool is_write = chance(50) && may_change_fd(fd);
	struct iovec parts[6];
	int64_t count = chance(90) ? (int64_t)below(6) : (int64_t)any_number();
	for (unsigned i = 0; i < COUNT(parts); i++) {
		parts[i] = (struct iovec){ .iov_base = (void *)any_pointer(), .iov_len = (size_t)any_length() };
	}
	int64_t at = AT(placed(parts, sizeof(parts)));
	if (chance(10)) offset = (uint64_t)-1;
	/* Both ABIs take the halves of the offset in two registers; the upper one is not looked at in 64 bits. */
	int64_t flags = chance(80) ? 0 : (int64_t)any_length();
	call(is_write ? PICK(writes) : PICK(reads), fd, at, count, (int64_t)offset, (int64_t)(offset >> 32), flags);
}

static void duplicate(int fd)
{
	static const int commands[] = { F_GETFD, F_SETFD, F_GETFL, F_SETFL, F_GETOWN, 1033, 1034, 1031, 1032, 77777 };
	/* The standard descriptors are fair game, but the numbers stay few. */
	int64_t target = chance(50) ? (int64_t)below(20) : chance(80) ? any_fd(ANY) : (int64_t)any_number();
	int command = PICK(commands);
	switch (below(6)) {
	case 0: remember((int)call(SYS_dup, fd), any_kind()); break;
	case 1: remember((int)call(SYS_dup2, fd, target), any_kind()); break;
	case 2: remember((int)call(SYS_dup3, fd, target, chance(80) ? O_CLOEXEC : (int64_t)any_number()), any_kind()); break;
	case 3: remember((int)call(FCNTL, fd, chance(50) ? F_DUPFD : F_DUPFD_CLOEXEC, target), any_kind()); break;
	case 4: call(FCNTL, fd, command, command == F_SETFL ? O_NONBLOCK : (int64_t)below(2)); break;
	default: call(SYS_close, chance(80) ? fd : any_fd(ANY));
	}
}

static void close_many(int fd)
{
	int64_t first = chance(50) ? fd : (int64_t)below(600);
	int64_t last = chance(50) ? first + (int64_t)below(4) : (int64_t)any_number();
	call(SYS_close_range, first, last, (int64_t)(chance(80) ? 0 : below(8)));
}

static void change(int fd, uint64_t offset)
{
	if (!may_change_fd(fd)) return;
	switch (below(5)) {
	case 0: call(SYS_fchmod, fd, 0600); break;
	case 1: call(SYS_fchown, fd, -1, -1); break;
	case 2: call(FTRUNCATE, fd, OFFSET(chance(50) ? below(3) : any_number())); break;
	case 3: call(SYS_fallocate, fd, (int64_t)below(4), OFFSET(offset), OFFSET(below(0x10000))); break;
	default: call(chance(50) ? SYS_fsync : SYS_fdatasync, fd);
	}
}

void random_descriptor_call(void)
{
	int fd = any_fd(chance(60) ? DEVICE : ANY);
	int64_t buffer = AT(any_pointer());
	int64_t length = (int64_t)any_length();
	uint64_t offset = any_offset();
	switch (below(14)) {
	case 0: call(SYS_read, fd, buffer, length); break;
	case 1: if (may_change_fd(fd)) call(SYS_write, fd, buffer, length); break;
	case 2: case 3: call(SYS_pread64, fd, buffer, length, OFFSET(offset)); break;
	case 4: case 5: if (may_change_fd(fd)) call(SYS_pwrite64, fd, buffer, length, OFFSET(offset)); break;
	case 6: transfer_vector(fd, offset); break;
	case 7: call(SYS_lseek, fd, (int64_t)offset, (int64_t)below(6)); break;
	case 8: change(fd, offset); break;
	case 9: call(FSTAT, fd, buffer); break;
	case 10: call(chance(50) ? SYS_getdents64 : SYS_fstatfs, any_fd(ATTRIBUTE), buffer, length); break;
	case 11: if (chance(10)) close_many(fd); break;
	default: duplicate(fd);
	}
}
