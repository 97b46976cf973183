/*
 * Reads configuration space at an offset of its own making, as the region's number shifted by 32. Where regions begin
 * is what VFIO_DEVICE_GET_REGION_INFO says.
 */
#include "session.h"

int main(int argc, char **argv)
{
	struct session s = open_session(argc > 1 ? argv[1] : "0000:00:03.0");
#ifdef FIXED
	uint64_t config = s.config;
#else
	uint64_t config = (uint64_t)VFIO_PCI_CONFIG_REGION_INDEX << 32;
#endif
	uint32_t id = 0;

	if (pread(s.device, &id, sizeof id, config) != sizeof id)
		perror("id");
	else
		printf("id %08x\n", id);
	close_session(&s);
	return 0;
}
