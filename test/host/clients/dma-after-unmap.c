// Maps and unmaps memory for a copying device while other threads make calls: what is mapped is copied, and what
// is unmapped faults at once. Says whether uvfio has the memory mapped meanwhile, too.
// usage: dma-after-unmap private|memfd|shm|hugetlb ROUNDS ADDRESS

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
#define HUGE_PAGE (2ul << 20)
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

/* The name of one of our two files in /dev/shm. */
static const char *shm_name(int which)
{
	static char name[64];

	snprintf(name, sizeof name, "/dma-after-unmap-%d-%d", getpid(), which);
	return name;
}

/* A file of a kind of shared memory, or -1 for private memory. */
static int file_of(const char *kind)
{
	static int files;

	if (strcmp(kind, "memfd") == 0)
		return memfd_create("dma-after-unmap", 0);
	if (strcmp(kind, "hugetlb") == 0)
		return memfd_create("dma-after-unmap", MFD_HUGETLB);
	if (strcmp(kind, "shm") == 0)
		return shm_open(shm_name(files++), O_RDWR | O_CREAT | O_EXCL, 0600);
	return -1;
}

static void *memory_of(const char *kind)
{
	int file = file_of(kind), is_shared = strcmp(kind, "private") != 0;
	size_t size = strcmp(kind, "hugetlb") == 0 ? HUGE_PAGE : PAGES * PAGE;
	void *memory;

	if (is_shared && (file < 0 || ftruncate(file, size) != 0))
		fail(kind);
	memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
		      is_shared ? MAP_SHARED : MAP_PRIVATE | MAP_ANONYMOUS, file, 0);
	if (memory == MAP_FAILED)
		fail("mmap");
	/* What has a path is found by it, also without a descriptor. */
	if (strcmp(kind, "shm") == 0)
		close(file);
	return memory;
}

/* Whether the process that runs this one has a file of ours mapped. */
static int is_mapped_by_uvfio(void)
{
	char path[64], line[512];
	int is_mapped = 0;
	FILE *maps;

	snprintf(path, sizeof path, "/proc/%d/maps", getppid());
	maps = fopen(path, "r");
	if (maps == NULL)
		fail(path);
	while (fgets(line, sizeof line, maps) != NULL)
		is_mapped |= strstr(line, "rw-s") != NULL && strstr(line, "dma-after-unmap") != NULL;
	fclose(maps);
	return is_mapped;
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
	int rounds, copies = 0, faults = 0, leaks = 0, direct = 0;

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
		direct += is_mapped_by_uvfio();
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
		direct += is_mapped_by_uvfio();
	}
	is_over = 1;
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	for (int which = 0; which < 2; which++)
		shm_unlink(shm_name(which));
	printf("%d copies, %d of them direct, %d faults, %d bytes written after unmap\n", copies, direct, faults, leaks);
	return 0;
}
