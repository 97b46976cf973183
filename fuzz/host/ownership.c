/*
 * What may be changed: only what is proven to be uvfio's or this program's own. A chmod, truncate or write
 * that goes by path or descriptor asks here first. That the fuzzer never runs as root is the second fence.
 */
#define _GNU_SOURCE
#include "fuzzer.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>

bool has_second_thread;

static bool begins_with(const char *text, const char *beginning)
{
	return strncmp(text, beginning, strlen(beginning)) == 0;
}

/* Trees that uvfio answers for whole: what it does not have there does not exist. No way up out of them. */
bool is_machine_path(const char *path)
{
	static const char *const trees[] = {
		"/dev/vfio/", "/sys/bus/pci/", "/sys/devices/pci0000:", "/sys/kernel/iommu_groups/",
		"/sys/class/vfio/", "/sys/class/iommu/", "/sys/devices/virtual/vfio/", "/sys/module/vfio",
	};
	if (strstr(path, "..") != NULL) return false;
	for (unsigned i = 0; i < COUNT(trees); i++) {
		if (begins_with(path, trees[i])) return true;
	}
	return false;
}

/* What a descriptor leads to, as /proc names it. */
static bool is_own(const char *target)
{
	static const char *const nameless[] = { "anon_inode:", "/memfd:", "socket:[", "pipe:[" };
	char scratch[64];
	snprintf(scratch, sizeof(scratch), "/dev/shm/uvfio-%d-", shared->uvfio);
	if (is_machine_path(target) || begins_with(target, scratch)) return true;
	for (unsigned i = 0; i < COUNT(nameless); i++) {
		if (begins_with(target, nameless[i])) return true;
	}
	return false;
}

static bool leads_to_own(const char *link, bool is_absent_fine)
{
	char target[256];
	long length = call(SYS_readlink, AT(link), AT(target), sizeof(target) - 1);
	if (length < 0) return is_absent_fine && (length == -ENOENT || length == -ENAMETOOLONG);
	target[length] = '\0';
	return is_own(target);
}

bool may_change_path(const char *path)
{
	bool is_descriptor = begins_with(path, "/proc/") && strstr(path, "/fd/") != NULL;
	return is_descriptor ? leads_to_own(path, false) : is_machine_path(path);
}

bool may_change_fd(int fd)
{
	char link[64];
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	return leads_to_own(link, !has_second_thread);
}
