/*
 * Asks to be told when the device is wanted back, and does nothing about it. Whoever takes the device away waits until
 * the program ends. Unplug the device while it runs.
 */
#include "session.h"

#include <poll.h>
#include <sys/eventfd.h>

int main(int argc, char **argv)
{
	struct session s = open_session(argc > 1 ? argv[1] : "0000:00:03.0");
	int event = eventfd(0, EFD_CLOEXEC);
	struct pollfd request = { .fd = event, .events = POLLIN };

	set_interrupt(&s, VFIO_PCI_REQ_IRQ_INDEX, event);
	printf("ready\n");
	fflush(stdout);
	if (poll(&request, 1, 60000) != 1)
		die("nobody wants the device");
#ifndef FIXED
	sleep(2);
#endif
	set_interrupt(&s, VFIO_PCI_REQ_IRQ_INDEX, -1);
	close(event);
	close_session(&s);
	return 0;
}
