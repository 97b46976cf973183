/* Descriptors passed over a socket: to whichever worker looks first, or to nobody. */
#define _GNU_SOURCE
#include "fuzzer.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

static struct msghdr message_with(struct iovec *part, char *control, size_t size)
{
	return (struct msghdr){ .msg_iov = part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = size };
}

static void send_one(int socket)
{
	char byte = 0, control[CMSG_SPACE(sizeof(int))] = { 0 };
	struct iovec part = { &byte, 1 };
	struct msghdr message = message_with(&part, control, sizeof(control));
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);
	int fd = any_fd(ANY);
	header->cmsg_len = CMSG_LEN(sizeof(int));
	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	memcpy(CMSG_DATA(header), &fd, sizeof(fd));
	call(SYS_sendmsg, socket, AT(&message), MSG_DONTWAIT | MSG_NOSIGNAL);
}

static void take_one(int socket)
{
	char byte = 0, control[CMSG_SPACE(sizeof(int))] = { 0 };
	struct iovec part = { &byte, 1 };
	struct msghdr message = message_with(&part, control, sizeof(control));
	if (call(SYS_recvmsg, socket, AT(&message), MSG_DONTWAIT) <= 0) return;
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);
	if (header == NULL || header->cmsg_type != SCM_RIGHTS) return;
	int fd;
	memcpy(&fd, CMSG_DATA(header), sizeof(fd));
	remember(fd, any_kind());
}

void random_passing(const int sockets[2])
{
	if (chance(50)) send_one(sockets[0]);
	else take_one(sockets[1]);
}

/*
 * A socket that was sent through itself is open for ever, with all that its messages hold, until the kernel collects
 * such garbage; it does that when somebody closes a Unix socket.
 */
void collect_garbage(void)
{
	int pair[2];
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0) abort();
	close(pair[0]);
	close(pair[1]);
}
