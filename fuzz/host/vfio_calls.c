/* VFIO's requests: on the right object and on wrong ones, well formed and not. linux/vfio.h */
#define _GNU_SOURCE
#include "fuzzer.h"

#include <fcntl.h>
#include <linux/vfio.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static uint32_t argsz(uint32_t right)
{
	return chance(80) ? right : (uint32_t)any_number();
}

static uint32_t flags(unsigned bits)
{
	return chance(85) ? (uint32_t)below(1u << bits) : (uint32_t)any_number();
}

static void container_request(int fd)
{
	switch (below(5)) {
	case 0: ioctl_on(fd, VFIO_GET_API_VERSION, NULL); break;
	case 1: ioctl_on(fd, VFIO_CHECK_EXTENSION, (void *)(uintptr_t)below(14)); break;
	case 2: ioctl_on(fd, VFIO_SET_IOMMU, (void *)(uintptr_t)(chance(80) ? VFIO_TYPE1v2_IOMMU - 2 * below(2) : below(12))); break;
	default: ioctl_on(fd, VFIO_IOMMU_ENABLE + below(8), (void *)any_pointer());
	}
}

static void group_request(int fd)
{
	struct vfio_group_status status = { .argsz = argsz(sizeof(status)) };
	int container = any_fd(CONTAINER);
	switch (below(6)) {
	case 0: ioctl_on(fd, VFIO_GROUP_GET_STATUS, placed(&status, sizeof(status))); break;
	case 1: ioctl_on(fd, VFIO_GROUP_SET_CONTAINER, placed(&container, sizeof(container))); break;
	case 2: ioctl_on(fd, VFIO_GROUP_UNSET_CONTAINER, NULL); break;
	default:
		remember((int)ioctl_on(fd, VFIO_GROUP_GET_DEVICE_FD, placed(any_function(), 13)), DEVICE);
	}
}

static void map_request(int fd)
{
	uint64_t size = chance(80) ? PAGE << below(chance(5) ? 9 : 4) : any_number();
	struct vfio_iommu_type1_dma_map map = {
		.argsz = argsz(sizeof(map)), .flags = flags(3), .iova = any_iova(), .size = size,
		.vaddr = chance(80) ? (uintptr_t)good_pointer() & ~(uint64_t)(PAGE - 1) : any_pointer(),
	};
	struct {
		struct vfio_iommu_type1_dma_unmap unmap;
		struct vfio_bitmap bitmap;
	} unmap = {
		{ .argsz = argsz(chance(80) ? 24 : 48), .flags = chance(80) ? 0 : flags(3), .iova = any_iova(), .size = size },
		{ .pgsize = chance(80) ? PAGE : any_number(), .size = any_length(), .data = (void *)any_pointer() },
	};
	struct {
		struct vfio_iommu_type1_dirty_bitmap dirty;
		struct vfio_iommu_type1_dirty_bitmap_get get;
	} dirty = {
		{ .argsz = argsz(chance(50) ? 8 : 48), .flags = flags(3) },
		{ .iova = any_iova(), .size = size, .bitmap = unmap.bitmap },
	};
	struct vfio_iommu_type1_info *info = good_pointer();
	if (chance(1)) {
		unmap.unmap.flags = VFIO_DMA_UNMAP_FLAG_ALL;
		unmap.unmap.iova = unmap.unmap.size = 0;
	}
	switch (below(8)) {
	case 0: case 1: case 2: case 3: ioctl_on(fd, VFIO_IOMMU_MAP_DMA, placed(&map, sizeof(map))); break;
	case 4: case 5: ioctl_on(fd, VFIO_IOMMU_UNMAP_DMA, placed(&unmap, sizeof(unmap))); break;
	case 6: ioctl_on(fd, VFIO_IOMMU_DIRTY_PAGES, placed(&dirty, sizeof(dirty))); break;
	default:
		info->argsz = argsz(200);
		ioctl_on(fd, VFIO_IOMMU_GET_INFO, info);
	}
}

static void irq_request(int fd)
{
	uint32_t count = chance(90) ? (uint32_t)below(6) : (uint32_t)any_number();
	struct { struct vfio_irq_set set; int32_t fd[32]; } request = {
		{ .index = (uint32_t)(chance(95) ? below(6) : any_number()), .start = (uint32_t)(chance(80) ? 0 : any_number()), .count = count,
		  .flags = chance(85) ? (1u << below(3)) | (8u << below(3)) : flags(6) }, { 0 },
	};
	uint32_t entry = request.set.flags & VFIO_IRQ_SET_DATA_BOOL ? 1 : request.set.flags & VFIO_IRQ_SET_DATA_EVENTFD ? 4 : 0;
	request.set.argsz = argsz((uint32_t)sizeof(request.set) + entry * count);
	for (int i = 0; i < 32; i++) request.fd[i] = chance(85) ? any_fd(EVENTFD) : any_fd(ANY);
	ioctl_on(fd, VFIO_DEVICE_SET_IRQS, placed(&request, sizeof(request)));
}

static void make_eventfd(void)
{
	uint64_t full = 0xfffffffffffffffe;
	int fd = (int)call(SYS_eventfd2, 0, EFD_NONBLOCK | (chance(50) ? EFD_CLOEXEC : 0) | (chance(20) ? EFD_SEMAPHORE : 0));
	if (chance(20) && write(fd, &full, sizeof(full)) < 0) fd = -1;
	/* uvfio may not wait at a full one, whatever its flags. */
	if (chance(30)) fcntl(fd, F_SETFL, 0);
	remember(fd, EVENTFD);
}

