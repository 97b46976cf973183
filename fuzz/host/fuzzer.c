/*
 * fuzzer [--seed N] [--calls N] [--workers N] [--pause N]
 *
 * Makes --calls random system calls, to be run under `uvfio run` by an ordinary user in a folder of its own.
 * In each round --workers processes make a few thousand calls from random numbers that --seed, the round and the
 * worker decide; then the machine is repaired and its devices are used as a driver would. Every --pause calls
 * it prints `idle CALLS` while no other process exists, and waits for a line on standard input.
 *
 * Ends with a line of figures and 0; with 1 and a line that says what is wrong when a device no longer
 * works, a worker crashed, or a call did not come back for HANG_MS.
 */
#define _GNU_SOURCE
#include "fuzzer.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/vfio.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define HANG_MS 60000
/* A write to an attribute may wait until a device is released: then its users are killed. */
#define WAIT_MS 200
#define LOOK_EVERY_MS 1
#define MAX_KILL_MS 400

struct shared *shared;
const char *shared_path;
const char *program;

static struct options { uint64_t seed, calls, workers, pause; } options = { 1, 100000, 3, 0 };
static uint64_t round_number, rounds_with_waits, kills;

static uint64_t now_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static void rest(void)
{
	nanosleep(&(struct timespec){ 0, LOOK_EVERY_MS * 1000000 }, NULL);
}

static uint64_t calls_made(void)
{
	uint64_t sum = shared->checker.calls;
	for (unsigned w = 0; w < MAX_WORKERS; w++)
		for (unsigned s = 0; s < SLOTS_PER_WORKER; s++) sum += shared->slot[w][s].calls;
	return sum;
}

static void describe(const struct slot *at)
{
	printf("  pid %d seed %" PRIu64 " calls %" PRIu64 " in system call %d(", at->pid, at->seed, at->calls, at->number);
	for (int i = 0; i < 6; i++) printf("%#" PRIx64 "%s", at->argument[i], i < 5 ? ", " : ")\n");
}

static _Noreturn void fail(const char *what, const char *detail)
{
	printf("FAILED: %s%s: seed %" PRIu64 " round %" PRIu64 " workers %" PRIu64 "\n", what, detail, options.seed,
	       round_number, options.workers);
	for (unsigned w = 0; w < options.workers; w++)
		for (unsigned s = 0; s < SLOTS_PER_WORKER; s++)
			if (shared->slot[w][s].pid != 0) describe(&shared->slot[w][s]);
	describe(&shared->checker);
	exit(1);
}

/* What is known of a slot between two looks. */
struct watch {
	uint64_t calls;
	uint64_t since_ms;
};

/* How long the thread has been in the same call. */
static uint64_t stalled_ms(const struct slot *at, struct watch *watch)
{
	uint64_t calls = at->calls;
	if (at->pid == 0 || watch->since_ms == 0 || calls != watch->calls) *watch = (struct watch){ calls, now_ms() };
	return now_ms() - watch->since_ms;
}

static bool is_write(int32_t number)
{
	static const long writes[] = { SYS_write, SYS_pwrite64, SYS_writev, SYS_pwritev, SYS_pwritev2 };
	for (unsigned i = 0; i < COUNT(writes); i++) if (number == writes[i]) return true;
	return false;
}

/* A worker that was forked here and not waited for. */
static void kill_worker(pid_t pid)
{
	if (pid > 0 && kill(pid, SIGKILL) == 0) kills++;
}

static void check_end(pid_t pid, int status, pid_t *workers, unsigned count)
{
	char detail[32];
	for (unsigned w = 0; w < count; w++) if (workers[w] == pid) workers[w] = 0;
	for (unsigned w = 0; w < MAX_WORKERS; w++)
		for (unsigned s = 0; s < SLOTS_PER_WORKER; s++)
			if (shared->slot[w][s].pid == pid) shared->slot[w][s].pid = 0;
	bool is_fine = WIFEXITED(status) ? WEXITSTATUS(status) == 0 : WTERMSIG(status) == SIGKILL;
	snprintf(detail, sizeof(detail), " (status %#x)", (unsigned)status);
	if (!is_fine) fail("a worker crashed", detail);
}

/* Kills what waits for others, and those that it may wait for; a call of another kind may not take long. */
static void look_after(pid_t *workers, unsigned count, struct watch watches[][SLOTS_PER_WORKER])
{
	for (unsigned w = 0; w < count; w++) {
		for (unsigned s = 0; s < SLOTS_PER_WORKER; s++) {
			const struct slot *at = &shared->slot[w][s];
			uint64_t ms = stalled_ms(at, &watches[w][s]);
			if (ms > HANG_MS) fail("a call does not come back", "");
			if (ms < WAIT_MS || !is_write(at->number)) continue;
			rounds_with_waits++;
			for (unsigned other = 0; other < count; other++) kill_worker(workers[other]);
			return;
		}
	}
}

