// Maps and unmaps memory for a copying device while other threads make calls: what is mapped is copied, and what
// is unmapped faults at once. usage: dma-after-unmap private|shared ROUNDS ADDRESS

#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/vfio.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGE 4096ul
#define PAGES 64ul
#define CONFIG (7ull << 40)

static int container, device;
static volatile int is_over;

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static void *load(void *unused)
{
	uint32_t word;

	(void)unused;
	while (!is_over) {
		if (ioctl(container, VFIO_GET_API_VERSION) != VFIO_API_VERSION)
			fail("VFIO_GET_API_VERSION");
		if (pread(device, &word, sizeof word, CONFIG) != sizeof word)
			fail("pread");
	}
	return NULL;
}

static void map(void *memory, uint64_t iova)
{
	struct vfio_iommu_type1_dma_map request = {
		.argsz = sizeof request,
		.flags = VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE,
		.vaddr = (uintptr_t)memory,
		.iova = iova,
		.size = PAGES * PAGE,
	};

	if (ioctl(container, VFIO_IOMMU_MAP_DMA, &request) != 0)
		fail("VFIO_IOMMU_MAP_DMA");
}

static void unmap(uint64_t iova)
{
	struct vfio_iommu_type1_dma_unmap request = { .argsz = sizeof request, .iova = iova, .size = PAGES * PAGE };

	if (ioctl(container, VFIO_IOMMU_UNMAP_DMA, &request) != 0 || request.size != PAGES * PAGE)
		fail("VFIO_IOMMU_UNMAP_DMA");
}

static void put(unsigned place, uint32_t value)
{
	if (pwrite(device, &value, sizeof value, place) != sizeof value)
		fail("pwrite");
}

/* Whether the device could copy. */
static int copy(uint64_t from, uint64_t to, uint32_t length)
{
	uint32_t is_done;

	put(0, from);
	put(4, from >> 32);
	put(8, to);
	put(12, to >> 32);
	put(16, length);
	put(24, 1);
	if (pread(device, &is_done, sizeof is_done, 24) != sizeof is_done)
		fail("pread");
	return is_done;
}

static void *memory_of(const char *kind)
{
	int is_shared = strcmp(kind, "shared") == 0;
	int file = is_shared ? memfd_create("dma", 0) : -1;
	void *memory;

	if (is_shared && ftruncate(file, PAGES * PAGE) != 0)
		fail("ftruncate");
	memory = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE,
		      is_shared ? MAP_SHARED : MAP_PRIVATE | MAP_ANONYMOUS, file, 0);
	if (memory == MAP_FAILED)
		fail("mmap");
	return memory;
}

static void open_device(const char *address)
{
	char path[256], link[256], node[64];
	uint16_t command = 6; /* memory space and bus master */
	int group;
	ssize_t length;

	snprintf(path, sizeof path, "/sys/bus/pci/devices/%s/iommu_group", address);
	length = readlink(path, link, sizeof link - 1);
	if (length < 0)
		fail(path);
	link[length] = 0;
	snprintf(node, sizeof node, "/dev/vfio/%.50s", strrchr(link, '/') + 1);
	container = open("/dev/vfio/vfio", O_RDWR);
	group = open(node, O_RDWR);
	if (ioctl(group, VFIO_GROUP_SET_CONTAINER, &container) != 0)
		fail("VFIO_GROUP_SET_CONTAINER");
	if (ioctl(container, VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU) != 0)
		fail("VFIO_SET_IOMMU");
	device = ioctl(group, VFIO_GROUP_GET_DEVICE_FD, address);
	if (device < 0)
		fail("VFIO_GROUP_GET_DEVICE_FD");
	if (pwrite(device, &command, sizeof command, CONFIG + 4) != sizeof command)
		fail("pwrite");
}

int main(int argc, char **argv)
{
	unsigned char *source, *destination;
	pthread_t threads[2];
	int rounds, copies = 0, faults = 0, leaks = 0;

	if (argc != 4)
		return 2;
	source = memory_of(argv[1]);
	destination = memory_of(argv[1]);
	rounds = atoi(argv[2]);
	open_device(argv[3]);
	for (int i = 0; i < 2; i++)
		pthread_create(&threads[i], NULL, load, NULL);
	for (int i = 0; i < rounds; i++) {
		uint64_t from = (1 + rand() % 4096) * PAGES * PAGE, to = from + (1ull << 33);
		uint32_t at = rand() % ((PAGES - 4) * PAGE), length = 1 + rand() % (3 * PAGE);

		memset(source + at, 1 + i % 127, length);
		map(source, from);
		map(destination, to);
		copies += copy(from + at, to + at, length) && memcmp(source + at, destination + at, length) == 0;
		unmap(to);
		memset(destination + at, 0xff, length);
		faults += !copy(from + at, to + at, length);
		for (uint32_t byte = 0; byte < length; byte++)
			leaks += destination[at + byte] != 0xff;
		map(destination, to);
		unmap(from);
		faults += !copy(from + at, to + at, length);
		unmap(to);
	}
	is_over = 1;
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	printf("%d copies, %d faults, %d bytes written after unmap\n", copies, faults, leaks);
	return 0;
}
