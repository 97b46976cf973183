/* poll, select and epoll on whatever there is, without waiting. */
#define _GNU_SOURCE
#include "fuzzer.h"

#include <poll.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <time.h>

#define AT_ONCE 8

static void poll_some(void)
{
	struct pollfd wanted[AT_ONCE];
	struct timespec now = { 0, 0 };
	for (int i = 0; i < AT_ONCE; i++) wanted[i] = (struct pollfd){ .fd = any_fd(ANY), .events = (short)any_number() };
	int64_t count = chance(90) ? (int64_t)below(AT_ONCE + 1) : (int64_t)any_number();
	if (chance(50)) call(SYS_poll, AT(placed(wanted, sizeof(wanted))), count, 0);
	else call(SYS_ppoll, AT(placed(wanted, sizeof(wanted))), count, AT(placed(&now, sizeof(now))), 0, 8);
}

static void watch_some(void)
{
	struct epoll_event events[AT_ONCE] = { { .events = (uint32_t)any_number(), .data.u64 = random64() } };
	int watcher = any_fd(EVENTFD);
	switch (below(4)) {
	case 0: remember((int)call(SYS_epoll_create1, chance(90) ? EPOLL_CLOEXEC : (int64_t)any_number()), EVENTFD); break;
	case 1: call(SYS_epoll_pwait, watcher, AT(placed(events, sizeof(events))), AT_ONCE, 0, 0, 8); break;
	default: call(SYS_epoll_ctl, watcher, (int64_t)below(5), any_fd(ANY), AT(placed(events, sizeof(events))));
	}
}

static void select_some(void)
{
	uint64_t sets[3][16] = { { random64() } }, now[2] = { 0, 0 };
	for (int i = 0; i < 3; i++) {
		int fd = any_fd(ANY);
		if (fd >= 0 && fd < 1024) sets[i][fd / 64] |= 1ull << (fd % 64);
	}
	char *at = placed(sets, sizeof(sets));
	int64_t count = chance(90) ? (int64_t)below(1025) : (int64_t)any_number();
	call(SELECT, count, AT(at), AT(at + sizeof(sets[0])), AT(at + 2 * sizeof(sets[0])), AT(placed(now, sizeof(now))));
}

void random_wait_call(void)
{
	switch (below(3)) {
	case 0: poll_some(); break;
	case 1: watch_some(); break;
	default: select_some();
	}
}
