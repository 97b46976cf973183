/* One mistake, as the second argument says; everything else is done well. */
#include "../../../examples/bugs/session.h"

#include <signal.h>
#include <sys/eventfd.h>

#define EDU_DMA_TO_MEMORY 2
#define SIZE 0x1000
#define IOVA 0x100000

static int makes(char **argv, const char *mistake)
{
	return argv[2] != NULL && strcmp(argv[2], mistake) == 0;
}

static int map_with(const struct session *s, void *memory, uint64_t iova, uint32_t flags)
{
	struct vfio_iommu_type1_dma_map map = { sizeof map, flags, (uintptr_t)memory, iova, SIZE };
	return ioctl(s->container, VFIO_IOMMU_MAP_DMA, &map);
}

static void start_dma_to_memory(const struct session *s, uint64_t iova, uint32_t size)
{
	write_register(s, EDU_DMA_SOURCE, EDU_BUFFER);
	write_register(s, EDU_DMA_DESTINATION, iova);
	write_register(s, EDU_DMA_COUNT, size);
	write_register(s, EDU_DMA_COMMAND, EDU_DMA_START | EDU_DMA_TO_MEMORY);
}

static int is_refused(int result)
{
	return result < 0;
}

/* Many questions of which most are answered with no: none of them twice. */
static void ask_around(const struct session *s, void *memory)
{
	int refused = 0;

	for (uint32_t index = 0; index < 40; index++) {
		struct vfio_region_info region = { .argsz = sizeof region, .index = index };
		struct vfio_irq_info irq = { .argsz = sizeof irq, .index = index };

		refused += is_refused(ioctl(s->device, VFIO_DEVICE_GET_REGION_INFO, &region));
		refused += is_refused(ioctl(s->device, VFIO_DEVICE_GET_IRQ_INFO, &irq));
		/* Where messages of interrupts go, nothing can be mapped. */
		refused += is_refused(map_with(s, memory, 0xfee00000 + index * SIZE, VFIO_DMA_MAP_FLAG_READ));
	}
	if (refused < 100)
		die("refused");
}

static void raise_interrupts(const struct session *s, int count)
{
	for (int i = 0; i < count; i++) {
		write_register(s, EDU_INTERRUPT_RAISE, 1);
		write_register(s, EDU_INTERRUPT_ACKNOWLEDGE, 1);
	}
}

/* What can be done instead of the usual. Whether it was. */
static int does_otherwise(struct session *s, char **argv)
{
	char *memory = allocate(2 * SIZE);
	int event = eventfd(0, EFD_CLOEXEC);

	if (makes(argv, "over-the-end")) {
		map_dma(s, memory, SIZE, IOVA);
		start_dma(s, IOVA + SIZE - 64, 128);
		wait_for_dma(s);
		unmap_dma(s, SIZE, IOVA);
	} else if (makes(argv, "partly-unmapped")) {
		map_dma(s, memory, SIZE, IOVA);
		map_dma(s, memory + SIZE, SIZE, IOVA + SIZE);
		unmap_dma(s, SIZE, IOVA + SIZE);
		start_dma(s, IOVA + SIZE - 64, 128);
		wait_for_dma(s);
		unmap_dma(s, SIZE, IOVA);
	} else if (makes(argv, "closed-at-work")) {
		map_dma(s, memory, SIZE, IOVA);
		start_dma(s, IOVA, 64);
		close(s->device);
		unmap_dma(s, SIZE, IOVA);
		close(s->group);
		close(s->container);
		usleep(200000);
		exit(0);
	} else if (makes(argv, "copy-left")) {
		dup(s->device);
	} else if (makes(argv, "copies")) {
		int copy = fcntl(s->device, F_DUPFD_CLOEXEC, 0);

		close(s->device);
		s->device = copy;
	} else if (makes(argv, "goes-on-in-a-child")) {
		if (fork() != 0)
			_exit(0);
		sleep(10);
	} else if (makes(argv, "asks-around")) {
		ask_around(s, memory);
	} else if (makes(argv, "masked-line")) {
		set_interrupt(s, VFIO_PCI_INTX_IRQ_INDEX, event);
		raise_interrupts(s, 3);
		set_interrupt(s, VFIO_PCI_INTX_IRQ_INDEX, -1);
	} else if (makes(argv, "eventfd-copied")) {
		int copy = dup(event);

		set_interrupt(s, VFIO_PCI_MSI_IRQ_INDEX, event);
		close(event);
		raise_interrupts(s, 1);
		set_interrupt(s, VFIO_PCI_MSI_IRQ_INDEX, -1);
		close(copy);
		return 1;
	} else if (makes(argv, "too-much")) {
		size_t much = 16 << 20;
		struct vfio_iommu_type1_dma_map map = {
			.argsz = sizeof map, .flags = VFIO_DMA_MAP_FLAG_READ, .vaddr = (uintptr_t)allocate(much), .iova = IOVA, .size = much
		};

		if (!is_refused(ioctl(s->container, VFIO_IOMMU_MAP_DMA, &map)))
			die("allowed");
	} else return 0;
	close(event);
	return 1;
}

int main(int argc, char **argv)
{
	(void)argc;
	struct session s = open_session(argv[1]);
	if (does_otherwise(&s, argv)) {
		close_session(&s);
		return 0;
	}
	int event = eventfd(0, EFD_CLOEXEC);
	void *memory = allocate(SIZE);

	if (makes(argv, "no-permission")) map_with(&s, memory, IOVA, VFIO_DMA_MAP_FLAG_READ);
	else map_dma(&s, memory, SIZE, IOVA);
	set_interrupt(&s, VFIO_PCI_MSI_IRQ_INDEX, event);
	if (makes(argv, "memory-gone")) munmap(memory, SIZE);
	if (makes(argv, "no-permission")) start_dma_to_memory(&s, IOVA, 64);
	else start_dma(&s, makes(argv, "never-mapped") ? IOVA + 2 * SIZE : IOVA, 64);
	wait_for_dma(&s);
	if (makes(argv, "unmodelled")) write_register(&s, 0x100, 1);
	if (makes(argv, "retry"))
		for (int i = 0; i < 20; i++) map_with(&s, memory, IOVA + 1, VFIO_DMA_MAP_FLAG_READ);
	if (makes(argv, "left-open")) return 0;
	unmap_dma(&s, SIZE, IOVA);
	if (makes(argv, "killed")) kill(getpid(), SIGKILL);
	if (makes(argv, "enabled")) {
		close(s.device);
		close(s.group);
		close(s.container);
		return 0;
	}
	if (makes(argv, "eventfd-closed")) close(event);
	set_interrupt(&s, VFIO_PCI_MSI_IRQ_INDEX, -1);
	close_session(&s);
	return 0;
}
