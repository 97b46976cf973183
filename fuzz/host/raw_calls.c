/* Any call that uvfio looks at, with arguments that fit or not. */
#define _GNU_SOURCE
#include "fuzzer.h"

#include <string.h>
#include <sys/syscall.h>

/* Those that change nothing, and those that do, whose first argument is the descriptor of what they change. */
static const long asking[] = {
	SYS_access, SYS_faccessat, SYS_readlink, SYS_readlinkat, SYS_statfs, SYS_getxattr, SYS_listxattr, STAT, LSTAT,
	FSTATAT, SYS_statx, FSTAT, SYS_read, SYS_pread64, SYS_readv, SYS_preadv, SYS_preadv2, SYS_lseek, SYS_dup,
	SYS_getcwd, SYS_fchdir, SYS_getdents64, SYS_fstatfs, SYS_execve, SYS_execveat,
};
static const long changing[] = {
	SYS_write, SYS_pwrite64, SYS_writev, SYS_pwritev, SYS_pwritev2, SYS_fsync, SYS_fdatasync, FTRUNCATE,
	SYS_fallocate, SYS_fchmod, SYS_fchown, SYS_ioctl, SYS_ioctl, SYS_ioctl,
};

static int64_t any_argument(void)
{
	const char *path;
	switch (below(4)) {
	case 0: return any_fd(ANY);
	case 1: return AT(any_pointer());
	case 2: return (int64_t)any_number();
	default:
		path = any_path();
		return AT(placed(path, strlen(path) + 1));
	}
}

void random_raw_call(void)
{
	bool is_change = chance(30);
	long number = is_change ? PICK(changing) : PICK(asking);
	int64_t argument[6];
	for (int i = 0; i < 6; i++) argument[i] = any_argument();
	if (is_change && chance(80)) argument[0] = any_fd(ANY);
	if (is_change && !may_change_fd((int)argument[0])) return;
	/* Owners can lock themselves out. */
	if (number == SYS_fchmod) argument[1] |= 0600;
	long result = call_with(number, argument);
	if (number == SYS_dup) remember((int)result, any_kind());
}
