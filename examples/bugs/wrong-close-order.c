/*
 * Takes the group out of its container while the device is open. That is refused (EBUSY), and the program, which does
 * not look, goes on as if the group were free.
 */
#include "session.h"

int main(int argc, char **argv)
{
	struct session s = open_session(argc > 1 ? argv[1] : "0000:00:03.0");

#ifdef FIXED
	close_device(&s);
	ioctl(s.group, VFIO_GROUP_UNSET_CONTAINER);
#else
	ioctl(s.group, VFIO_GROUP_UNSET_CONTAINER);
	close_device(&s);
#endif
	close(s.group);
	close(s.container);
	return 0;
}
