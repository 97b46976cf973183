/* The least a seccomp user notification server can do, in C: the yardstick for the TypeScript one.
 * Forks the loops of loops.h under a filter (ioctl of type ';', pread at or above FD_BASE, openat); answers
 * ioctl with a number, pread with 4 bytes written by process_vm_writev, openat of the path with an injected memfd,
 * anything else with CONTINUE.
 * usage: responder [-n calls] [-P: poll before each receive] [-S: no SYNC_WAKE_UP] [-c cpu to pin both to] [-- client…] */
#define _GNU_SOURCE
#include "loops.h"
#include <errno.h>
#include <getopt.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sched.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>

#ifndef SECCOMP_IOCTL_NOTIF_SET_FLAGS
#define SECCOMP_IOCTL_NOTIF_SET_FLAGS SECCOMP_IOW(4, __u64)
#endif
#define FD_BASE 900
#define MAGIC_PATH "/dev/vfio/vfio"
#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define RET(action) BPF_STMT(BPF_RET | BPF_K, action)

static int install_filter(void)
{
	struct sock_filter code[] = {
		LOAD(nr),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_ioctl, 3, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_pread64, 6, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_openat, 8, 0),
		RET(SECCOMP_RET_ALLOW),
		LOAD(args[1]), /* ioctl */
		BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 0xff00),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0x3b00, 4, 0),
		RET(SECCOMP_RET_ALLOW),
		LOAD(args[0]), /* pread64 */
		BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, FD_BASE, 1, 0),
		RET(SECCOMP_RET_ALLOW),
		RET(SECCOMP_RET_USER_NOTIF),
	};
	struct sock_fprog program = { sizeof(code) / sizeof(code[0]), code };

	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	return syscall(__NR_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);
}

static void send_fd(int socket, int fd)
{
	char byte = 0, control[CMSG_SPACE(sizeof(int))] = { 0 };
	struct iovec iov = { &byte, 1 };
	struct msghdr message = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control) };
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);
	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(header), &fd, sizeof(int));
	sendmsg(socket, &message, 0);
}

static int receive_fd(int socket)
{
	char byte, control[CMSG_SPACE(sizeof(int))];
	struct iovec iov = { &byte, 1 };
	struct msghdr message = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control) };
	int fd;
	if (recvmsg(socket, &message, 0) < 1) exit(1);
	memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(int));
	return fd;
}

static int file_fd;

/* Fills `response`, or returns 1 when ADDFD has answered already. */
static int serve(int listener, struct seccomp_notif *call, struct seccomp_notif_resp *response)
{
	char path[64] = "";
	struct iovec local, remote;

	response->id = call->id;
	response->flags = response->error = 0;
	response->val = 0;
	switch (call->data.nr) {
	case __NR_ioctl:
		return 0;
	case __NR_pread64: {
		uint32_t word = 42;
		local = (struct iovec){ &word, 4 };
		remote = (struct iovec){ (void *)call->data.args[1], 4 };
		process_vm_writev(call->pid, &local, 1, &remote, 1, 0);
		response->val = 4;
		return 0;
	}
	case __NR_openat:
		local = (struct iovec){ path, sizeof(MAGIC_PATH) };
		remote = (struct iovec){ (void *)call->data.args[1], sizeof(MAGIC_PATH) };
		process_vm_readv(call->pid, &local, 1, &remote, 1, 0);
		if (!strcmp(path, MAGIC_PATH)) {
			static int next;
			struct seccomp_notif_addfd add = {
				.id = call->id, .flags = SECCOMP_ADDFD_FLAG_SETFD | SECCOMP_ADDFD_FLAG_SEND,
				.srcfd = file_fd, .newfd = FD_BASE + (next++ % 64),
			};
			if (ioctl(listener, SECCOMP_IOCTL_NOTIF_ADDFD, &add) >= 0) return 1;
			response->error = -ENODEV;
			return 0;
		}
	}
	response->flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
	return 0;
}

int main(int argc, char **argv)
{
	long calls = 100000;
	int with_poll = 0, sync = 1, cpu = -1, option, sockets[2], status;

	while ((option = getopt(argc, argv, "n:PSc:")) != -1) {
		if (option == 'n') calls = atol(optarg);
		else if (option == 'P') with_poll = 1;
		else if (option == 'S') sync = 0;
		else if (option == 'c') cpu = atoi(optarg);
		else return 2;
	}
	if (cpu >= 0) {
		cpu_set_t set;
		CPU_ZERO(&set);
		CPU_SET(cpu, &set);
		sched_setaffinity(0, sizeof(set), &set);
	}
	file_fd = memfd_create("bench", MFD_CLOEXEC);
	socketpair(AF_UNIX, SOCK_STREAM, 0, sockets);
	pid_t child = fork();
	if (child == 0) {
		int listener = install_filter();
		if (listener < 0) { perror("seccomp"); _exit(1); }
		send_fd(sockets[1], listener);
		close(listener);
		if (optind < argc) {
			execv(argv[optind], argv + optind);
			_exit(127);
		}
		run_loops(calls, MAGIC_PATH, -1, -1);
		fflush(stdout);
		_exit(0);
	}
	close(sockets[1]);
	int listener = receive_fd(sockets[0]);
	if (sync) ioctl(listener, SECCOMP_IOCTL_NOTIF_SET_FLAGS, 1);

	static struct seccomp_notif call;
	static struct seccomp_notif_resp response;
	for (;;) {
		if (with_poll) {
			struct pollfd p = { listener, POLLIN, 0 };
			poll(&p, 1, -1);
			if (!(p.revents & POLLIN)) break;
		}
		memset(&call, 0, sizeof(call));
		if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &call) < 0) {
			if (errno == EINTR) continue;
			if (waitpid(child, &status, WNOHANG) == child) break;
			continue;
		}
		if (!serve(listener, &call, &response)) ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &response);
	}
	return 0;
}
