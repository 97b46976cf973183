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

int main(int argc, char **argv)
{
	(void)argc;
	struct session s = open_session(argv[1]);
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
