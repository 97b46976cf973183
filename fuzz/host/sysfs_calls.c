/* Attributes with an effect: written, as a shell does, while devices are in use. */
#define _GNU_SOURCE
#include "fuzzer.h"

#include <fcntl.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Written through descriptor 1, as `echo value > attribute` does. */
static void echo(int fd, const char *value)
{
	call(SYS_dup2, fd, 1);
	if (may_change_fd(1)) call(SYS_write, 1, AT(value), (int64_t)strlen(value));
	call(SYS_close, 1);
}

void random_sysfs_call(void)
{
	const char *value;
	const char *path = attribute_to_write(&value);
	int flags = (chance(80) ? O_WRONLY : O_RDWR) | (chance(30) ? O_TRUNC : 0) | O_CLOEXEC;
	int fd = (int)call(SYS_openat, AT_FDCWD, AT(path), flags);
	if (fd < 0) return;
	if (!may_change_fd(fd)) return;
	if (chance(80)) {
		/* The value may be longer than a page, or lie where it can't be read. */
		size_t length = strlen(value);
		int64_t count = chance(90) ? (int64_t)length : (int64_t)any_length();
		call(SYS_write, fd, chance(95) ? AT(strcpy(good_pointer(), value)) : AT(any_pointer()), count);
	} else {
		echo(fd, value);
	}
	if (chance(80)) call(SYS_close, fd);
	else remember(fd, ATTRIBUTE);
}