static void run_round(void)
{
	pid_t workers[MAX_WORKERS];
	uint64_t kill_at[MAX_WORKERS];
	struct watch watches[MAX_WORKERS][SLOTS_PER_WORKER] = { 0 };
	unsigned count = (unsigned)options.workers;
	uint64_t seed = mix(options.seed, round_number);
	uint64_t start = now_ms();
	int sockets[2];
	seed_random(seed);
	uint64_t calls = 100 + below(3000);
	if (socketpair(AF_UNIX, SOCK_DGRAM, 0, sockets) < 0) abort();
	for (unsigned w = 0; w < count; w++) {
		kill_at[w] = chance(30) ? start + below(MAX_KILL_MS) : UINT64_MAX;
		workers[w] = fork();
		if (workers[w] == 0) run_worker(w, mix(seed, w), sockets, calls);
		if (workers[w] < 0) abort();
	}
	close(sockets[0]);
	close(sockets[1]);
	/* Orphans of workers are ours too: the round ends when nobody is left. */
	for (;;) {
		int status;
		pid_t pid = waitpid(-1, &status, WNOHANG);
		if (pid < 0 && errno == ECHILD) return;
		if (pid > 0) {
			check_end(pid, status, workers, count);
			continue;
		}
		rest();
		for (unsigned w = 0; w < count; w++) {
			if (now_ms() < kill_at[w]) continue;
			kill_worker(workers[w]);
			kill_at[w] = UINT64_MAX;
		}
		look_after(workers, count, watches);
	}
}

/* In a process of its own, so that whatever it has open goes with it. */
static void check_machine(void)
{
	struct watch watch = { 0 };
	int status = 0;
	pid_t checker = fork();
	if (checker == 0) {
		take_slot(&shared->checker, 0);
		make_arena();
		collect_garbage();
		repair();
		_exit(check_devices() == NULL ? 0 : 1);
	}
	while (waitpid(checker, &status, WNOHANG) == 0) {
		if (stalled_ms(&shared->checker, &watch) > HANG_MS) fail("the machine does not answer", "");
		rest();
	}
	atomic_store(&shared->checker.pid, 0);
	if (status != 0) fail("a device does not work any more: ", shared->complaint);
}

static void pause_idle(void)
{
	char line[16];
	printf("idle %" PRIu64 "\n", calls_made());
	fflush(stdout);
	if (fgets(line, sizeof(line), stdin) == NULL) return;
}

static void map_shared(int fd)
{
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (shared == MAP_FAILED) abort();
	close(fd);
}

static _Noreturn void resume(char **argument)
{
	shared_path = argument[0];
	map_shared(open(shared_path, O_RDWR));
	uint64_t number[5];
	for (int i = 0; i < 5; i++) number[i] = strtoull(argument[1 + i], NULL, 10);
	int sockets[2] = { (int)number[2], (int)number[3] };
	run_worker((unsigned)number[0], number[1], sockets, number[4]);
}

static void parse(int count, char **argument)
{
	static const struct { const char *name; uint64_t *value; } known[] = {
		{ "--seed", &options.seed }, { "--calls", &options.calls },
		{ "--workers", &options.workers }, { "--pause", &options.pause },
	};
	for (int i = 1; i < count; i += 2) {
		unsigned k = 0;
		while (k < 4 && strcmp(argument[i], known[k].name) != 0) k++;
		if (k == 4 || i + 1 == count) {
			fprintf(stderr, "usage: fuzzer [--seed N] [--calls N] [--workers N] [--pause N]\n");
			exit(2);
		}
		*known[k].value = strtoull(argument[i + 1], NULL, 0);
	}
	if (options.workers < 1 || options.workers > MAX_WORKERS) options.workers = MAX_WORKERS;
}

/* A program that a worker starts: uses what it inherits, and ends. */
static int use_inherited(void)
{
	char bytes[8];
	for (int fd = 0; fd < 1024; fd = fd == 32 ? 512 : fd + 1) {
		ioctl(fd, VFIO_GET_API_VERSION);
		pread(fd, bytes, sizeof(bytes), 0);
		if (fd % 3 == 0) close(fd);
	}
	return 0;
}

/* Nothing here may run as root or on a machine that is not uvfio's. */
static void check_surroundings(void)
{
	char id[16] = "";
	int fd = open("/sys/bus/pci/devices/0000:00:03.0/device", O_RDONLY);
	if (fd >= 0 && read(fd, id, sizeof(id) - 1) < 0) id[0] = '\0';
	close(fd);
	const char *problem = getuid() == 0 || geteuid() == 0 ? "must not run as root"
		: strcmp(id, "0x11e8\n") != 0 ? "must run under uvfio, on a machine with an edu device at 0000:00:03.0"
		: NULL;
	if (problem == NULL) return;
	fprintf(stderr, "fuzzer: %s\n", problem);
	exit(2);
}

static void share_memory(void)
{
	static char path[4096];
	if (getcwd(path, sizeof(path) - 32) == NULL) abort();
	strcat(path, "/fuzzer-XXXXXX");
	int fd = mkstemp(path);
	if (fd < 0 || ftruncate(fd, sizeof(*shared)) < 0) abort();
	shared_path = path;
	map_shared(fd);
	shared->uvfio = getppid();
}

int main(int count, char **argument)
{
	program = argument[0];
	if (count == 2 && strcmp(argument[1], "--inherit") == 0) return use_inherited();
	if (count == 8 && strcmp(argument[1], "--resume") == 0) resume(argument + 2);
	check_surroundings();
	parse(count, argument);
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	share_memory();
	uint64_t start = now_ms();
	for (uint64_t next_pause = 0; calls_made() < options.calls; round_number++) {
		run_round();
		check_machine();
		if (options.pause == 0 || calls_made() < next_pause) continue;
		pause_idle();
		next_pause = calls_made() + options.pause;
	}
	unlink(shared_path);
	printf("done: %" PRIu64 " calls in %" PRIu64 " rounds, %" PRIu64 " processes killed, %" PRIu64 " waits broken, %" PRIu64 " ms\n",
	       calls_made(), round_number, kills, rounds_with_waits, now_ms() - start);
	return 0;
}
