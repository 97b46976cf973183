/*
 * A 64-bit program that makes the ioctl of a 32-bit one, with an argument whose upper half is not zero:
 * the kernel passes only the lower half on. Prints the result of each.
 */
#include <fcntl.h>
#include <linux/vfio.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define NR_IOCTL_32 54

static int ioctl32(int fd, unsigned long command, unsigned long argument)
{
	int result;
	__asm__ volatile("int $0x80" : "=a"(result) : "a"(NR_IOCTL_32), "b"((long)fd), "c"(command), "d"(argument)
		: "memory", "r8", "r9", "r10", "r11");
	return result;
}

int main(void)
{
	const unsigned long argument = 0x500000000ul + VFIO_TYPE1v2_IOMMU;
	int container = open("/dev/vfio/vfio", O_RDWR);
	printf("64 bits: %d\n", ioctl(container, VFIO_CHECK_EXTENSION, argument));
	printf("32 bits: %d\n", ioctl32(container, VFIO_CHECK_EXTENSION, argument));
	return 0;
}
