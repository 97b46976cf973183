/* A worker: random calls, with a second thread, children, exec and passing of descriptors, until it ends. */
#define _GNU_SOURCE
#include "fuzzer.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#define SECOND_THREAD 1
#define FIRST_CHILD 2
#define TICK_US 50000
#define FILE_SIZE (1 << 20) /* of what it may make: memory files could fill the computer's memory */

static unsigned me;
static int message_sockets[2];
static bool writes_attributes;
static pthread_t second_thread;
/* A tick may come while the thread is being made. */
static volatile sig_atomic_t is_second_thread_known;

void take_slot(struct slot *mine, uint64_t seed)
{
	slot = mine;
	slot->seed = seed;
	atomic_store(&slot->number, -1);
	atomic_store(&slot->pid, getpid());
	seed_random(seed);
}

static void on_fault(int signal_number)
{
	leave_fault();
	/* Nothing that was expected: end by it. */
	signal(signal_number, SIG_DFL);
}

/* Ends native calls that wait: reading an eventfd, sending to a full socket. */
static void on_tick(int signal_number)
{
	if (signal_number != SIGALRM || !has_second_thread || !is_second_thread_known) return;
	if (!pthread_equal(pthread_self(), second_thread)) pthread_kill(second_thread, SIGUSR1);
}

static void tick_every(long us)
{
	setitimer(ITIMER_REAL, &(struct itimerval){ { 0, us }, { 0, us } }, NULL);
}

static void limit(int resource, rlim_t value)
{
	struct rlimit now;
	getrlimit(resource, &now);
	if (now.rlim_cur > value) now.rlim_cur = value;
	setrlimit(resource, &now);
}

/* Standard input, output and error are memory: whatever is written there does not matter. */
static void set_up_process(void)
{
	struct sigaction fault = { .sa_handler = on_fault, .sa_flags = SA_NODEFER };
	struct sigaction tick = { .sa_handler = on_tick };
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	sigaction(SIGBUS, &fault, NULL);
	sigaction(SIGSEGV, &fault, NULL);
	sigaction(SIGALRM, &tick, NULL);
	sigaction(SIGUSR1, &tick, NULL);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGIO, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	limit(RLIMIT_FSIZE, FILE_SIZE);
	tick_every(TICK_US);
	int memory = memfd_create("standard", 0);
	for (int fd = 0; fd < 3; fd++) dup2(memory, fd);
	close(memory);
}

static void random_step(void)
{
	uint64_t choice = below(100);
	if (choice < 28) random_descriptor_call();
	else if (choice < 62) random_vfio_call();
	else if (choice < 74) random_path_call();
	else if (choice < 81) random_mapping_call();
	else if (choice < 84) random_wait_call();
	else if (choice < 92) random_raw_call();
	else if (choice < 94) random_bring_up();
	else if (choice < 97) random_passing(message_sockets);
	else if (writes_attributes) random_sysfs_call();
}

static void *run_second_thread(void *calls)
{
	uint64_t seed = mix(shared->slot[me][0].seed, SECOND_THREAD);
	take_slot(&shared->slot[me][SECOND_THREAD], seed);
	for (uint64_t end = slot->calls + (uintptr_t)calls; slot->calls < end;) random_step();
	atomic_store(&slot->pid, 0);
	return NULL;
}

/* Children have the same files, and end on their own or are killed. */
static void start_child(void)
{
	unsigned place = FIRST_CHILD + (unsigned)below(SLOTS_PER_WORKER - FIRST_CHILD);
	uint64_t seed = random64();
	uint64_t calls = below(300);
	if (atomic_load(&shared->slot[me][place].pid) != 0) return;
	pid_t parent = getpid();
	pid_t child = fork();
	if (child != 0) {
		if (child > 0 && chance(30)) kill(child, SIGKILL);
		return;
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent) _exit(0);
	has_second_thread = false;
	take_slot(&shared->slot[me][place], seed);
	tick_every(TICK_US);
	for (uint64_t end = slot->calls + calls; slot->calls < end;) random_step();
	_exit(0);
}

/* A child that borrows this memory, and ends or becomes another program, which uses what it inherits. */
static void start_program(void)
{
	bool is_program = chance(60);
	pid_t child = vfork();
	if (child == 0) {
		if (is_program) execl(program, program, "--inherit", (char *)NULL);
		_exit(0);
	}
	if (child > 0 && chance(30)) kill(child, SIGKILL);
}

static void reap_children(void)
{
	for (pid_t pid; (pid = waitpid(-1, NULL, WNOHANG)) > 0;) {
		for (unsigned place = FIRST_CHILD; place < SLOTS_PER_WORKER; place++) {
			if (atomic_load(&shared->slot[me][place].pid) == pid) atomic_store(&shared->slot[me][place].pid, 0);
		}
	}
}

/* The same program again, with the files that exec leaves open. */
static void start_again(uint64_t calls)
{
	char text[5][24];
	const uint64_t numbers[] = { me, random64(), (uint64_t)message_sockets[0], (uint64_t)message_sockets[1], calls };
	for (int i = 0; i < 5; i++) snprintf(text[i], sizeof(text[i]), "%llu", (unsigned long long)numbers[i]);
	const char *const arguments[] = { program, "--resume", shared_path, text[0], text[1], text[2], text[3], text[4], NULL };
	/* Until the new program has its handlers, a tick would end it. */
	tick_every(0);
	execv(program, (char *const *)arguments);
	tick_every(TICK_US);
}

static _Noreturn void end(void)
{
	if (chance(20)) kill(getpid(), SIGKILL);
	if (chance(20)) call(SYS_close_range, 3, 0xffffffff, 0);
	_exit(0);
}

_Noreturn void run_worker(unsigned worker, uint64_t seed, const int sockets[2], uint64_t calls)
{
	me = worker;
	memcpy(message_sockets, sockets, sizeof(message_sockets));
	set_up_process();
	take_slot(&shared->slot[me][0], seed);
	/* The second thread of the program before this one ended with it. */
	atomic_store(&shared->slot[me][SECOND_THREAD].pid, 0);
	make_arena();
	find_descriptors();
	writes_attributes = chance(40);
	if (chance(10)) limit(RLIMIT_NOFILE, 512 + below(24));
	if (chance(20)) limit(RLIMIT_MEMLOCK, below(64) << 12);
	if (chance(40)) {
		has_second_thread = true;
		if (pthread_create(&second_thread, NULL, run_second_thread, (void *)(uintptr_t)calls) != 0) abort();
		is_second_thread_known = true;
	}
	random_bring_up();
	for (uint64_t last = slot->calls + calls; slot->calls < last;) {
		random_step();
		reap_children();
		if (below(300) == 0) start_child();
		if (below(300) == 0) start_program();
		if (below(1000) == 0) start_again(last - slot->calls);
	}
	end();
}