static void device_request(int fd)
{
	uint32_t info[64] = { argsz((uint32_t)(16 + 4 * below(20))), 0, (uint32_t)(chance(90) ? below(10) : any_number()) };
	struct vfio_device_ioeventfd ioeventfd = {
		.argsz = argsz(28), .flags = flags(4), .offset = any_offset(), .data = any_number(), .fd = chance(80) ? any_fd(EVENTFD) : -1,
	};
	struct { uint32_t argsz, flags; int32_t data[8]; } feature = {
		argsz(chance(50) ? 8 : 16), (uint32_t)below(12) | (uint32_t)below(8) << 16, { any_fd(EVENTFD) },
	};
	struct { uint32_t argsz, flags, count; int32_t group[8]; } reset = { argsz(12 + 4 * 2), 0, (uint32_t)(chance(80) ? below(3) : any_number()), { 0 } };
	for (int i = 0; i < 8; i++) reset.group[i] = any_fd(GROUP);
	switch (below(12)) {
	case 0: ioctl_on(fd, VFIO_DEVICE_GET_INFO, placed(info, sizeof(info))); break;
	case 1: ioctl_on(fd, VFIO_DEVICE_GET_REGION_INFO, placed(info, sizeof(info))); break;
	case 2: ioctl_on(fd, VFIO_DEVICE_GET_IRQ_INFO, placed(info, sizeof(info))); break;
	case 3: ioctl_on(fd, VFIO_DEVICE_RESET, NULL); break;
	case 4: ioctl_on(fd, VFIO_DEVICE_GET_PCI_HOT_RESET_INFO, placed(info, sizeof(info))); break;
	case 5: ioctl_on(fd, VFIO_DEVICE_PCI_HOT_RESET, placed(&reset, sizeof(reset))); break;
	case 6: ioctl_on(fd, VFIO_DEVICE_IOEVENTFD, placed(&ioeventfd, sizeof(ioeventfd))); break;
	case 7: ioctl_on(fd, VFIO_DEVICE_FEATURE, placed(&feature, sizeof(feature))); break;
	case 8: make_eventfd(); break;
	default: irq_request(fd);
	}
}

/* The edu device's registers: interrupts and DMA to addresses that are mapped or not. */
static void drive_device(int fd)
{
	if (!may_change_fd(fd)) return;
	uint64_t iova = any_iova();
	uint64_t *values = good_pointer();
	static const uint64_t dma[] = { 0x80, 0x88, 0x90, 0x98 };
	bool to_memory = chance(50);
	values[0] = to_memory ? 0x40000 + below(256) : iova;
	values[1] = to_memory ? iova : 0x40000 + below(256);
	values[2] = chance(90) ? below(PAGE + 1) : any_number();
	values[3] = 1 | (to_memory ? 2 : 0) | (chance(50) ? 4 : 0);
	values[4] = any_number();
	values[5] = 0x0407;
	if (chance(20)) call(SYS_pwrite64, fd, AT(values + 5), 2, OFFSET((7ull << 40) + 4));
	if (chance(60)) {
		for (int i = 0; i < 4; i++) call(SYS_pwrite64, fd, AT(values + i), 8, OFFSET(dma[i]));
	} else {
		static const uint64_t registers[] = { 0x04, 0x08, 0x20, 0x60, 0x64 };
		call(SYS_pwrite64, fd, AT(values + 4), 4, OFFSET(PICK(registers)));
	}
}

void random_vfio_call(void)
{
	if (chance(5)) {
		int fd = any_fd(ANY);
		unsigned long request = chance(80) ? 0x3b64 + below(32) : (unsigned long)any_number();
		if (may_change_fd(fd)) ioctl_on(fd, request, (void *)any_pointer());
		return;
	}
	switch (below(12)) {
	case 0: container_request(any_fd(CONTAINER)); break;
	case 1: case 2: group_request(any_fd(GROUP)); break;
	case 3: case 4: case 5: map_request(any_fd(CONTAINER)); break;
	case 6: case 7: drive_device(any_fd(DEVICE)); break;
	default: device_request(any_fd(DEVICE));
	}
}

/* All the way to an open device, which chance alone would seldom reach. */
void random_bring_up(void)
{
	char path[64];
	const char *function = functions[below(5)];
	int number = group_number(function);
	if (number < 0) return;
	snprintf(path, sizeof(path), "/dev/vfio/%d", number);
	int container = (int)call(SYS_openat, AT_FDCWD, AT("/dev/vfio/vfio"), O_RDWR | (chance(50) ? O_CLOEXEC : 0));
	int group = (int)call(SYS_openat, AT_FDCWD, AT(path), O_RDWR);
	remember(container, CONTAINER);
	remember(group, GROUP);
	if (chance(95)) ioctl_on(group, VFIO_GROUP_SET_CONTAINER, &container);
	if (chance(95)) ioctl_on(container, VFIO_SET_IOMMU, (void *)(uintptr_t)(chance(80) ? VFIO_TYPE1v2_IOMMU : VFIO_TYPE1_IOMMU));
	remember((int)ioctl_on(group, VFIO_GROUP_GET_DEVICE_FD, function), DEVICE);
}
