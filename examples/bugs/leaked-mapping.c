/*
 * Maps memory for DMA and never unmaps it. Closing the container does away with the mapping, so nobody notices; in a
 * program that goes on it is memory that stays locked, and that the device may still write when it is used for
 * something else.
 */
#include "session.h"

#define SIZE 0x10000
#define IOVA 0x100000

int main(int argc, char **argv)
{
	struct session s = open_session(argc > 1 ? argv[1] : "0000:00:03.0");
	void *memory = allocate(SIZE);

	map_dma(&s, memory, SIZE, IOVA);
	start_dma(&s, IOVA, 64);
	wait_for_dma(&s);
#ifdef FIXED
	unmap_dma(&s, SIZE, IOVA);
#endif
	close_session(&s);
	return 0;
}
