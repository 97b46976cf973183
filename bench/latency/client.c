/* What programs wait for when they use an NVMe controller, in microseconds, one a line.
 * usage: client BDF idle MS COUNT         how long a read takes after MS ms without work, COUNT times
 *        client BDF calls BYTES COUNT     how long an ioctl takes while reads of BYTES (0: none), 32 at a time,
 *                                         keep the controller at work, COUNT times
 *        client BDF rest SECONDS          nothing: "resting", and the end after SECONDS */
#include "driver.h"
#include <pthread.h>
#include <time.h>

#define DEPTH 32u
/* Blocks that reads are of: the first 64 MiB. */
#define BLOCKS (64u * 1024 * 1024 / 512)

static volatile int is_over;

static double now_us(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e6 + t.tv_nsec / 1e3;
}

static void measure_idle(double ms, int count)
{
	for (int i = 0; i < count; i++) {
		usleep(ms * 1000);
		submit(&io, read_command(0, 4096, 0));
		double start = now_us();
		ring(&io);
		while (take(&io) < 0);
		printf("%.1f\n", now_us() - start);
		*io.head_doorbell = io.head;
	}
}

/* Keeps so many reads in flight, and sleeps until there is an interrupt. */
static void *load(void *bytes)
{
	const unsigned size = *(unsigned *)bytes;
	uint32_t block = 0;
	uint64_t events;

	for (unsigned id = 0; id < DEPTH; id++) submit(&io, read_command(id, size, block = (block + size / 512) % BLOCKS));
	ring(&io);
	while (!is_over && read(interrupts, &events, sizeof events) == sizeof events) {
		for (int id = take(&io); id >= 0; id = take(&io)) {
			submit(&io, read_command(id, size, block = (block + size / 512) % BLOCKS));
		}
		*io.head_doorbell = io.head;
		ring(&io);
	}
	return NULL;
}

static void measure_calls(unsigned bytes, int count)
{
	pthread_t thread;

	if (bytes > 0) need(pthread_create(&thread, NULL, load, &bytes) == 0, "pthread_create");
	for (int i = 0; i < count; i++) {
		usleep(200);
		double start = now_us();
		need(ioctl(container, VFIO_GET_API_VERSION) == VFIO_API_VERSION, "VFIO_GET_API_VERSION");
		printf("%.1f\n", now_us() - start);
	}
	is_over = 1;
}

int main(int argc, char **argv)
{
	if (argc < 4) return 2;
	open_device(argv[1]);
	share_memory();
	listen_to_interrupts();
	start_controller();
	if (strcmp(argv[2], "idle") == 0) measure_idle(atof(argv[3]), atoi(argv[4]));
	else if (strcmp(argv[2], "calls") == 0) measure_calls(atoi(argv[3]), atoi(argv[4]));
	else {
		puts("resting");
		fflush(stdout);
		sleep(atoi(argv[3]));
	}
	return 0;
}
