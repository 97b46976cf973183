/* One system call, noted where the supervisor sees it. */
#define _GNU_SOURCE
#include "fuzzer.h"

#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

__thread struct slot *slot;

long call_with(long number, const int64_t argument[6])
{
	for (int i = 0; i < 6; i++) atomic_store_explicit(&slot->argument[i], argument[i], memory_order_relaxed);
	atomic_store(&slot->number, (int32_t)number);
	long result = syscall(number, (long)argument[0], (long)argument[1], (long)argument[2],
			      (long)argument[3], (long)argument[4], (long)argument[5]);
	if (result == -1) result = -errno;
	atomic_store(&slot->number, -1);
	atomic_fetch_add(&slot->calls, 1);
	return result;
}

long ioctl_on(long fd, unsigned long request, const void *argument)
{
	return call(SYS_ioctl, fd, (int64_t)request, AT(argument));
}
