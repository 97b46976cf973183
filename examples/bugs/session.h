/*
 * What every program of this folder needs: one device, taken through VFIO and given back as one should. The edu
 * device (QEMU's docs/specs/edu) has registers for a small DMA engine and for raising interrupts.
 */
#ifndef SESSION_H
#define SESSION_H

#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/vfio.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#define EDU_INTERRUPT_RAISE 0x60
#define EDU_INTERRUPT_ACKNOWLEDGE 0x64
#define EDU_DMA_SOURCE 0x80
#define EDU_DMA_DESTINATION 0x88
#define EDU_DMA_COUNT 0x90
#define EDU_DMA_COMMAND 0x98
#define EDU_DMA_START 1
#define EDU_BUFFER 0x40000

#define PCI_COMMAND 4
#define PCI_COMMAND_MEMORY 2
#define PCI_COMMAND_MASTER 4

struct session {
	int container, group, device;
	uint64_t bar0, config; /* where the regions begin in the device's file */
};

static inline void die(const char *what)
{
	perror(what);
	exit(1);
}

static inline uint64_t region_offset(const struct session *s, uint32_t index)
{
	struct vfio_region_info info = { .argsz = sizeof info, .index = index };

	if (ioctl(s->device, VFIO_DEVICE_GET_REGION_INFO, &info) != 0)
		die("VFIO_DEVICE_GET_REGION_INFO");
	return info.offset;
}

static inline void set_command(const struct session *s, uint16_t command)
{
	if (pwrite(s->device, &command, sizeof command, s->config + PCI_COMMAND) != sizeof command)
		die("PCI command");
}

/* What the last user left is none of ours. Not every device can be reset. */
static inline void reset_device(const struct session *s)
{
	struct vfio_device_info info = { .argsz = sizeof info };

	if (ioctl(s->device, VFIO_DEVICE_GET_INFO, &info) != 0)
		die("VFIO_DEVICE_GET_INFO");
	if ((info.flags & VFIO_DEVICE_FLAGS_RESET) && ioctl(s->device, VFIO_DEVICE_RESET) != 0)
		die("VFIO_DEVICE_RESET");
}

static inline struct session open_session(const char *address)
{
	struct session s;
	char path[256], link[256];
	ssize_t length;

	snprintf(path, sizeof path, "/sys/bus/pci/devices/%s/iommu_group", address);
	length = readlink(path, link, sizeof link - 1);
	if (length < 0)
		die(path);
	link[length] = 0;
	snprintf(path, sizeof path, "/dev/vfio/%.64s", strrchr(link, '/') + 1);
	s.container = open("/dev/vfio/vfio", O_RDWR);
	if (s.container < 0)
		die("/dev/vfio/vfio");
	s.group = open(path, O_RDWR);
	if (s.group < 0)
		die(path);
	if (ioctl(s.group, VFIO_GROUP_SET_CONTAINER, &s.container) != 0)
		die("VFIO_GROUP_SET_CONTAINER");
	if (ioctl(s.container, VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU) != 0)
		die("VFIO_SET_IOMMU");
	s.device = ioctl(s.group, VFIO_GROUP_GET_DEVICE_FD, address);
	if (s.device < 0)
		die("VFIO_GROUP_GET_DEVICE_FD");
	reset_device(&s);
	s.bar0 = region_offset(&s, VFIO_PCI_BAR0_REGION_INDEX);
	s.config = region_offset(&s, VFIO_PCI_CONFIG_REGION_INDEX);
	set_command(&s, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
	return s;
}

static inline void close_device(struct session *s)
{
	set_command(s, PCI_COMMAND_MEMORY);
	close(s->device);
}

static inline void close_session(struct session *s)
{
	close_device(s);
	close(s->group);
	close(s->container);
}

static inline void write_register(const struct session *s, uint64_t at, uint32_t value)
{
	if (pwrite(s->device, &value, sizeof value, s->bar0 + at) != sizeof value)
		die("register");
}

static inline uint32_t read_register(const struct session *s, uint64_t at)
{
	uint32_t value;

	if (pread(s->device, &value, sizeof value, s->bar0 + at) != sizeof value)
		die("register");
	return value;
}

static inline void *allocate(size_t size)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		die("mmap");
	memset(memory, 0x5a, size);
	return memory;
}

static inline void map_dma(const struct session *s, void *memory, size_t size, uint64_t iova)
{
	struct vfio_iommu_type1_dma_map map = {
		.argsz = sizeof map,
		.flags = VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE,
		.vaddr = (uintptr_t)memory,
		.iova = iova,
		.size = size,
	};

	if (ioctl(s->container, VFIO_IOMMU_MAP_DMA, &map) != 0)
		die("VFIO_IOMMU_MAP_DMA");
}

static inline void unmap_dma(const struct session *s, size_t size, uint64_t iova)
{
	struct vfio_iommu_type1_dma_unmap unmap = { .argsz = sizeof unmap, .iova = iova, .size = size };

	if (ioctl(s->container, VFIO_IOMMU_UNMAP_DMA, &unmap) != 0)
		die("VFIO_IOMMU_UNMAP_DMA");
}

/* Lets the device read `size` bytes at `iova` into its buffer; that takes a while. */
static inline void start_dma(const struct session *s, uint64_t iova, uint32_t size)
{
	write_register(s, EDU_DMA_SOURCE, iova);
	write_register(s, EDU_DMA_DESTINATION, EDU_BUFFER);
	write_register(s, EDU_DMA_COUNT, size);
	write_register(s, EDU_DMA_COMMAND, EDU_DMA_START);
}

static inline void wait_for_dma(const struct session *s)
{
	while (read_register(s, EDU_DMA_COMMAND) & EDU_DMA_START)
		usleep(1000);
}

/* Has an interrupt of a kind (VFIO_PCI_MSI_IRQ_INDEX, …) signal an eventfd; -1: no longer. */
static inline void set_interrupt(const struct session *s, uint32_t index, int event)
{
	char buffer[sizeof(struct vfio_irq_set) + sizeof event];
	struct vfio_irq_set *set = (struct vfio_irq_set *)buffer;

	set->argsz = event < 0 ? sizeof *set : sizeof buffer;
	set->flags = VFIO_IRQ_SET_ACTION_TRIGGER | (event < 0 ? VFIO_IRQ_SET_DATA_NONE : VFIO_IRQ_SET_DATA_EVENTFD);
	set->index = index;
	set->start = 0;
	set->count = event < 0 ? 0 : 1;
	memcpy(set->data, &event, event < 0 ? 0 : sizeof event);
	if (ioctl(s->device, VFIO_DEVICE_SET_IRQS, set) != 0)
		die("VFIO_DEVICE_SET_IRQS");
}

#endif
