/*
 * Drives an edu device (QEMU, docs/specs/edu) from user space: registers, interrupts one by one, DMA both ways.
 *
 *   edu uio  BDF SECONDS   by /dev/uio0 and the device's resource0: INTx, DMA by physical address; once, when
 *                          the driver has just been bound
 *   edu intx BDF SECONDS   by VFIO: INTx, which VFIO masks each time
 *   edu msi  BDF SECONDS   by VFIO: MSI
 *
 * What is stored into a register may take SECONDS to show; with 0 it has to be there for the next load.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/vfio.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

enum {
	IDENTIFICATION = 0x00, LIVENESS = 0x04, FACTORIAL = 0x08, STATUS = 0x20, INTERRUPT_STATUS = 0x24,
	INTERRUPT_RAISE = 0x60, INTERRUPT_ACKNOWLEDGE = 0x64,
	DMA_SOURCE = 0x80, DMA_DESTINATION = 0x88, DMA_COUNT = 0x90, DMA_COMMAND = 0x98,
	DEVICE_BUFFER = 0x40000, BAR_SIZE = 0x100000, PAGE = 4096,
	COMMAND = 4, COMMAND_MEMORY_MASTER = 6,
};

#define ROUNDS 20
#define IOVA 0x100000

static volatile uint8_t *bar;
static uint8_t *buffer;
static uint64_t bus_address;
static int config, device, event, irq_index, seconds;
static uint64_t config_offset;

static void check(int ok, const char *what)
{
	if (ok) return;
	fprintf(stderr, "%s: %s\n", what, strerror(errno));
	exit(1);
}

static uint32_t load(int offset) { return *(volatile uint32_t *)(bar + offset); }
static void store(int offset, uint32_t value) { *(volatile uint32_t *)(bar + offset) = value; }
static void store64(int offset, uint64_t value) { *(volatile uint64_t *)(bar + offset) = value; }

/** A register comes to hold a value. */
static void expect(int offset, uint32_t mask, uint32_t value)
{
	time_t end = time(NULL) + seconds;
	uint32_t is;
	while (((is = load(offset)) & mask) != value) {
		if (seconds > 0 && time(NULL) <= end) continue;
		fprintf(stderr, "register 0x%02x is 0x%x, not 0x%x\n", offset, is & mask, value);
		exit(1);
	}
}

static void enable_device(void)
{
	uint16_t command = COMMAND_MEMORY_MASTER;
	check(pwrite(config, &command, 2, config_offset + COMMAND) == 2, "command register");
}

static void open_uio(const char *bdf)
{
	char path[PATH_MAX];
	snprintf(path, sizeof path, "/sys/bus/pci/devices/%s/config", bdf);
	config = open(path, O_RDWR);
	check(config >= 0, path);
	snprintf(path, sizeof path, "/sys/bus/pci/devices/%s/resource0", bdf);
	int resource = open(path, O_RDWR);
	check(resource >= 0, path);
	bar = mmap(NULL, BAR_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, resource, 0);
	check(bar != MAP_FAILED, "mmap of resource0");
	event = open("/dev/uio0", O_RDWR);
	check(event >= 0, "/dev/uio0");

	check(mlock(buffer, PAGE) == 0, "mlock");
	uint64_t entry;
	int pagemap = open("/proc/self/pagemap", O_RDONLY);
	check(pread(pagemap, &entry, 8, (uintptr_t)buffer / PAGE * 8) == 8, "pagemap");
	bus_address = (entry & ((1ull << 55) - 1)) * PAGE;
}

static void set_irq(uint32_t flags, const void *data, size_t size)
{
	char space[sizeof(struct vfio_irq_set) + 4];
	struct vfio_irq_set *set = (void *)space;
	*set = (struct vfio_irq_set){ sizeof *set + size, flags, irq_index, 0, 1 };
	memcpy(set->data, data, size);
	check(ioctl(device, VFIO_DEVICE_SET_IRQS, set) == 0, "SET_IRQS");
}

