/* Calls that name a path: opening, asking, and changing what is proven to be uvfio's. */
#define _GNU_SOURCE
#include "fuzzer.h"

#include <fcntl.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* A way to open that waits for nobody; for writing only what is the machine's. */
int64_t open_flags(bool is_machine)
{
	static const int extras[] = {
		O_APPEND, O_ASYNC, O_CLOEXEC, O_CREAT, O_DIRECT, O_DIRECTORY, O_EXCL, O_NOATIME, O_NOCTTY, O_NOFOLLOW,
		O_PATH, O_SYNC, O_TRUNC, 0x20000000, 0x00800000,
	};
	int64_t flags = O_NONBLOCK | (is_machine && chance(70) ? O_RDWR : (int)below(4));
	while (chance(30)) flags |= PICK(extras);
	if (!is_machine) flags &= ~(int64_t)(O_CREAT | O_TRUNC | O_ACCMODE);
	return flags & ~(int64_t)(O_TMPFILE & ~O_DIRECTORY);
}

static enum kind kind_of(const char *path)
{
	if (strncmp(path, "/dev/vfio/", 10) != 0) return ATTRIBUTE;
	return strcmp(path, "/dev/vfio/vfio") == 0 ? CONTAINER : GROUP;
}

static void open_some(void)
{
	const char *path = any_path();
	enum kind kind = kind_of(path);
	int64_t flags = open_flags(is_machine_path(path));
	uint64_t how[3] = { (uint64_t)flags, 0, chance(30) ? below(64) : 0 };
	int64_t at = AT(placed(path, strlen(path) + 1));
	long fd;
	switch (below(4)) {
	case 0: fd = call(SYS_open, at, flags, 0600); break;
	case 1: fd = call(SYS_openat2, AT_FDCWD, at, AT(placed(how, sizeof(how))), chance(80) ? 24 : (int64_t)any_length()); break;
	default: fd = call(SYS_openat, chance(50) ? AT_FDCWD : any_fd(ATTRIBUTE), at, flags, 0600);
	}
	remember((int)fd, chance(95) ? kind : ATTRIBUTE);
}

static void ask(void)
{
	static const long ofValue[] = { SYS_getxattr, SYS_lgetxattr }, ofList[] = { SYS_listxattr, SYS_llistxattr };
	static const int64_t known_flags[] = { 0, 0x100, 0x1000, 0x1100 };
	const char *text = any_path();
	int64_t path = AT(placed(text, strlen(text) + 1));
	int64_t buffer = AT(any_pointer());
	int64_t length = (int64_t)any_length();
	int64_t directory = chance(50) ? AT_FDCWD : any_fd(ANY);
	int64_t flags = chance(60) ? PICK(known_flags) : (int64_t)any_number();
	switch (below(14)) {
	case 0: call(STAT, path, buffer); break;
	case 1: call(LSTAT, path, buffer); break;
	case 2: call(FSTATAT, directory, path, buffer, flags); break;
	case 3: call(SYS_statx, directory, path, flags, (int64_t)any_number(), buffer); break;
	case 4: call(SYS_access, path, length); break;
	case 5: call(SYS_faccessat, directory, path, (int64_t)below(8)); break;
	case 6: call(SYS_faccessat2, directory, path, (int64_t)below(8), flags); break;
	case 7: call(SYS_readlink, path, buffer, length); break;
	case 8: call(SYS_readlinkat, directory, path, buffer, length); break;
	case 9: call(SYS_statfs, path, buffer); break;
	case 10: call(PICK(ofValue), path, AT(any_pointer()), buffer, length); break;
	case 11: call(PICK(ofList), path, buffer, length); break;
	case 12: call(SYS_getcwd, buffer, length); break;
	default: call(SYS_chdir, path);
	}
}

/* Nodes stay readable for their owner: a device that nobody may open tells nothing. */
static void change(void)
{
	const char *text = any_path();
	if (!may_change_path(text)) return;
	int64_t path = AT(strcpy(good_pointer(), text));
	int64_t mode = (int64_t)(0600 | below(0100));
	switch (below(5)) {
	case 0: call(SYS_chmod, path, mode); break;
	case 1: call(SYS_fchmodat, AT_FDCWD, path, mode); break;
	case 2: call(chance(50) ? SYS_chown : SYS_lchown, path, -1, chance(80) ? (int64_t)getgid() : 0); break;
	case 3: if (is_machine_path(text)) remember((int)call(SYS_creat, path, 0600), kind_of(text)); break;
	default: call(TRUNCATE, path, OFFSET(below(PAGE)));
	}
}

void random_path_call(void)
{
	uint64_t choice = below(20);
	if (choice < 9) open_some();
	else if (choice < 18) ask();
	else change();
}
