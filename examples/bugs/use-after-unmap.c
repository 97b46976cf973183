/*
 * Unmaps memory that the device is still reading.
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
#ifdef FIXED
	wait_for_dma(&s);
	unmap_dma(&s, SIZE, IOVA);
#else
	unmap_dma(&s, SIZE, IOVA);
	wait_for_dma(&s);
#endif
	close_session(&s);
	return 0;
}