static void open_vfio(const char *bdf)
{
	char path[PATH_MAX], target[PATH_MAX];
	snprintf(path, sizeof path, "/sys/bus/pci/devices/%s/iommu_group", bdf);
	ssize_t length = readlink(path, target, sizeof target - 1);
	check(length > 0, path);
	target[length] = 0;
	snprintf(path, sizeof path, "/dev/vfio%s", strrchr(target, '/'));
	int container = open("/dev/vfio/vfio", O_RDWR);
	check(container >= 0, "/dev/vfio/vfio");
	int group = open(path, O_RDWR);
	check(group >= 0, path);
	check(ioctl(group, VFIO_GROUP_SET_CONTAINER, &container) == 0, "SET_CONTAINER");
	check(ioctl(container, VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU) == 0, "SET_IOMMU");
	struct vfio_iommu_type1_dma_map map = {
		sizeof map, VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE, (uintptr_t)buffer, IOVA, PAGE
	};
	check(ioctl(container, VFIO_IOMMU_MAP_DMA, &map) == 0, "MAP_DMA");
	bus_address = IOVA;
	device = config = ioctl(group, VFIO_GROUP_GET_DEVICE_FD, bdf);
	check(device >= 0, "GET_DEVICE_FD");
	config_offset = (uint64_t)VFIO_PCI_CONFIG_REGION_INDEX << 40;
	bar = mmap(NULL, BAR_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, device, 0);
	check(bar != MAP_FAILED, "mmap of BAR 0");
	event = eventfd(0, EFD_CLOEXEC);
	enable_device();
	set_irq(VFIO_IRQ_SET_DATA_EVENTFD | VFIO_IRQ_SET_ACTION_TRIGGER, &event, 4);
}

/** Waits for the next interrupt, acknowledges it at the device, lets the next one come. @return how many it was */
static int take_interrupt(const char *mode, uint32_t cause)
{
	struct pollfd readable = { event, POLLIN, 0 };
	int is_uio = !strcmp(mode, "uio");
	static uint32_t seen;
	uint32_t total;
	uint64_t count;
	check(poll(&readable, 1, 20000) == 1, "interrupt");
	if (is_uio) {
		/* All since the driver was bound. */
		check(read(event, &total, 4) == 4, "uio");
		count = total - seen;
		seen = total;
	} else check(read(event, &count, 8) == 8, "eventfd");
	expect(INTERRUPT_STATUS, ~0u, cause);
	store(INTERRUPT_ACKNOWLEDGE, cause);
	expect(INTERRUPT_STATUS, ~0u, 0);
	if (is_uio) enable_device();
	if (!strcmp(mode, "intx")) set_irq(VFIO_IRQ_SET_DATA_NONE | VFIO_IRQ_SET_ACTION_UNMASK, "", 0);
	return count;
}

static void transfer(const char *mode, uint64_t from, uint64_t to, uint64_t command)
{
	store64(DMA_SOURCE, from);
	store64(DMA_DESTINATION, to);
	store64(DMA_COUNT, PAGE / 2);
	store64(DMA_COMMAND, command);
	check(take_interrupt(mode, 0x100) == 1, "one interrupt of DMA");
	expect(DMA_COMMAND, 1, 0);
}

int main(int argc, char **argv)
{
	check(argc == 4, "usage: edu uio|intx|msi BDF SECONDS");
	const char *mode = argv[1];
	seconds = atoi(argv[3]);
	buffer = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	check(buffer != MAP_FAILED, "mmap");
	irq_index = !strcmp(mode, "msi") ? VFIO_PCI_MSI_IRQ_INDEX : VFIO_PCI_INTX_IRQ_INDEX;
	if (!strcmp(mode, "uio")) open_uio(argv[2]);
	else open_vfio(argv[2]);
	enable_device();

	expect(IDENTIFICATION, ~0u, 0x010000ed);
	for (uint32_t i = 1; i <= ROUNDS; i++) {
		store(LIVENESS, i * 0x01010101);
		expect(LIVENESS, ~0u, ~(i * 0x01010101));
	}
	puts("registers: alive");

	int count = 0;
	for (int i = 0; i < ROUNDS; i++) {
		store(INTERRUPT_RAISE, 1 << i);
		count += take_interrupt(mode, 1 << i);
	}
	printf("interrupts: %d of %d\n", count, ROUNDS);

	store(STATUS, 0x80);
	store(FACTORIAL, 10);
	check(take_interrupt(mode, 1) == 1, "one interrupt of the factorial");
	expect(FACTORIAL, ~0u, 3628800);
	puts("factorial: 10! = 3628800");

	for (int i = 0; i < PAGE / 2; i++) buffer[i] = i * 7 + 1;
	transfer(mode, bus_address, DEVICE_BUFFER, 5);
	transfer(mode, DEVICE_BUFFER, bus_address + PAGE / 2, 7);
	check(memcmp(buffer, buffer + PAGE / 2, PAGE / 2) == 0, "DMA round trip");
	printf("DMA: %d bytes there and back\n", PAGE / 2);
	return 0;
}
