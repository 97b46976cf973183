/* Brings the machine back to where it was, whatever was written to its attributes. */
#define _GNU_SOURCE
#include "fuzzer.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>

#define FUNCTIONS 5 /* that are vfio-pci's; the bridge has no driver */
#define BRIDGE 5

long write_attribute(const char *path, const char *value)
{
	long fd = call(SYS_openat, AT_FDCWD, AT(path), O_WRONLY);
	if (fd < 0) return fd;
	long result = call(SYS_write, fd, AT(value), (int64_t)strlen(value));
	call(SYS_close, fd);
	return result;
}

static long write_of_function(const char *function, const char *name, const char *value)
{
	char path[128];
	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/%s", function, name);
	return write_attribute(path, value);
}

static bool is_bound_to(const char *function, const char *driver)
{
	char path[128], target[256];
	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/driver", function);
	long length = call(SYS_readlink, AT(path), AT(target), sizeof(target) - 1);
	target[length > 0 ? length : 0] = '\0';
	char *slash = strrchr(target, '/');
	return slash != NULL && strcmp(slash + 1, driver) == 0;
}

static void give_back(const char *function)
{
	char node[32];
	write_of_function(function, "driver_override", "vfio-pci");
	write_of_function(function, "reset_method", "default");
	write_of_function(function, "power/control", "on");
	write_of_function(function, "numa_node", "-1");
	write_of_function(function, "msi_bus", "1");
	for (int i = 0; i < 64 && write_of_function(function, "enable", "0") > 0; i++) continue;
	/* Somebody who was killed may have begun to unbind it, which goes on without him. */
	for (int i = 0; i < 1000 && !is_bound_to(function, "vfio-pci"); i++) {
		write_of_function(function, "driver/unbind", function);
		write_attribute("/sys/bus/pci/drivers_probe", function);
		if (i > 0) nanosleep(&(struct timespec){ 0, 10000000 }, NULL);
	}
	snprintf(node, sizeof(node), "/dev/vfio/%d", group_number(function));
	call(SYS_chmod, AT(node), 0600);
}

void repair(void)
{
	static const char *const ids[] = { "8086 100e", "10ec 8139", "1234 11e8", "ffffffff ffffffff" };
	static const char *const drivers[] = { "vfio-pci", "pci-stub", "pcieport" };
	char path[64];
	for (unsigned d = 0; d < COUNT(drivers); d++) {
		snprintf(path, sizeof(path), "/sys/bus/pci/drivers/%s/remove_id", drivers[d]);
		for (unsigned i = 0; i < COUNT(ids); i++) {
			while (write_attribute(path, ids[i]) > 0) continue;
		}
	}
	write_attribute("/sys/module/vfio_iommu_type1/parameters/dma_entry_limit", "65535");
	write_attribute("/sys/bus/pci/drivers_autoprobe", "1");
	write_attribute("/sys/bus/pci/rescan", "1");
	write_of_function(functions[BRIDGE], "driver_override", "\n");
	write_of_function(functions[BRIDGE], "driver/unbind", functions[BRIDGE]);
	for (unsigned i = 0; i < FUNCTIONS; i++) give_back(functions[i]);
	call(SYS_chmod, AT("/dev/vfio/vfio"), 0666);
}
