/* As much of an NVMe driver as it takes to read blocks: mapped registers, one pair of I/O queues, an eventfd for
 * their interrupts. Whatever fails ends the program. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/vfio.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGE 4096ul
#define ENTRIES 64u
/* Bytes of the data of one command, at most. */
#define LARGEST (128u * 1024)
/* Where things are in the memory that the controller reaches, whose I/O virtual addresses begin at IOVA. */
#define IOVA 0x10000000ul
#define ADMIN_SQ (0 * PAGE)
#define ADMIN_CQ (1 * PAGE)
#define IO_SQ (2 * PAGE)
#define IO_CQ (3 * PAGE)
#define LISTS (4 * PAGE)
#define DATA (LISTS + ENTRIES * PAGE)
#define MEMORY (DATA + ENTRIES * LARGEST)

struct command {
	uint32_t dword0, nsid, reserved[2];
	uint64_t metadata, prp1, prp2;
	uint32_t dword10, dword11, dword12, dword13, dword14, dword15;
};

struct completion {
	uint32_t result, reserved;
	uint16_t sq_head, sq_id, command_id;
	volatile uint16_t status;
};

struct queue {
	volatile struct command *submissions;
	volatile struct completion *completions;
	volatile uint32_t *tail_doorbell, *head_doorbell;
	unsigned tail, head, phase;
};

static int container, device, interrupts;
static volatile uint32_t *registers;
static char *memory;
static struct queue admin, io;

static void need(int is_so, const char *what)
{
	if (is_so) return;
	perror(what);
	exit(1);
}

static void open_device(const char *bdf)
{
	char path[300], target[300];
	uint16_t command = 6; /* memory space, bus master */

	container = open("/dev/vfio/vfio", O_RDWR);
	snprintf(path, sizeof path, "/sys/bus/pci/devices/%s/iommu_group", bdf);
	ssize_t length = readlink(path, target, sizeof target - 1);
	need(length > 0, path);
	target[length] = 0;
	snprintf(path, sizeof path, "/dev/vfio/%s", strrchr(target, '/') + 1);
	int group = open(path, O_RDWR);
	need(ioctl(group, VFIO_GROUP_SET_CONTAINER, &container) == 0, "VFIO_GROUP_SET_CONTAINER");
	need(ioctl(container, VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU) == 0, "VFIO_SET_IOMMU");
	device = ioctl(group, VFIO_GROUP_GET_DEVICE_FD, bdf);
	need(device >= 0, "VFIO_GROUP_GET_DEVICE_FD");
	need(pwrite(device, &command, 2, (7ull << 40) + 4) == 2, "the command register");
	registers = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, device, 0);
	need(registers != MAP_FAILED, "mmap of BAR 0");
}

static void share_memory(void)
{
	memory = mmap(NULL, MEMORY, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	need(memory != MAP_FAILED, "mmap");
	memset(memory, 0, MEMORY);
	struct vfio_iommu_type1_dma_map map = {
		.argsz = sizeof map,
		.flags = VFIO_DMA_MAP_FLAG_READ | VFIO_DMA_MAP_FLAG_WRITE,
		.vaddr = (uintptr_t)memory,
		.iova = IOVA,
		.size = MEMORY,
	};
	need(ioctl(container, VFIO_IOMMU_MAP_DMA, &map) == 0, "VFIO_IOMMU_MAP_DMA");
}

static void listen_to_interrupts(void)
{
	struct {
		struct vfio_irq_set set;
		int32_t fd;
	} all = { { sizeof all, VFIO_IRQ_SET_DATA_EVENTFD | VFIO_IRQ_SET_ACTION_TRIGGER, VFIO_PCI_MSIX_IRQ_INDEX, 0, 1 }, 0 };

	interrupts = all.fd = eventfd(0, EFD_CLOEXEC);
	need(ioctl(device, VFIO_DEVICE_SET_IRQS, &all) == 0, "VFIO_DEVICE_SET_IRQS");
}

static struct queue queue_of(unsigned id, size_t submissions, size_t completions)
{
	return (struct queue){
		.submissions = (void *)(memory + submissions),
		.completions = (void *)(memory + completions),
		.tail_doorbell = registers + PAGE / 4 + 2 * id,
		.head_doorbell = registers + PAGE / 4 + 2 * id + 1,
		.phase = 1,
	};
}

/* Puts a command into a queue; `ring` then tells of it. */
static void submit(struct queue *queue, struct command command)
{
	queue->submissions[queue->tail] = command;
	queue->tail = (queue->tail + 1) % ENTRIES;
}

static void ring(struct queue *queue)
{
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	*queue->tail_doorbell = queue->tail;
}

/* The identifier of a command that has completed, or -1. */
static int take(struct queue *queue)
{
	volatile struct completion *next = &queue->completions[queue->head];

	if ((next->status & 1) != queue->phase) return -1;
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (next->status >> 1 != 0) {
		fprintf(stderr, "status 0x%x\n", next->status >> 1);
		exit(1);
	}
	queue->head = (queue->head + 1) % ENTRIES;
	if (queue->head == 0) queue->phase ^= 1;
	return next->command_id;
}

/* Runs an admin command to its end. */
static void run_admin(struct command command)
{
	submit(&admin, command);
	ring(&admin);
	while (take(&admin) < 0) usleep(50);
	*admin.head_doorbell = admin.head;
}

static void start_controller(void)
{
	admin = queue_of(0, ADMIN_SQ, ADMIN_CQ);
	io = queue_of(1, IO_SQ, IO_CQ);
	registers[0x24 / 4] = (ENTRIES - 1) << 16 | (ENTRIES - 1);
	registers[0x28 / 4] = IOVA + ADMIN_SQ;
	registers[0x2c / 4] = 0;
	registers[0x30 / 4] = IOVA + ADMIN_CQ;
	registers[0x34 / 4] = 0;
	registers[0x14 / 4] = 0x00460001;
	while ((registers[0x1c / 4] & 1) == 0) usleep(50);
	const uint32_t size = (ENTRIES - 1) << 16 | 1;
	run_admin((struct command){ .dword0 = 5, .prp1 = IOVA + IO_CQ, .dword10 = size, .dword11 = 3 });
	run_admin((struct command){ .dword0 = 1, .prp1 = IOVA + IO_SQ, .dword10 = size, .dword11 = 1 << 16 | 1 });
}

/* A read of `bytes` at a block, into the place of a command's identifier. */
static struct command read_command(unsigned id, unsigned bytes, uint32_t block)
{
	uint64_t data = IOVA + DATA + (uint64_t)id * LARGEST, list = LISTS + id * PAGE;
	uint64_t *entries = (void *)(memory + list);

	for (unsigned page = 1; page < bytes / PAGE; page++) entries[page - 1] = data + page * PAGE;
	return (struct command){
		.dword0 = 2 | id << 16,
		.nsid = 1,
		.prp1 = data,
		.prp2 = bytes <= PAGE ? 0 : bytes <= 2 * PAGE ? data + PAGE : IOVA + list,
		.dword10 = block,
		.dword12 = bytes / 512 - 1,
	};
}
