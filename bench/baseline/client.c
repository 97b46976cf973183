/* Three loops against whoever serves this process: plain ioctls of VFIO's type on a path, pread at a high
 * descriptor, open and close of a path. Prints nanoseconds a call as one line of JSON.
 * usage: client [-n calls] [-p path] [-f fd] [-b BDF]   (a loop whose target isn't there prints null)
 * With -b the preads read register 0 of that device, taken through VFIO. */
#define _GNU_SOURCE
#include "loops.h"
#include <getopt.h>
#include <linux/vfio.h>
#include <string.h>

static int open_device(const char *bdf)
{
	char path[300], target[300];
	int container = open("/dev/vfio/vfio", O_RDWR);
	snprintf(path, sizeof path, "/sys/bus/pci/devices/%s/iommu_group", bdf);
	ssize_t length = readlink(path, target, sizeof target - 1);
	if (length < 0) return -1;
	target[length] = 0;
	snprintf(path, sizeof path, "/dev/vfio/%s", strrchr(target, '/') + 1);
	int group = open(path, O_RDWR);
	if (ioctl(group, VFIO_GROUP_SET_CONTAINER, &container) < 0) return -1;
	if (ioctl(container, VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU) < 0) return -1;
	return ioctl(group, VFIO_GROUP_GET_DEVICE_FD, bdf);
}

int main(int argc, char **argv)
{
	long calls = 100000;
	const char *path = "/dev/vfio/vfio";
	int fd = -1, device = -1, option;

	while ((option = getopt(argc, argv, "n:p:f:b:")) != -1) {
		if (option == 'n') calls = atol(optarg);
		else if (option == 'p') path = optarg;
		else if (option == 'f') fd = atoi(optarg);
		else if (option == 'b') device = open_device(optarg);
		else return 2;
	}
	return run_loops(calls, path, fd, device);
}
