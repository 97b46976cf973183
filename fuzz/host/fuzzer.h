/*
 * A fuzzer of everything that a native program can ask of uvfio. README.md says how it is run and what
 * it must never do; `fuzzer.c` is the program, `worker.c` what makes the calls.
 *
 * A worker is a process (with a second thread and children of its own at times) that makes random
 * calls. What it is doing stands in a slot of memory that it shares with the supervisor, which kills
 * workers at random moments, and sees when one makes no progress.
 */
#ifndef FUZZER_H
#define FUZZER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Where a thread of a worker is. */
struct slot {
	_Atomic uint64_t calls;  /* made so far */
	_Atomic int32_t pid;     /* of the process; 0: unused */
	_Atomic int32_t number;  /* of the system call it is in, or -1 */
	_Atomic int64_t argument[6];
	uint64_t seed;           /* what its random numbers come from */
};

#define MAX_WORKERS 8
#define SLOTS_PER_WORKER 4 /* the main thread, the second one, and two children */

struct shared {
	struct slot slot[MAX_WORKERS][SLOTS_PER_WORKER];
	struct slot checker;
	int32_t uvfio;       /* its process number */
	char complaint[256]; /* of the checker */
};

extern struct shared *shared;
extern const char *shared_path;
extern const char *program;
extern __thread struct slot *slot;

#define PAGE 4096ull
#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define PICK(table) (table)[below(COUNT(table))]

/* values.c: random numbers, and values that system calls may trip over. */
uint64_t mix(uint64_t seed, uint64_t number);
void seed_random(uint64_t seed);
uint64_t random64(void);
uint64_t below(uint64_t limit);
bool chance(unsigned percent);
uint64_t any_number(void);
uint64_t any_length(void);
uint64_t any_offset(void);
uint64_t any_iova(void);
uintptr_t any_pointer(void);
/* Memory of the arena that is certainly there and writable, with room for a page. */
void *good_pointer(void);
void make_arena(void);
/* A page in address space that BARs are mapped into, with 512 pages behind it, any of which may be missing. */
uintptr_t window_address(void);
/* What to put at an address: at times the address is a bad one, and nothing is put there. */
void *placed(const void *data, size_t size);

/* descriptors.c: descriptors that the process has, or had. */
enum kind { ANY, CONTAINER, GROUP, DEVICE, ATTRIBUTE, EVENTFD, KINDS };
enum kind any_kind(void);
void remember(int fd, enum kind kind);
int any_fd(enum kind kind);
void find_descriptors(void);

/* ownership.c: what may be changed. */
bool is_machine_path(const char *path);
bool may_change_path(const char *path);
bool may_change_fd(int fd);
/* More than one thread is at work: a closed descriptor may be somebody's by the time it is used. */
extern bool has_second_thread;

/* paths.c */
extern const char *const functions[];
const char *any_function(void);
const char *machine_path(void);
const char *any_path(void);
const char *attribute_to_write(const char **value);
/* The group that a function is in now, or -1. */
int group_number(const char *function);

/* call.c: makes a system call and notes it in the slot. Returns a result or -errno. */
long call_with(long number, const int64_t argument[6]);
#define call(number, ...) call_with((number), (const int64_t[6]){ __VA_ARGS__ })
#define AT(pointer) (int64_t)(uintptr_t)(pointer)
long ioctl_on(long fd, unsigned long request, const void *argument);

/* Where the two ABIs differ. A 64-bit offset takes two registers in 32 bits. */
#ifdef __i386__
#define OFFSET(x) (int64_t)(uint32_t)(x), (int64_t)((uint64_t)(x) >> 32)
#define STAT SYS_stat64
#define LSTAT SYS_lstat64
#define FSTAT SYS_fstat64
#define FSTATAT SYS_fstatat64
#define FCNTL SYS_fcntl64
#define FTRUNCATE SYS_ftruncate64
#define TRUNCATE SYS_truncate64
#define MMAP SYS_mmap2
#define SELECT SYS__newselect
#define MMAP_OFFSET(x) (int64_t)((x) / PAGE)
#else
#define OFFSET(x) (int64_t)(x)
#define STAT SYS_stat
#define LSTAT SYS_lstat
#define FSTAT SYS_fstat
#define FSTATAT SYS_newfstatat
#define FCNTL SYS_fcntl
#define FTRUNCATE SYS_ftruncate
#define TRUNCATE SYS_truncate
#define MMAP SYS_mmap
#define SELECT SYS_select
#define MMAP_OFFSET(x) (int64_t)(x)
#endif

/* One random call, or a few that belong together. A file for each. */
void random_path_call(void);
void random_descriptor_call(void);
void random_wait_call(void);
void random_mapping_call(void);
void random_raw_call(void);
void random_vfio_call(void);
void random_bring_up(void);
void random_sysfs_call(void);
void random_passing(const int sockets[2]);
void collect_garbage(void);
int64_t open_flags(bool is_machine);

/* worker.c */
_Noreturn void run_worker(unsigned worker, uint64_t seed, const int sockets[2], uint64_t calls);
void take_slot(struct slot *mine, uint64_t seed);

/* mapping_calls.c: called by the handler of SIGBUS and SIGSEGV; returns when no fault was expected. */
void leave_fault(void);

/* repair.c, check.c: everything as it was at the start, and proof that the devices work. NULL, or what does not. */
void repair(void);
const char *check_devices(void);
long write_attribute(const char *path, const char *value);

#endif
