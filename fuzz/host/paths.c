/*
 * Paths: of everything that the machine has, written plainly or in roundabout ways, and of things that
 * are not there.
 */
#define _GNU_SOURCE
#include "fuzzer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

/* Those that programs can be given, then the bridge, and one that is not there. */
const char *const functions[] = {
	"0000:00:03.0", "0000:00:04.0", "0000:00:05.0", "0000:01:01.0", "0000:01:02.0", "0000:00:1e.0", "0000:00:1f.0",
};
static const char *const drivers[] = { "vfio-pci", "pci-stub", "pcieport", "e1000" };
static const char *const attributes[] = {
	"config", "resource", "resource0", "resource1", "driver_override", "enable", "power_state", "power/control",
	"power/runtime_status", "reset", "reset_method", "rescan", "vendor", "class", "uevent", "numa_node", "msi_bus",
	"d3cold_allowed", "irq", "modalias", "iommu_group", "driver", "link", "power", "iommu_group/type",
	"iommu_group/reserved_regions", "subsystem", "nonsense", "", "iommu_group/devices", "broken_parity_status",
	"reset_subordinate", "max_link_speed", "aer_dev_fatal", "local_cpus", "power/autosuspend_delay_ms",
};
static const char *const directories[] = {
	"/sys/bus/pci", "/sys/bus/pci/devices", "/sys/bus/pci/drivers/vfio-pci", "/sys/devices/pci0000:00",
	"/sys/kernel/iommu_groups", "/sys/kernel/iommu_groups/0/devices", "/dev/vfio", "/sys/class/iommu",
	"/sys/devices/virtual/vfio", "/sys/class/vfio", "/sys/devices/virtual/iommu/dmar0/intel-iommu",
	"/sys/bus/pci/slots", "/sys/devices/pci0000:00/pci_bus/0000:00", "/sys/module/vfio_pci",
};
static const char *const parameters[] = {
	"allow_unsafe_interrupts", "disable_hugepages", "dma_entry_limit", "nonsense",
};
static const char *const values[] = {
	"", "\n", "0", "1", "1\n", "2", "-1", "on", "auto", "on\n", "vfio-pci", "vfio-pci\n", "pci-stub", "(null)",
	"0000:00:03.0", "0000:00:04.0\n", "0000:01:01.0", "0000:01:02.0", "0000:00:1e.0", "8086 100e", "10ec 8139\n",
	"1234 11e8", "1234 11e8 1234 11e8 0 0 0", "ffffffff ffffffff", "flr", "pm bus", "bus", "default", "add", "remove",
	"nonsense", "0x", "99999999999999999999999", "\xff\xfe\x80", "%s%n",
};

static __thread char text[4200];

static __thread char text[4200];

const char *any_function(void)
{
	return functions[below(COUNT(functions))];
}

/* The same place in other words, or a place beside it. */
static const char *distort(char *path)
{
	static const char *const insertions[] = { "/", "/.", "/./.", "/nowhere/..", "/../dev/.." };
	size_t length = strlen(path);
	char *slash = strchr(path + 1 + below(length - 1), '/');
	switch (below(6)) {
	case 0: strcpy(path + length, "/"); break;
	case 1: strcpy(path + length, "/."); break;
	case 2: path[1 + below(length - 1)] = '\0'; break;
	case 3: path[1 + below(length - 1)] ^= (char)(1 + below(127)); break;
	case 4: memset(path + length, 'x', 255 + below(3600)); path[4100] = '\0'; break;
	default:
		if (slash != NULL) {
			const char *inserted = PICK(insertions);
			memmove(slash + strlen(inserted), slash, strlen(slash) + 1);
			memcpy(slash, inserted, strlen(inserted));
		}
	}
	return path;
}

const char *machine_path(void)
{
	memset(text, 0, sizeof(text));
	switch (below(9)) {
	case 0: strcpy(text, "/dev/vfio/vfio"); break;
	case 1: sprintf(text, "/dev/vfio/%d", (int)below(6)); break;
	case 2: sprintf(text, "/sys/bus/pci/drivers/%s/%s", PICK(drivers), chance(50) ? "uevent" : any_function()); break;
	case 3: strcpy(text, PICK(directories)); break;
	case 4: sprintf(text, "/sys/kernel/iommu_groups/%d/devices/%s/%s", (int)below(5), any_function(), PICK(attributes)); break;
	case 5: sprintf(text, "/sys/devices/pci0000:00/%s/%s", any_function(), PICK(attributes)); break;
	case 6: sprintf(text, "/sys/module/vfio_iommu_type1/parameters/%s", PICK(parameters)); break;
	default: sprintf(text, "/sys/bus/pci/devices/%s/%s", any_function(), PICK(attributes));
	}
	return text;
}

const char *any_path(void)
{
	machine_path();
	if (chance(60)) return text;
	switch (below(6)) {
	case 0: sprintf(text, "/proc/%s/fd/%d", chance(50) ? "thread-self" : "self", any_fd(ANY)); break;
	case 1: sprintf(text, "/proc/%d/fd/%d", (int)shared->slot[below(MAX_WORKERS)][0].pid, any_fd(ANY)); break;
	case 2: sprintf(text, "%s%s", chance(50) ? "../" : "", any_function()); break;
	case 3: strcpy(text, chance(50) ? "" : "/proc/self/status"); break;
	default: return distort(text);
	}
	return text;
}

/* An attribute with an effect and something to write to it. */
const char *attribute_to_write(const char **value)
{
	static const char *const ofDriver[] = { "bind", "unbind", "new_id", "remove_id" };
	static const char *const ofFunction[] = {
		"driver/unbind", "driver_override", "remove", "rescan", "reset", "enable", "power/control", "reset_method",
		"d3cold_allowed", "msi_bus", "numa_node", "uevent", "broken_parity_status", "iommu_group/type", "config",
		"power/autosuspend_delay_ms",
	};
	static const char *const ofBus[] = { "rescan", "drivers_probe", "drivers_autoprobe", "resource_alignment" };
	*value = PICK(values);
	memset(text, 0, sizeof(text));
	switch (below(4)) {
	case 0:
		sprintf(text, "/sys/bus/pci/drivers/%s/%s", PICK(drivers), PICK(ofDriver));
		if (chance(60)) *value = any_function();
		break;
	case 1:
	case 2:
		sprintf(text, "/sys/bus/pci/devices/%s/%s", any_function(), PICK(ofFunction));
		if (chance(50)) *value = chance(80) ? "1" : any_function();
		break;
	default:
		if (chance(20)) sprintf(text, "/sys/module/vfio_iommu_type1/parameters/%s", PICK(parameters));
		else sprintf(text, "/sys/bus/pci/%s", PICK(ofBus));
		if (chance(50)) *value = "1";
	}
	return text;
}

int group_number(const char *function)
{
	char path[128], target[256];
	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/iommu_group", function);
	long length = call(SYS_readlink, AT(path), AT(target), sizeof(target) - 1);
	if (length < 0) return -1;
	target[length] = '\0';
	char *slash = strrchr(target, '/');
	return slash != NULL && slash[1] >= '0' && slash[1] <= '9' ? atoi(slash + 1) : -1;
}
