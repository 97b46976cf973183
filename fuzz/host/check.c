/* Uses every device as a driver would: its group opens, a container is set up, and what can answer does. */
#define _GNU_SOURCE
#include "fuzzer.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/vfio.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <time.h>

#define CONFIG (7ull << 40)
#define IOVA 0x100000ull

/* The edu device: see its data sheet, docs/specs/edu.rst of QEMU. */
#define EDU_IDENTIFICATION 0x00
#define EDU_FACTORIAL 0x08
#define EDU_STATUS 0x20
#define EDU_DMA_SOURCE 0x80
#define EDU_DMA_COMMAND 0x98
#define EDU_BUFFER 0x40000ull
#define NVME_VERSION 0x08

static const struct { const char *function; uint32_t id; } devices[] = {
	{ "0000:00:03.0", 0x11e81234 }, { "0000:00:04.0", 0x100e8086 }, { "0000:00:05.0", 0x00101b36 },
	{ "0000:01:01.0", 0x100e8086 }, { "0000:01:02.0", 0x813910ec },
};

static const char *complain(const char *what, const char *where, long long result)
{
	const char *why = result < 0 ? strerror((int)-result) : "wrong";
	snprintf(shared->complaint, sizeof(shared->complaint), "%s of %s: %s (%#llx)", what, where, why, result);
	return shared->complaint;
}

static void rest(long ms)
{
	nanosleep(&(struct timespec){ ms / 1000, ms % 1000 * 1000000 }, NULL);
}

/* The register, or -errno. */
static long long read32(long device, uint64_t offset)
{
	uint32_t value = 0;
	long result = call(SYS_pread64, device, AT(&value), sizeof(value), OFFSET(offset));
	return result < 0 ? result : value;
}

static void write_at(long device, uint64_t offset, uint64_t value, size_t size)
{
	call(SYS_pwrite64, device, AT(&value), (int64_t)size, OFFSET(offset));
}

/* Waits, for five seconds, until bits of a register are clear. */
static void wait_clear(long device, uint64_t offset, uint32_t bits)
{
	for (int i = 0; i < 5000 && (read32(device, offset) & bits) != 0; i++) rest(1);
}

static void transfer(long device, uint64_t source, uint64_t target, uint64_t size, uint64_t command)
{
	const uint64_t values[] = { source, target, size, command };
	for (unsigned i = 0; i < COUNT(values); i++) write_at(device, EDU_DMA_SOURCE + 8 * i, values[i], 8);
	wait_clear(device, EDU_DMA_COMMAND, 1);
}

static const char *drive_edu(long device, const char *name, char *memory)
{
	long long identification = read32(device, EDU_IDENTIFICATION);
	if (identification != 0x010000ed) return complain("identification", name, identification);
	write_at(device, CONFIG + 4, 0x0406, 2);
	write_at(device, EDU_FACTORIAL, 5, 4);
	wait_clear(device, EDU_STATUS, 1);
	long long answer = read32(device, EDU_FACTORIAL);
	if (answer != 120) return complain("factorial", name, answer);
	strcpy(memory, "to the device and back");
	transfer(device, IOVA, EDU_BUFFER, 64, 1);
	transfer(device, EDU_BUFFER, IOVA + 128, 64, 3);
	return strcmp(memory + 128, memory) == 0 ? NULL : complain("DMA", name, 0);
}

static const char *drive(long device, unsigned which, char *memory)
{
	const char *name = devices[which].function;
	long long id = read32(device, CONFIG);
	if (id != devices[which].id) return complain("configuration space", name, id);
	if (which == 0) return drive_edu(device, name, memory);
	if (which != 2) return NULL;
	long long version = read32(device, NVME_VERSION);
	return version == 0x00010400 ? NULL : complain("version", name, version);
}

static const char *use(long container, long group, unsigned which)
{
	const char *name = devices[which].function;
	char *memory = (char *)(((uintptr_t)good_pointer() + PAGE) & ~(uintptr_t)(PAGE - 1));
	struct vfio_iommu_type1_dma_map map = {
		.argsz = sizeof(map), .flags = 3, .vaddr = (uintptr_t)memory, .iova = IOVA, .size = PAGE };
	struct { struct vfio_irq_set set; int32_t fd; } irq = {
		{ .argsz = 24, .flags = VFIO_IRQ_SET_DATA_EVENTFD | VFIO_IRQ_SET_ACTION_TRIGGER, .count = 1 }, 0 };
	long result;
	if ((result = ioctl_on(group, VFIO_GROUP_SET_CONTAINER, &container)) < 0) return complain("SET_CONTAINER", name, result);
	if ((result = ioctl_on(container, VFIO_SET_IOMMU, (void *)VFIO_TYPE1v2_IOMMU)) < 0) return complain("SET_IOMMU", name, result);
	if ((result = ioctl_on(container, VFIO_IOMMU_MAP_DMA, &map)) < 0) return complain("MAP_DMA", name, result);
	long device = ioctl_on(group, VFIO_GROUP_GET_DEVICE_FD, name);
	if (device < 0) return complain("GET_DEVICE_FD", name, device);
	/* Controllers of NVMe have no INTx; their vectors are MSI-X. */
	if (which == 2) irq.set.index = VFIO_PCI_MSIX_IRQ_INDEX;
	irq.fd = (int)call(SYS_eventfd2, 0, 0);
	if ((result = ioctl_on(device, VFIO_DEVICE_SET_IRQS, &irq)) < 0) return complain("SET_IRQS", name, result);
	call(SYS_close, irq.fd);
	const char *problem = drive(device, which, memory);
	call(SYS_close, device);
	return problem;
}

/* A group may be busy for a moment: what a killed process had sent away in a message goes when it goes. */
static long open_group(const char *path)
{
	long fd = -ENOENT;
	for (int i = 0; i < 1000; i++) {
		fd = call(SYS_openat, AT_FDCWD, AT(path), O_RDWR);
		if (fd != -EBUSY) break;
		collect_garbage();
		rest(10);
	}
	return fd;
}

const char *check_devices(void)
{
	for (unsigned i = 0; i < COUNT(devices); i++) {
		const char *name = devices[i].function;
		char path[32];
		snprintf(path, sizeof(path), "/dev/vfio/%d", group_number(name));
		long group = open_group(path);
		if (group < 0) return complain("opening the group", name, group);
		long container = call(SYS_openat, AT_FDCWD, AT("/dev/vfio/vfio"), O_RDWR);
		if (container < 0) return complain("opening a container", name, container);
		const char *problem = use(container, group, i);
		if (problem != NULL) return problem;
		call(SYS_close, group);
		call(SYS_close, container);
	}
	return NULL;
}
