/* Three loops against whoever serves this process: plain ioctls of VFIO's type on a path, pread at a high
 * descriptor, open and close of a path. Prints nanoseconds a call as one line of JSON.
 * usage: client [-n calls] [-p path] [-f fd]   (a loop whose target isn't there prints null) */
#define _GNU_SOURCE
#include "loops.h"
#include <getopt.h>

int main(int argc, char **argv)
{
	long calls = 100000;
	const char *path = "/dev/vfio/vfio";
	int fd = -1, option;

	while ((option = getopt(argc, argv, "n:p:f:")) != -1) {
		if (option == 'n') calls = atol(optarg);
		else if (option == 'p') path = optarg;
		else if (option == 'f') fd = atoi(optarg);
		else return 2;
	}
	return run_loops(calls, path, fd);
}
