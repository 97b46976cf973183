/*
 * Lets the device raise an interrupt, and says only then where interrupts are to go. The first one is lost, and the
 * program waits for it.
 */
#include "session.h"

#include <poll.h>
#include <sys/eventfd.h>

int main(int argc, char **argv)
{
	struct session s = open_session(argc > 1 ? argv[1] : "0000:00:03.0");
	int event = eventfd(0, EFD_CLOEXEC);
	struct pollfd interrupt = { .fd = event, .events = POLLIN };

#ifdef FIXED
	set_interrupt(&s, VFIO_PCI_MSI_IRQ_INDEX, event);
	write_register(&s, EDU_INTERRUPT_RAISE, 1);
#else
	write_register(&s, EDU_INTERRUPT_RAISE, 1);
	set_interrupt(&s, VFIO_PCI_MSI_IRQ_INDEX, event);
#endif
	if (poll(&interrupt, 1, 300) == 0)
		printf("no interrupt came\n");
	write_register(&s, EDU_INTERRUPT_ACKNOWLEDGE, 1);
	set_interrupt(&s, VFIO_PCI_MSI_IRQ_INDEX, -1);
	close(event);
	close_session(&s);
	return 0;
}
