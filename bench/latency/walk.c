/* How long a program takes, of any kind, for what it has done before, after it has slept: a walk through 256 KiB of
 * memory in no order, which its processor has to fetch anew when others used the caches meanwhile.
 * usage: walk MS COUNT         microseconds, one a line */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define PLACES (256u * 1024 / sizeof(unsigned))
#define STEPS 3000

static unsigned places[PLACES];

static double now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e6 + t.tv_nsec / 1e3;
}

int main(int argc, char **argv)
{
	if (argc < 3) return 2;
	for (unsigned i = 0; i < PLACES; i++) places[i] = (i * 7919u + 1) % PLACES;
	for (int i = 0; i < atoi(argv[2]); i++) {
		volatile unsigned at = 0;

		usleep(atof(argv[1]) * 1000);
		double start = now_us();
		for (int step = 0; step < STEPS; step++) at = places[at];
		printf("%.1f\n", now_us() - start);
	}
	return 0;
}
