/*
 * A small VFIO client for the tests of the host: brings one device up as far as it is told, then does
 * what it is told there. Prints "ready" when it is there.
 *
 *   vfio-client STATE ACTION BDF [ROUNDS]
 *
 * STATE   container, group, attached, iommu, mapped, device, irq, bar
 * ACTION  exit    closes nothing and exits
 *         hang    waits to be killed
 *         fork    forks; the parent closes all it has, and opens the group again before and after the
 *                 child, which goes on with the files, has ended
 *         threads eight threads make calls on the same files at once, in ROUNDS (2000) of three
 *         dups    duplicates to where there is no room, closes all, and opens the group again
 *         shrink  tries to take the device's memory away under the machine, by every name it has
 *         fill    tries to fill memory through the sparse file behind the device's descriptor
 *         work    factorial by the edu device, an interrupt through an eventfd, DMA both ways
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/vfio.h>
#include <poll.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define BUFFER_SIZE 0x10000
#define IOVA 0x100000
#define BAR0 0
#define CONFIG ((uint64_t)VFIO_PCI_CONFIG_REGION_INDEX << 40)

static int container, group, device, efd;
static char *buffer;
static volatile uint32_t *bar;
static int rounds = 2000;

static void check(int ok, const char *what)
{
	if (ok) return;
	fprintf(stderr, "%s: %s\n", what, strerror(errno));
	exit(1);
}

static int group_number(const char *bdf)
{
	char path[PATH_MAX], target[PATH_MAX];
	snprintf(path, sizeof path, "/sys/bus/pci/devices/%s/iommu_group", bdf);
	ssize_t length = readlink(path, target, sizeof target - 1);
	check(length > 0, path);
	target[length] = 0;
	return atoi(strrchr(target, '/') + 1);
}

static void set_irq(int fd)
{
	char space[sizeof(struct vfio_irq_set) + 4];
	struct vfio_irq_set *set = (void *)space;
	set->argsz = sizeof space;
	set->flags = VFIO_IRQ_SET_DATA_EVENTFD | VFIO_IRQ_SET_ACTION_TRIGGER;
	set->index = VFIO_PCI_MSI_IRQ_INDEX;
	set->start = 0;
	set->count = 1;
	memcpy(set->data, &fd, 4);
	check(ioctl(device, VFIO_DEVICE_SET_IRQS, set) == 0, "SET_IRQS");
}

static void bring_up(const char *state, const char *bdf)
{
	static const char *states[] = { "container", "group", "attached", "iommu", "mapped", "device", "irq", "bar" };
	int level = -1;
	for (int i = 0; i < 8; i++) if (!strcmp(state, states[i])) level = i;
	check(level >= 0, "state");

	container = open("/dev/vfio/vfio", O_RDWR);
	check(container >= 0, "/dev/vfio/vfio");
	if (level < 1) return;
	char path[64];
	snprintf(path, sizeof path, "/dev/vfio/%d", group_number(bdf));
	group = open(path, O_RDWR);
	check(group >= 0, path);
	if (level < 2) return;
	check(ioctl(group, VFIO_GROUP_SET_CONTAINER, &container) == 0, "SET_CONTAINER");
	if (level < 3) return;
	check(ioctl(container, VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU) == 0, "SET_IOMMU");
	if (level < 4) return;
	buffer = mmap(NULL, BUFFER_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	check(buffer != MAP_FAILED, "mmap");
	struct vfio_iommu_type1_dma_map map = { sizeof map, VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE,
		(uintptr_t)buffer, IOVA, BUFFER_SIZE };
	check(ioctl(container, VFIO_IOMMU_MAP_DMA, &map) == 0, "MAP_DMA");
	if (level < 5) return;
	device = ioctl(group, VFIO_GROUP_GET_DEVICE_FD, bdf);
	check(device >= 0, "GET_DEVICE_FD");
	uint16_t command = 0x0506;
	check(pwrite(device, &command, 2, CONFIG + 4) == 2, "command register");
	if (level < 6) return;
	efd = eventfd(0, EFD_CLOEXEC);
	set_irq(efd);
	if (level < 7) return;
	bar = mmap(NULL, 0x100000, PROT_READ | PROT_WRITE, MAP_SHARED, device, BAR0);
	check(bar != MAP_FAILED, "mmap of BAR 0");
}

static uint32_t read32(uint64_t offset)
{
	uint32_t value = 0;
	check(pread(device, &value, 4, offset) == 4, "pread");
	return value;
}

static void write_register(uint64_t offset, uint64_t value, int size)
{
	check(pwrite(device, &value, size, offset) == size, "pwrite");
}

static void wait_irq(const char *what)
{
	struct pollfd p = { efd, POLLIN, 0 };
	uint64_t count;
	check(poll(&p, 1, 5000) == 1 && read(efd, &count, 8) == 8, what);
	write_register(0x64, read32(0x24), 4);
}

static void dma(uint64_t from, uint64_t to, uint64_t count, uint64_t command)
{
	write_register(0x80, from, 8);
	write_register(0x88, to, 8);
	write_register(0x90, count, 8);
	write_register(0x98, command, 8);
	wait_irq("DMA interrupt");
}

static void work(void)
{
	check(read32(0) == 0x010000ed, "identification");
	write_register(4, 0x12345678, 4);
	check(read32(4) == ~0x12345678u, "liveness");
	write_register(0x20, 0x80, 4);
	write_register(8, 10, 4);
	wait_irq("factorial interrupt");
	check(read32(8) == 3628800, "factorial");
	for (int i = 0; i < 1024; i++) buffer[i] = i * 7;
	dma(IOVA, 0x40000, 1024, 0x5);
	dma(0x40000, IOVA + 0x4000, 1024, 0x7);
	check(memcmp(buffer, buffer + 0x4000, 1024) == 0, "DMA round trip");
	puts("worked");
}

static void dups(const char *bdf)
{
	char path[64];
	snprintf(path, sizeof path, "/dev/vfio/%d", group_number(bdf));
	for (int i = 0; i < 3; i++) {
		check(fcntl(group, F_DUPFD, 1 << 20) < 0, "F_DUPFD beyond the limit");
		check(fcntl(device, F_DUPFD_CLOEXEC, 1 << 20) < 0, "F_DUPFD_CLOEXEC beyond the limit");
	}
	int copy = dup(group);
	check(copy >= 0, "dup");
	close(device);
	close(group);
	check(open(path, O_RDWR) < 0 && errno == EBUSY, "the group is busy while a copy is open");
	close(copy);
	check(open(path, O_RDWR) >= 0, "the group is free when all copies are closed");
	puts("freed");
}

static void shrink(void)
{
	char path[64];
	check(dup2(device, 5) == 5, "dup2");
	check(ftruncate(5, 0) < 0 && errno == EINVAL, "ftruncate of a low descriptor");
	check(ftruncate(device, 0) < 0 && errno == EINVAL, "ftruncate");
	snprintf(path, sizeof path, "/proc/self/fd/%d", device);
	check(truncate(path, 0) < 0 && errno == EINVAL, "truncate by /proc");
	check(open(path, O_RDWR | O_TRUNC) < 0, "open by /proc with O_TRUNC");
	check(bar[0] == 0x010000ed, "identification");
	puts("as it was");
}

static void fill(void)
{
	check(dup2(device, 5) == 5, "dup2");
	check(fallocate(5, 0, 0, 1 << 20) < 0 && errno == EINVAL, "fallocate of a low descriptor");
	check(fallocate(device, 0, 0, 1 << 20) < 0 && errno == EINVAL, "fallocate");
	puts("refused");
}

static void *caller(void *unused)
{
	(void)unused;
	for (int i = 0; i < rounds; i++) {
		struct vfio_group_status status = { sizeof status, 0 };
		check(ioctl(container, VFIO_GET_API_VERSION) == 0, "GET_API_VERSION");
		check(ioctl(group, VFIO_GROUP_GET_STATUS, &status) == 0 && (status.flags & 1), "GET_STATUS");
		check(read32(CONFIG) == 0x11e81234, "config space");
	}
	return NULL;
}

static void fork_with_files(const char *bdf)
{
	char path[64], byte;
	int until[2];
	snprintf(path, sizeof path, "/dev/vfio/%d", group_number(bdf));
	check(pipe(until) == 0, "pipe");
	pid_t child = fork();
	if (child == 0) {
		close(until[1]);
		check(read(until[0], &byte, 1) == 0, "waiting for the parent");
		check(read32(CONFIG) == 0x11e81234, "config space in the child");
		_exit(0);
	}
	close(device);
	close(group);
	close(container);
	check(open(path, O_RDWR) < 0 && errno == EBUSY, "the group is busy while the child has it");
	close(until[1]);
	int status;
	check(waitpid(child, &status, 0) == child && status == 0, "child");
	check(open(path, O_RDWR) >= 0, "the group is free when the child has ended");
	puts("forked");
}

int main(int argc, char **argv)
{
	check(argc == 4 || argc == 5, "usage: vfio-client STATE ACTION BDF [ROUNDS]");
	if (argc == 5) rounds = atoi(argv[4]);
	bring_up(argv[1], argv[3]);
	puts("ready");
	fflush(stdout);
	const char *action = argv[2];
	if (!strcmp(action, "hang")) for (;;) pause();
	if (!strcmp(action, "fork")) fork_with_files(argv[3]);
	if (!strcmp(action, "threads")) {
		pthread_t threads[8];
		for (int i = 0; i < 8; i++) pthread_create(&threads[i], NULL, caller, NULL);
		for (int i = 0; i < 8; i++) pthread_join(threads[i], NULL);
		puts("threads done");
	}
	if (!strcmp(action, "dups")) dups(argv[3]);
	if (!strcmp(action, "shrink")) shrink();
	if (!strcmp(action, "fill")) fill();
	if (!strcmp(action, "work")) work();
	return 0;
}
