/*
 * Starts DMA without having let the device master the bus: VFIO hands devices out with the bit cleared.
 */
#include "session.h"

#define SIZE 0x10000
#define IOVA 0x100000

int main(int argc, char **argv)
{
	struct session s = open_session(argc > 1 ? argv[1] : "0000:00:03.0");
	void *memory = allocate(SIZE);

#ifdef FIXED
	set_command(&s, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
#else
	set_command(&s, PCI_COMMAND_MEMORY);
#endif
	map_dma(&s, memory, SIZE, IOVA);
	start_dma(&s, IOVA, 64);
	wait_for_dma(&s);
	unmap_dma(&s, SIZE, IOVA);
	close_session(&s);
	return 0;
}
